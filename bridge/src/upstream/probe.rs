//! Whether the daemon can be reached, asked at most once a second however many want to know.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::{info, warn};

use super::{OnBehalfOf, Upstream};

/// How long an answer holds.
const ANSWER_AGE_MAX: Duration = Duration::from_secs(1);

/// Asks, and remembers the last answer.
#[derive(Debug)]
pub(crate) struct Probe {
    upstream: Upstream,
    // Held while asking, so that those who come meanwhile wait for the same answer.
    last: Mutex<Option<(Instant, bool)>>,
}

impl Probe {
    pub(crate) fn new(upstream: Upstream) -> Self {
        Self { upstream, last: Mutex::new(None) }
    }

    pub(crate) async fn upstream_is_there(&self) -> bool {
        let mut last = self.last.lock().await;
        let before = last.map(|(_, there)| there);
        if let Some((at, there)) = *last
            && at.elapsed() < ANSWER_AGE_MAX
        {
            return there;
        }
        let there = match self.upstream.connect(OnBehalfOf::Nobody).await {
            Ok(link) => {
                link.close().await;
                if before == Some(false) {
                    info!(upstream = %self.upstream, "the upstream is there again");
                }
                true
            }
            Err(error) => {
                if before != Some(false) {
                    warn!(upstream = %self.upstream, %error, "the upstream cannot be reached");
                }
                false
            }
        };
        *last = Some((now(), there));
        there
    }
}

#[expect(clippy::disallowed_methods, reason = "an edge of the process: how old is an answer")]
fn now() -> Instant {
    Instant::now()
}
