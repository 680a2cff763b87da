//! The one place that looks at the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::chat::{Moment, Now, Stamp};

/// Both clocks of the daemon. Clones agree with each other.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    start: Instant,
    // What was told last: the time told never goes back, whatever the machine's clock does.
    latest: Arc<AtomicI64>,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    pub(crate) fn start() -> Self {
        Self { start: Instant::now(), latest: Arc::default() }
    }

    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    pub(crate) fn now(&self) -> Now {
        let elapsed = self.start.elapsed().as_millis();
        let moment = Moment(u64::try_from(elapsed).unwrap_or(u64::MAX));
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let read = i64::try_from(unix).unwrap_or(i64::MAX);
        let told = self.latest.fetch_max(read, Ordering::Relaxed).max(read);
        Now { moment, stamp: Stamp(told) }
    }

    /// How long the daemon has been running, to the microsecond: for measuring.
    pub(crate) fn uptime(&self) -> Duration {
        self.start.elapsed()
    }

    /// The same moment on tokio's clock.
    pub(crate) fn instant(&self, moment: Moment) -> tokio::time::Instant {
        let since_start = moment.since(Moment::default());
        tokio::time::Instant::from_std(self.start + since_start)
    }
}
