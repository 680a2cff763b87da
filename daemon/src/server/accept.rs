//! The loops that take connections from the listeners and hand them to the shards. Nothing that
//! happens to one connection, and no lack of file descriptors, ends them.

use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::{TcpListener, UnixListener};

use crate::chat::Moment;
use crate::conn::admission::Admission;
use crate::conn::{Accepted, Shards, Socket};
use crate::engine::clock::Clock;

/// The first pause after a failed accept: long enough to let other connections end.
const PAUSE_MIN: Duration = Duration::from_millis(10);

/// The longest: short enough that nobody notices when it is over.
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// Warnings about it.
const WARNING_INTERVAL: Duration = Duration::from_secs(60);

/// What every loop needs. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Door {
    pub(super) shards: Arc<Shards>,
    pub(super) admission: Admission,
    pub(super) clock: Clock,
}

/// Takes clients that speak TLS, for as long as it is polled.
pub(super) async fn accept_tls(listener: TcpListener, tls: Arc<ServerConfig>, door: Door) {
    let mut trouble = Trouble::default();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                trouble.pause = Duration::ZERO;
                let socket = || {
                    // Frames are small and somebody waits for each.
                    stream.set_nodelay(true)?;
                    Ok(Socket::Tls(stream.into_std()?, Arc::clone(&tls)))
                };
                door.let_in(Some(peer.ip().to_canonical()), socket);
            }
            Err(error) => trouble.pause(&error, door.clock.now().moment).await,
        }
    }
}

/// Takes bridges, which tell later for whom they come.
pub(super) async fn accept_bridges(listener: UnixListener, door: Door) {
    let mut trouble = Trouble::default();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                trouble.pause = Duration::ZERO;
                door.let_in(None, || Ok(Socket::Bridge(stream.into_std()?)));
            }
            Err(error) => trouble.pause(&error, door.clock.now().moment).await,
        }
    }
}

impl Door {
    fn let_in(&self, address: Option<IpAddr>, socket: impl FnOnce() -> io::Result<Socket>) {
        let now = self.clock.now().moment;
        let guard = match self.admission.arrive(address, now) {
            Ok(guard) => guard,
            Err(refusal) => {
                // Of bridges it is not known for whom they come: they count as one address.
                let whom = address.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
                if self.admission.may_complain(whom, now) {
                    let address = address.map(tracing::field::display);
                    tracing::warn!(address, "connection refused: {refusal}");
                }
                return;
            }
        };
        match socket() {
            Ok(socket) => self.shards.admit(Accepted { socket, guard }),
            // It was gone before we looked at it.
            Err(error) => tracing::debug!(%error, "connection lost at once"),
        }
    }
}

/// How long accepting has failed, and when that was last said.
#[derive(Debug, Default)]
struct Trouble {
    pause: Duration,
    warned: Option<Moment>,
}

impl Trouble {
    async fn pause(&mut self, error: &io::Error, now: Moment) {
        let (pause, warn) = self.again(now);
        if warn {
            tracing::warn!(%error, "connections have to wait: is LimitNOFILE high enough?");
        }
        tokio::time::sleep(pause).await;
    }

    /// Once more: how long to wait, and whether to say so.
    fn again(&mut self, now: Moment) -> (Duration, bool) {
        self.pause = (self.pause * 2).clamp(PAUSE_MIN, PAUSE_MAX);
        let warn = self.warned.is_none_or(|warned| now.since(warned) >= WARNING_INTERVAL);
        if warn {
            self.warned = Some(now);
        }
        (self.pause, warn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_descriptors_is_waited_out_and_told_once_a_minute() {
        let mut trouble = Trouble::default();
        let mut at = |millis| {
            let (pause, warn) = trouble.again(Moment(millis));
            (pause.as_millis(), warn)
        };
        assert_eq!(at(0), (10, true));
        assert_eq!(at(10), (20, false));
        assert_eq!(at(30), (40, false));
        for _ in 0..10 {
            at(59_999);
        }
        assert_eq!(at(59_999), (500, false));
        assert_eq!(at(60_000), (500, true));
        assert_eq!(at(60_001), (500, false));
    }
}
