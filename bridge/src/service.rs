//! What the service manager hears, and the signals it sends. Without one, silence.

use std::ffi::OsStr;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;
use std::{env, future, io};

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Interval, MissedTickBehavior, interval};
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

/// Tells the service manager. The socket is opened once: when file descriptors run out, the
/// watchdog must still be fed.
pub(crate) struct Notifier(Option<UnixDatagram>);

impl Notifier {
    pub(crate) fn from_process() -> Self {
        let Some(path) = env::var_os("NOTIFY_SOCKET") else { return Self(None) };
        Self(connect(&path).map_err(complain).ok())
    }

    pub(crate) fn ready(&self, status: &str) {
        self.tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    /// systemd wants to know when the reload began, by its own clock.
    pub(crate) fn reloading(&self) {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.tell(&[NotifyState::Reloading, now]),
            Err(error) => complain(error),
        }
    }

    pub(crate) fn stopping(&self) {
        self.tell(&[NotifyState::Stopping, NotifyState::Status("closing connections")]);
    }

    pub(crate) fn alive(&self) {
        self.tell(&[NotifyState::Watchdog]);
    }

    fn tell(&self, states: &[NotifyState<'_>]) {
        let Some(socket) = &self.0 else { return };
        let text: String = states.iter().map(|state| format!("{state}\n")).collect();
        if let Err(error) = socket.send(text.as_bytes()) {
            complain(error);
        }
    }
}

fn connect(path: &OsStr) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    match path.as_bytes().strip_prefix(b"@") {
        Some(name) => socket.connect_addr(&SocketAddr::from_abstract_name(name)?)?,
        None => socket.connect(path)?,
    }
    Ok(socket)
}

#[expect(clippy::needless_pass_by_value, reason = "it ends here, and is handed to `map_err`")]
fn complain(error: io::Error) {
    warn!(%error, "the service manager cannot be told");
}
