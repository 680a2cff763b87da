//! Accepts connections and owns their tasks until they have ended.

mod connection;
mod guest;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};
use tracing::{error, warn};

use self::connection::Connection;
use crate::drain::Draining;
use crate::http;
use crate::server::Bridge;
use crate::tls::Certificate;

/// How long to wait when accepting fails, most likely for lack of file descriptors.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);

/// A socket that is listened on.
pub(crate) struct Listener {
    tcp: TcpListener,
    certificate: Option<Arc<Certificate>>,
}

impl Listener {
    pub(crate) async fn bind(
        address: SocketAddr,
        certificate: Option<Arc<Certificate>>,
    ) -> io::Result<Self> {
        Ok(Self { tcp: TcpListener::bind(address).await?, certificate })
    }

    /// Where somebody on this machine can connect to: a wildcard address is not a place.
    pub(crate) fn url(&self) -> io::Result<String> {
        let mut address = self.tcp.local_addr()?;
        if address.ip().is_unspecified() {
            address.set_ip(if address.is_ipv4() {
                std::net::Ipv4Addr::LOCALHOST.into()
            } else {
                std::net::Ipv6Addr::LOCALHOST.into()
            });
        }
        let scheme = if self.certificate.is_some() { "wss" } else { "ws" };
        Ok(format!("{scheme}://{address}{}", parlor_proto::limits::WEBSOCKET_PATH))
    }

    /// Serves until the bridge drains, then waits for those who are here, but not for ever.
    pub(crate) async fn run(self, bridge: Arc<Bridge>) {
        let router = http::router(Arc::clone(&bridge));
        let mut draining = bridge.drain.listen();
        let mut connections = JoinSet::new();
        self.accept_until(&mut draining, &bridge, &router, &mut connections).await;
        let limit = bridge.limits.drain_timeout;
        drop(self.tcp);
        let ending = async {
            while let Some(ended) = connections.join_next().await {
                report(ended);
            }
        };
        if timeout(limit, ending).await.is_err() {
            warn!(connections = connections.len(), "some clients did not close in time");
            connections.shutdown().await;
        }
    }

    async fn accept_until(
        &self,
        draining: &mut Draining,
        bridge: &Arc<Bridge>,
        router: &Router,
        connections: &mut JoinSet<()>,
    ) {
        let mut failing = false;
        loop {
            tokio::select! {
                () = draining.begun() => return,
                Some(ended) = connections.join_next() => report(ended),
                accepted = self.tcp.accept() => match accepted {
                    Ok((tcp, peer)) => {
                        failing = false;
                        if let Some(connection) = self.admit(tcp, peer, bridge, router) {
                            connections.spawn(connection.serve());
                        }
                    }
                    Err(error) => {
                        if !failing {
                            warn!(%error, "connections cannot be accepted; trying again");
                        }
                        failing = true;
                        sleep(ACCEPT_BACKOFF).await;
                    }
                },
            }
        }
    }

    /// Who finds no place among those that speak HTTP is dropped: a refusal would need one.
    fn admit(
        &self,
        tcp: TcpStream,
        peer: SocketAddr,
        bridge: &Arc<Bridge>,
        router: &Router,
    ) -> Option<Connection> {
        let is_proxy = bridge.proxies.load().trust(peer.ip());
        let visitors = &bridge.visitors;
        let slot = if is_proxy { visitors.take_for_many() } else { visitors.take(peer.ip()) };
        bridge.figures.arrived(slot.as_ref().err().copied());
        let slot = slot.ok()?;
        Some(Connection {
            tcp,
            peer,
            slot,
            certificate: self.certificate.clone(),
            bridge: Arc::clone(bridge),
            router: router.clone(),
        })
    }
}

/// A connection that panicked costs that connection.
fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        error!(%error, "a connection's task panicked");
    }
}
