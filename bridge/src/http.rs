//! What the bridge answers over HTTP, before somebody becomes a WebSocket.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use hyper::upgrade::OnUpgrade;
use parlor_proto::limits::WEBSOCKET_PATH;

use crate::flavor::Flavor;
use crate::rest;
use crate::server::Bridge;
use crate::slots::Slot;
use crate::upgrade;

/// One HTTP connection: who asks by it, and what became of it.
#[derive(Clone)]
pub(crate) struct Visit {
    /// The peer, or whom a trusted proxy asks for.
    pub(crate) client: SocketAddr,
    /// It asks for too much at once, and is told so.
    pub(crate) is_crowded: bool,
    /// Our own address, by which it came in.
    pub(crate) local: SocketAddr,
    admitted: Arc<Mutex<Option<Admitted>>>,
}

/// A visitor who becomes a WebSocket.
pub(crate) struct Admitted {
    pub(crate) upgrade: OnUpgrade,
    pub(crate) client: SocketAddr,
    pub(crate) slot: Slot,
    pub(crate) flavor: Flavor,
}

impl Visit {
    pub(crate) fn new(peer: SocketAddr, local: SocketAddr) -> Self {
        Self { client: peer, is_crowded: false, local, admitted: Arc::default() }
    }

    /// The same for a request that a proxy has passed on.
    pub(crate) fn on_behalf_of(&self, client: SocketAddr, is_crowded: bool) -> Self {
        Self { client, is_crowded, ..self.clone() }
    }

    /// Leaves an admitted visitor for whoever serves the connection.
    pub(crate) fn hand_over(&self, admitted: Admitted) {
        *self.admitted.lock().unwrap_or_else(PoisonError::into_inner) = Some(admitted);
    }

    /// Takes the visitor that was admitted, if any.
    pub(crate) fn take_over(&self) -> Option<Admitted> {
        self.admitted.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

pub(crate) fn router(bridge: Arc<Bridge>) -> Router {
    Router::new()
        .route(WEBSOCKET_PATH, get(upgrade::answer))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .merge(rest::router(&bridge))
        .with_state(bridge)
}

/// That this answers at all is the answer.
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether a client who came now could be served.
pub(crate) async fn readyz(State(bridge): State<Arc<Bridge>>) -> (StatusCode, &'static str) {
    if bridge.drain.has_begun() {
        (StatusCode::SERVICE_UNAVAILABLE, "the bridge is stopping\n")
    } else if bridge.probe.upstream_is_there().await {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the upstream cannot be reached\n")
    }
}
