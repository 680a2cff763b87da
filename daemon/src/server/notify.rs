//! What systemd is told: ready, reloading, stopping, alive. Without systemd it does nothing.

use std::env;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use sd_notify::NotifyState;

/// A service manager that does not read must not hold us up.
const SEND_TIMEOUT: Duration = Duration::from_secs(1);

/// The way to the service manager, if there is one.
#[derive(Debug)]
pub(super) struct Notifier(Option<UnixDatagram>);

impl Notifier {
    /// By `$NOTIFY_SOCKET`. A socket that is not there is logged and then left alone.
    pub(super) fn from_environment() -> Self {
        let name = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty());
        let Some(name) = name else { return Self(None) };
        Self::to(&name).unwrap_or_else(|error| {
            tracing::warn!(%error, "the service manager cannot be told anything: $NOTIFY_SOCKET");
            Self(None)
        })
    }

    /// To a path, or to an abstract name that begins with `@`.
    fn to(name: &OsStr) -> io::Result<Self> {
        let address = match name.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            _ => SocketAddr::from_pathname(name)?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(SEND_TIMEOUT))?;
        socket.connect_addr(&address)?;
        Ok(Self(Some(socket)))
    }

    pub(super) fn ready(&self, status: &str) {
        self.tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    /// Must be followed by [`Self::ready`].
    pub(super) fn reloading(&self) {
        // Since version 253 systemd wants to know when, to tell reloads apart.
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.tell(&[NotifyState::Reloading, now]),
            Err(_) => self.tell(&[NotifyState::Reloading]),
        }
    }

    pub(super) fn stopping(&self, status: &str) {
        self.tell(&[NotifyState::Stopping, NotifyState::Status(status)]);
    }

    /// For the watchdog.
    pub(super) fn alive(&self) {
        self.tell(&[NotifyState::Watchdog]);
    }

    fn tell(&self, states: &[NotifyState<'_>]) {
        let Some(socket) = &self.0 else { return };
        let mut text = String::new();
        for state in states {
            // Writing into a string cannot go wrong.
            if writeln!(text, "{state}").is_err() {
                return;
            }
        }
        if let Err(error) = socket.send(text.as_bytes()) {
            tracing::warn!(%error, "the service manager does not listen");
        }
    }
}

/// How often to show that we are alive: half of what the watchdog allows, if there is one.
pub(super) fn watchdog_period() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(socket: &UnixDatagram) -> String {
        let mut datagram = [0; 1024];
        let len = socket.recv(&mut datagram).unwrap();
        String::from_utf8(datagram[..len].to_vec()).unwrap()
    }

    fn tell_everything(notifier: &Notifier, socket: &UnixDatagram) {
        notifier.ready("listeners: 2");
        assert_eq!(heard(socket), "READY=1\nSTATUS=listeners: 2\n");
        notifier.reloading();
        let reloading = heard(socket);
        let usec = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        assert!(usec.trim_end().parse::<u64>().unwrap() > 0);
        notifier.alive();
        assert_eq!(heard(socket), "WATCHDOG=1\n");
        notifier.stopping("draining");
        assert_eq!(heard(socket), "STOPPING=1\nSTATUS=draining\n");
    }

    #[test]
    fn the_service_manager_hears_what_happens() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        tell_everything(&Notifier::to(path.as_os_str()).unwrap(), &socket);
    }

    #[test]
    fn an_abstract_socket_is_as_good() {
        let name = format!("parlord-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        let notifier = Notifier::to(format!("@{name}").as_ref()).unwrap();
        tell_everything(&notifier, &socket);
    }

    #[test]
    fn nobody_to_tell_is_no_trouble() {
        assert!(Notifier::to("/nowhere/notify".as_ref()).is_err());
        assert!(Notifier::to("".as_ref()).is_err());
        let notifier = Notifier(None);
        notifier.ready("");
        notifier.stopping("");

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let gone = UnixDatagram::bind(&path).unwrap();
        let notifier = Notifier::to(path.as_os_str()).unwrap();
        drop(gone);
        notifier.alive();
    }
}
