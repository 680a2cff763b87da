//! The one place of the generator that looks at the time, and that waits for it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use tokio::sync::mpsc;

/// Moments that were due and have not been taken yet; then the beat waits, and what is late
/// counts as late.
const BEATS_MAX: usize = 4096;

/// Time since the generator's clock was started. Copies agree with each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(self) -> Duration {
        self.0.elapsed()
    }

    /// Gives `count` moments, each when it is due. By a thread, because tokio's timers are
    /// a millisecond late, which is as much as what is to be measured.
    #[expect(clippy::disallowed_methods, reason = "the beat of an open loop is a matter of time")]
    pub(crate) fn beat(self, every: Duration, count: u32) -> Result<mpsc::Receiver<Duration>> {
        let (sender, receiver) = mpsc::channel(BEATS_MAX);
        let start = self.now() + every;
        let beat = move || {
            for number in 0..count {
                let due = start + every * number;
                std::thread::sleep(due.saturating_sub(self.now()));
                if sender.blocking_send(due).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("beat".into()).spawn(beat)?;
        Ok(receiver)
    }
}

/// A number that no earlier run has had.
#[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
pub(crate) fn fresh_number() -> Result<u64> {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH)?;
    u64::try_from(unix.as_nanos()).context("the machine's clock is in a far future")
}
