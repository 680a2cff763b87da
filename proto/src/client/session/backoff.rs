//! When to come back: full jitter, so that clients who were cut together do not return
//! together. Holds no clock; randomness is a seed.

use std::time::Duration;

/// The longest wait after the first failure.
pub(super) const BACKOFF_FIRST: Duration = Duration::from_millis(500);

/// The longest wait after any number of failures.
pub(super) const BACKOFF_MAX: Duration = Duration::from_secs(30);

/// A server may ask for more patience than that, but not for ever.
pub(super) const ADVICE_MAX: Duration = Duration::from_secs(600);

/// How often in a row it has failed, and the dice.
#[derive(Debug)]
pub(in crate::client) struct Backoff {
    failures: u32,
    state: u64,
}

impl Backoff {
    pub(in crate::client) fn new(seed: u64) -> Self {
        Self { failures: 0, state: seed }
    }

    /// It worked: the next failure is the first.
    pub(in crate::client) fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after one more failure.
    pub(super) fn wait(&mut self) -> Duration {
        let longest = BACKOFF_FIRST.saturating_mul(1 << self.failures.min(16)).min(BACKOFF_MAX);
        self.failures = self.failures.saturating_add(1);
        self.between(Duration::ZERO, longest)
    }

    /// The same, but within the window that the server gave. A window that is shut would let
    /// a server drive its clients in circles, so it is opened a little.
    pub(super) fn wait_within(&mut self, min_ms: u32, max_ms: u32) -> Duration {
        let min = Duration::from_millis(min_ms.into()).min(ADVICE_MAX);
        let max = Duration::from_millis(max_ms.into()).min(ADVICE_MAX);
        let again = if self.failures == 0 { Duration::ZERO } else { self.wait() };
        self.failures = self.failures.max(1);
        self.between(min, max.max(min + BACKOFF_FIRST)) + again
    }

    /// A uniformly random time, bounds included.
    pub(super) fn between(&mut self, min: Duration, max: Duration) -> Duration {
        let span = u64::try_from(max.saturating_sub(min).as_micros()).unwrap_or(u64::MAX - 1);
        let offset = self.random() % (span.saturating_add(1));
        min + Duration::from_micros(offset)
    }

    // SplitMix64 (Steele, Lea, Flood 2014): enough to spread clients, no secret depends on it.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_fill_their_bounds_and_the_bounds_double_up_to_the_limit() {
        let mut longest = [Duration::ZERO; 12];
        for seed in 0..2_000 {
            let mut backoff = Backoff::new(seed);
            for longest in &mut longest {
                *longest = backoff.wait().max(*longest);
            }
        }
        for (failures, seen) in (0..).zip(longest) {
            let bound = Duration::from_millis(500 << failures).min(BACKOFF_MAX);
            assert!(seen <= bound && seen > bound.mul_f64(0.9), "{failures}: {seen:?}");
        }
    }

    #[test]
    fn the_window_of_the_server_is_obeyed() {
        for seed in 0..2_000 {
            let wait = Backoff::new(seed).wait_within(5_000, 30_000);
            assert!((Duration::from_secs(5)..=Duration::from_secs(30)).contains(&wait));
            // Nobody is sent away for days, nor in circles.
            assert!(Backoff::new(seed).wait_within(u32::MAX, u32::MAX) <= ADVICE_MAX * 2);
            let mut circle = Backoff::new(seed);
            let waited: Duration = (0..20).map(|_| circle.wait_within(0, 0)).sum();
            assert!(waited > Duration::from_secs(30), "{waited:?}");
        }
    }
}
