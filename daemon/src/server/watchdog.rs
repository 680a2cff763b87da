//! Shows systemd that we are alive, and only if that is true: each ping follows a whole turn of
//! the engine's loop, so that an engine that hangs lets the watchdog bite.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

use super::notify::Notifier;
use crate::engine::Inbox;

/// Ends only when the engine has.
pub(super) async fn watch(period: Duration, inbox: Inbox, notifier: Arc<Notifier>) {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match timeout(period, inbox.alive()).await {
            Ok(true) => notifier.alive(),
            Ok(false) => return,
            Err(_) => tracing::error!(?period, "the engine has not turned in time: no ping"),
        }
    }
}
