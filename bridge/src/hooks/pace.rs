//! When a delivery that failed is tried again, and when no more.

use std::time::Duration;

/// The wait after the first failure; each failure doubles it.
const WAIT_MIN: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_hours(1);

/// Failures in a row after which nothing is tried any more: three days, at these waits.
pub(super) const FAILURES_MAX: u32 = 80;

/// How long to wait after so many failures: between half of the full wait and all of it, so that
/// those that failed together do not come back together.
pub(super) fn wait(failures: u32, random: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let full = WAIT_MIN.saturating_mul(1 << doublings).min(WAIT_MAX);
    let half = full / 2;
    half + half.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_are_spread() {
        let longest = |failures| wait(failures, u32::MAX);
        assert_eq!(longest(1), Duration::from_secs(1));
        assert_eq!(longest(4), Duration::from_secs(8));
        assert_eq!(longest(13), WAIT_MAX);
        assert_eq!(longest(u32::MAX), WAIT_MAX);
        assert_eq!(wait(4, 0), Duration::from_secs(4));
        let all: Duration = (1..FAILURES_MAX).map(|failures| wait(failures, u32::MAX / 2)).sum();
        let day = Duration::from_hours(24);
        assert!(all > 2 * day && all < 4 * day, "{all:?}");
    }
}
