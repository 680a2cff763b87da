//! Who becomes a WebSocket, and what the others are told.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use parlor_proto::limits::{SUBPROTOCOL, SUBPROTOCOL_JSON};
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tracing::debug;

use crate::flavor::Flavor;
use crate::http::{Admitted, Visit};
use crate::metrics::figures::NotUpgraded;
use crate::server::Bridge;
use crate::slots::Full;

/// When somebody who found no place may try again, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("10");

/// Answers a request for a WebSocket. Who is admitted gets a slot and is handed over.
pub(crate) async fn answer(
    State(bridge): State<Arc<Bridge>>,
    Extension(visit): Extension<Visit>,
    mut request: Request,
) -> Response {
    let switching = match create_response_with_body(&request, Body::empty) {
        Ok(response) => response,
        Err(error) => {
            bridge.figures.not_upgraded(NotUpgraded::NoWebSocket);
            return not_a_websocket(&error.to_string());
        }
    };
    if let Err(why) = check_origin(&bridge, &visit, request.headers()) {
        debug!(why, "refused by its origin");
        bridge.figures.not_upgraded(NotUpgraded::Origin);
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    let Some(flavor) = Flavor::offered(request.headers()) else {
        bridge.figures.not_upgraded(NotUpgraded::Subprotocol);
        let ours = format!("{SUBPROTOCOL:?} or {SUBPROTOCOL_JSON:?}");
        let why = format!("offer the WebSocket subprotocol {ours}\n");
        return (StatusCode::BAD_REQUEST, why).into_response();
    };
    if bridge.drain.has_begun() {
        bridge.figures.not_upgraded(NotUpgraded::Draining);
        return busy(StatusCode::SERVICE_UNAVAILABLE, "the bridge is stopping\n");
    }
    if visit.is_crowded {
        bridge.figures.not_upgraded(NotUpgraded::Address);
        return busy(StatusCode::TOO_MANY_REQUESTS, "too many requests at once\n");
    }
    let slot = match bridge.websockets.take(visit.client.ip()) {
        Ok(slot) => slot,
        Err(Full::Total) => {
            bridge.figures.not_upgraded(NotUpgraded::Full);
            return busy(StatusCode::SERVICE_UNAVAILABLE, "the bridge has no place left\n");
        }
        Err(Full::Address) => {
            bridge.figures.not_upgraded(NotUpgraded::Address);
            let why = "too many connections from this address\n";
            return busy(StatusCode::TOO_MANY_REQUESTS, why);
        }
    };
    bridge.figures.upgraded(flavor);
    let (upgrade, client) = (hyper::upgrade::on(&mut request), visit.client);
    visit.hand_over(Admitted { upgrade, client, slot, flavor });
    let mut response = switching;
    response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, flavor.subprotocol());
    response
}

fn not_a_websocket(why: &str) -> Response {
    let why = format!("this is a WebSocket: {why}\n");
    let mut response = (StatusCode::UPGRADE_REQUIRED, why).into_response();
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    response
}

fn busy(status: StatusCode, why: &'static str) -> Response {
    (status, [(header::RETRY_AFTER, RETRY_AFTER)], why).into_response()
}

/// A missing origin is allowed: only browsers must tell theirs.
pub(crate) fn check_origin(
    bridge: &Bridge,
    visit: &Visit,
    headers: &HeaderMap,
) -> Result<(), String> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return Ok(()) };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let allowed = |origin: &str| bridge.origins.load().allow(origin, host, visit.local);
    if origins.next().is_none() && origin.to_str().is_ok_and(allowed) {
        return Ok(());
    }
    Err(format!("pages from {origin:?} may not connect here; the operator can allow --origin\n"))
}
