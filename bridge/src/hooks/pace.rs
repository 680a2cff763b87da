//! How the deliveries of a webhook go, as its owner is told it; and with that when one that failed is
//! tried again, and when no more.

use std::time::Duration;

use parlor_proto::limits::DELIVERY_PROBLEM_BYTES_MAX;
use parlor_proto::v1::DeliveryState;
use tokio::time::Instant;

use super::post::Outcome;

/// The wait after the first failure; each failure doubles it.
const WAIT_MIN: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_hours(1);

/// Failures in a row after which nothing is tried any more: three days, at these waits.
const FAILURES_MAX: u32 = 80;

/// Somebody who answers this wants nothing any more.
const GONE: u16 = 410;

/// How often success is told; failures are told at once.
const TELL_INTERVAL: Duration = Duration::from_secs(10);

/// How soon to look again whether its owner has let a webhook go on.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Pace {
    state: DeliveryState,
    /// After a failure: when it is tried again.
    due: Option<Instant>,
    /// Not told yet, and to be told at once.
    is_news: bool,
    told: Option<Instant>,
}

/// Now, on both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) moment: Instant,
    pub(super) unix: Duration,
}

impl Pace {
    /// Takes what the server has been told, and what the owner has made of it.
    pub(super) fn learn(&mut self, state: DeliveryState) {
        if self.is_news {
            self.state.paused = state.paused;
        } else {
            self.state = state;
        }
    }

    pub(super) fn state(&self) -> &DeliveryState {
        &self.state
    }

    /// How long to wait until looking again; nothing if it goes on.
    pub(super) fn rest(&self, now: Instant) -> Option<Duration> {
        if self.state.paused {
            return Some(LOOK_INTERVAL);
        }
        // Without a failure, or with none since its owner has let it go on.
        let due = self.due.filter(|_| self.state.failures > 0)?;
        let left = due.saturating_duration_since(now);
        (!left.is_zero()).then(|| left.min(LOOK_INTERVAL))
    }

    /// What came of an attempt; whether that was a delivery.
    pub(super) fn note(&mut self, outcome: &Outcome, began: Now, random: u32) -> bool {
        self.state.attempt_time_ms = i64::try_from(began.unix.as_millis()).unwrap_or(i64::MAX);
        let (status, problem) = match outcome {
            Outcome::Answered(status @ 200..300) => {
                self.succeeded(*status);
                return true;
            }
            Outcome::Answered(status @ 300..400) => (*status, "redirects are not followed".into()),
            Outcome::Answered(status) => (*status, String::new()),
            Outcome::Failed(error) => (0, error.to_string()),
        };
        let failures = self.state.failures.saturating_add(1);
        self.state.status = status.into();
        self.state.failures = failures;
        self.state.problem = cut(problem);
        self.state.paused |= status == GONE || failures >= FAILURES_MAX;
        self.due = Some(began.moment + wait(failures, random));
        self.is_news = true;
        false
    }

    fn succeeded(&mut self, status: u16) {
        self.is_news |= self.state.failures > 0;
        self.due = None;
        self.state.failures = 0;
        self.state.status = status.into();
        self.state.success_time_ms = self.state.attempt_time_ms;
        self.state.problem.clear();
    }

    pub(super) fn is_to_be_told(&self, now: Instant) -> bool {
        self.is_news || self.told.is_none_or(|told| now >= told + TELL_INTERVAL)
    }

    /// The server has heard it.
    pub(super) fn told(&mut self, now: Instant) {
        self.told = Some(now);
        self.is_news = false;
    }
}

/// How long to wait after so many failures: between half of the full wait and all of it, so that
/// those that failed together do not come back together.
fn wait(failures: u32, random: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let full = WAIT_MIN.saturating_mul(1 << doublings).min(WAIT_MAX);
    let half = full / 2;
    half + half.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

/// As much of it as may be told.
fn cut(mut problem: String) -> String {
    let end = problem.floor_char_boundary(DELIVERY_PROBLEM_BYTES_MAX);
    problem.truncate(end);
    problem
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

    #[expect(clippy::disallowed_methods, reason = "where time begins does not matter here")]
    fn start() -> Now {
        Now { moment: Instant::now(), unix: Duration::from_secs(1_700_000_000) }
    }

    fn failed(status: u16) -> Outcome {
        match status {
            0 => Outcome::Failed(std::io::Error::other("nobody is there")),
            status => Outcome::Answered(status),
        }
    }

    #[test]
    fn failures_are_told_at_once_and_wait_longer_each_time() {
        let (mut pace, now) = (Pace::default(), start());
        assert_eq!(pace.rest(now.moment), None);
        assert!(!pace.note(&failed(0), now, u32::MAX));
        let state = pace.state().clone();
        assert_eq!((state.failures, state.status, &*state.problem), (1, 0, "nobody is there"));
        assert_eq!((state.attempt_time_ms, state.success_time_ms), (1_700_000_000_000, 0));
        assert!(pace.is_to_be_told(now.moment));
        pace.told(now.moment);
        assert!(!pace.is_to_be_told(now.moment));
        assert_eq!(pace.rest(now.moment), Some(Duration::from_secs(1)));
        assert_eq!(pace.rest(now.moment + Duration::from_secs(1)), None);
        for _ in 0..9 {
            pace.note(&failed(503), now, u32::MAX);
        }
        // 512 seconds, and in the meantime its owner may let it go on.
        assert_eq!(pace.rest(now.moment), Some(LOOK_INTERVAL));
        assert_eq!(pace.rest(now.moment + Duration::from_secs(511)), Some(Duration::from_secs(1)));
        assert_eq!((pace.state().failures, pace.state().status), (10, 503));

        assert!(pace.note(&failed(200), now, 0));
        assert_eq!((pace.state().failures, &*pace.state().problem), (0, ""));
        assert_eq!(pace.state().success_time_ms, 1_700_000_000_000);
        assert!(pace.is_to_be_told(now.moment), "that it goes again is news");
        pace.told(now.moment);
        pace.note(&failed(200), now, 0);
        assert!(!pace.is_to_be_told(now.moment), "that it still goes is none");
        assert!(pace.is_to_be_told(now.moment + TELL_INTERVAL));
    }

    #[test]
    fn after_80_failures_or_a_410_nothing_is_tried_until_its_owner_lets_it_go_on() {
        let (mut pace, now) = (Pace::default(), start());
        for _ in 1..FAILURES_MAX {
            pace.note(&failed(500), now, 0);
            pace.told(now.moment);
        }
        assert!(!pace.state().paused && pace.state().failures == 79);
        pace.note(&failed(500), now, 0);
        pace.told(now.moment);
        assert!(pace.state().paused && pace.state().failures == 80);
        let much_later = now.moment + 30 * WAIT_MAX;
        assert_eq!(pace.rest(much_later), Some(LOOK_INTERVAL));
        let resumed = DeliveryState { paused: false, failures: 0, ..pace.state().clone() };
        pace.learn(resumed);
        assert_eq!(pace.rest(now.moment), None, "at once");
        pace.note(&failed(500), now, 0);
        assert!(!pace.state().paused, "it is counted anew");

        let mut pace = Pace::default();
        pace.note(&failed(GONE), now, 0);
        assert!(pace.state().paused);
    }

    #[test]
    fn a_failure_that_could_not_be_told_is_waited_for_all_the_same() {
        let (mut pace, now) = (Pace::default(), start());
        pace.note(&failed(500), now, u32::MAX);
        pace.learn(DeliveryState::default());
        assert_eq!(pace.rest(now.moment), Some(Duration::from_secs(1)));
        assert_eq!(pace.state().failures, 1);
        pace.learn(DeliveryState { paused: true, ..DeliveryState::default() });
        assert!(pace.state().paused, "and its owner may let it rest");
    }

    #[test]
    fn a_problem_is_as_long_as_may_be_told() {
        let mut pace = Pace::default();
        pace.note(&Outcome::Failed(std::io::Error::other("\u{e9}".repeat(300))), start(), 0);
        assert_eq!(pace.state().problem, "\u{e9}".repeat(DELIVERY_PROBLEM_BYTES_MAX / 2));
    }
}
