//! What the service manager hears, and the signals it sends. Without one, silence.

use std::{future, io, time::Duration};

use sd_notify::NotifyState;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{Interval, MissedTickBehavior, interval},
};
use tracing::warn;

/// What a process is told to do from outside.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Told {
    Stop,
    Reload,
    /// The watchdog wants a sign of life.
    Prove,
}

/// The signals and the watchdog.
pub(crate) struct Service {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    watchdog: Option<Interval>,
}

impl Service {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            watchdog: sd_notify::watchdog_enabled().and_then(half).map(|half| {
                let mut ticks = interval(half);
                ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                ticks
            }),
        })
    }

    pub(crate) async fn next(&mut self) -> Told {
        let watchdog = async {
            match &mut self.watchdog {
                Some(ticks) => {
                    ticks.tick().await;
                }
                None => future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => Told::Stop,
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.hangup.recv() => Told::Reload,
            () = watchdog => Told::Prove,
        }
    }
}

/// Half of the watchdog's time, as its manual advises; `None` if that is no time at all.
fn half(time: Duration) -> Option<Duration> {
    Some(time / 2).filter(|half| !half.is_zero())
}

pub(crate) fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// systemd wants to know when the reload began, by its own clock.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(error) => warn!(%error, "the monotonic clock cannot be read"),
    }
}

pub(crate) fn stopping() {
    notify(&[NotifyState::Stopping, NotifyState::Status("closing connections")]);
}

pub(crate) fn alive() {
    notify(&[NotifyState::Watchdog]);
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        warn!(%error, "the service manager cannot be told");
    }
}
