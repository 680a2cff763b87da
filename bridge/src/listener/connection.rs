//! One connection from its first byte to its last: TLS, HTTP, perhaps WebSocket.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service as _;
use hyper::upgrade::Upgraded;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tracing::{Instrument as _, debug, debug_span};

use super::guest::Guest;
use super::wire::{Freedom, Wire};
use crate::flavor::Flavor;
use crate::http::{Admitted, Visit};
use crate::json::Json;
use crate::metrics::figures;
use crate::server::Bridge;
use crate::slots::Slot;
use crate::socket::{self, Binary};
use crate::tls::Certificate;
use crate::upstream::OnBehalfOf;

/// What the kernel takes for a client and has not sent: beyond it a slow client is felt.
const UNSENT_BYTES_MAX: u32 = 64 * 1024;

/// When TCP itself asks whether a silent client is there.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);

/// Request headers of more than this are refused.
const HEADER_BYTES_MAX: usize = 16 * 1024;

/// A connection that was accepted, and what it needs.
pub(super) struct Connection {
    pub(super) tcp: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) slot: Slot,
    pub(super) certificate: Option<Arc<Certificate>>,
    pub(super) bridge: Arc<Bridge>,
    pub(super) router: Router,
}

impl Connection {
    pub(super) async fn serve(self) {
        let span = debug_span!("connection", peer = %self.peer);
        let served = async {
            if let Err(error) = self.run().await {
                debug!(%error, "the connection failed");
            }
        };
        served.instrument(span).await;
    }

    async fn run(self) -> io::Result<()> {
        let Self { tcp, peer, slot, certificate, bridge, router } = self;
        prepare(&tcp)?;
        let visit = Visit::new(peer, tcp.local_addr()?);
        let freedom = Freedom::default();
        let wire = Wire::new(tcp, bridge.limits.answer_timeout, freedom.clone())?;
        match certificate {
            None => answer(wire, &visit, router, &bridge).await?,
            Some(certificate) => {
                let accepting = certificate.acceptor().accept(wire);
                let tls = timeout(bridge.limits.tls_timeout, accepting).await??;
                answer(tls, &visit, router, &bridge).await?;
            }
        }
        drop(slot);
        match visit.take_over() {
            Some(admitted) => {
                freedom.give();
                let span = debug_span!("websocket", client = %admitted.client);
                become_websocket(admitted, &visit, &bridge).instrument(span).await
            }
            None => Ok(()),
        }
    }
}

fn prepare(tcp: &TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let socket = SockRef::from(tcp);
    socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE_AFTER))
}

/// Answers HTTP requests until the peer leaves, is too slow, or is handed over.
async fn answer<S>(io: S, visit: &Visit, router: Router, bridge: &Bridge) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = hyper::service::service_fn(|request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        let guest = Guest::of(visit, bridge, request.headers());
        request.extensions_mut().insert(guest.visit().clone());
        let answering = TowerToHyperService::new(router.clone()).call(request);
        guest.stay(answering)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(bridge.limits.header_timeout)
        .max_buf_size(HEADER_BYTES_MAX);
    let mut draining = bridge.drain.listen();
    let mut serving =
        std::pin::pin!(http.serve_connection(TokioIo::new(io), service).with_upgrades());
    let served = tokio::select! {
        served = &mut serving => served,
        () = draining.begun() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    served.map_err(io::Error::other)
}

/// Answers the upgrade first and connects upstream then: a browser can read the code of a
/// close, but not the status of a refused upgrade; and the client's first frames travel
/// meanwhile.
async fn become_websocket(admitted: Admitted, visit: &Visit, bridge: &Bridge) -> io::Result<()> {
    let Admitted { upgrade, client, slot, flavor } = admitted;
    let upgraded: Upgraded = upgrade.await.map_err(io::Error::other)?;
    let io = TokioIo::new(upgraded);
    let socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(socket::limits())).await;
    let whom = OnBehalfOf::Client { peer: client, local: visit.local };
    let began = figures::now();
    let connected = bridge.upstream.connect(whom).await;
    bridge.reached_upstream(connected.as_ref().err());
    bridge.figures.upstream(began, connected.is_ok());
    let open = bridge.figures.opened(flavor);
    let ended = match connected {
        Ok(link) => {
            let copying = socket::Copying {
                ping_interval: bridge.limits.ping_interval,
                answer_timeout: bridge.limits.answer_timeout,
                draining: bridge.drain.listen(),
                traffic: bridge.figures.traffic(flavor).stripe(),
            };
            match flavor {
                Flavor::Binary => socket::copy(socket, link, &Binary, copying).await,
                // Boxed, so that a client who wants no JSON has no room for it.
                Flavor::Json => {
                    let json = Json::default();
                    Box::pin(socket::copy(socket, link, &json, copying)).await
                }
            }
        }
        Err(_) => socket::refuse(socket).await,
    };
    drop(open);
    bridge.figures.ended(&ended);
    drop(slot);
    Ok(())
}
