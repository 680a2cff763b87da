//! What is the same for all calls: a request id, who may ask by where their page came from, which
//! media types are understood, how long it may take, and the headers of every answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use parlor_proto::limits::WEBHOOK_PATH;
use tokio::time::timeout;
use tracing::{Instrument as _, debug, debug_span};

use super::CALL_TIMEOUT;
use super::file::{is_content, is_part};
use super::problem::{self, Own, Refused};
use crate::http::Visit;
use crate::metrics::figures;
use crate::server::Bridge;
use crate::upgrade::check_origin;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request id that a client gives is kept if it has at most so many bytes.
const REQUEST_ID_BYTES_MAX: usize = 64;

/// What pages may send and read, and for how long a browser may remember that.
const ALLOWED_METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const ALLOWED_HEADERS: &str = "authorization, content-type, idempotency-key, if-match, \
                               if-none-match, if-range, last-event-id, range, upload-offset, \
                               x-request-id";
const EXPOSED_HEADERS: &str = "accept-ranges, content-disposition, content-range, etag, location, \
                               retry-after, upload-length, upload-offset, x-request-id";
const PREFLIGHT_SECONDS: &str = "600";

/// What handlers answer with.
const MEDIA_TYPES: [(&str, &str); 2] = [("application", "json"), ("text", "event-stream")];

/// Around every call.
pub(super) async fn guard(
    State(bridge): State<Arc<Bridge>>,
    request: Request,
    next: Next,
) -> Response {
    let id = request_id(request.headers());
    let origin = request.headers().get(header::ORIGIN).cloned();
    let (method, path) = (request.method().clone(), shown(request.uri().path()));
    let client = request.extensions().get::<Visit>().map(|visit| visit.client);
    let span = debug_span!("call", %id, ?client, %method, path);
    let began = figures::now();
    let mut response = answer(&bridge, request, next).instrument(span.clone()).await;
    let reason = problem::document(&mut response, &id);
    let took = figures::now().duration_since(began);
    bridge.figures.calls.answered(response.status().as_u16(), reason.as_deref(), took);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin.filter(|_| response.status() != StatusCode::FORBIDDEN) {
        share(response.headers_mut(), origin);
    }
    span.in_scope(|| debug!(status = response.status().as_u16(), "answered"));
    response
}

/// The path as it may stand in a log: that of a webhook is a secret.
fn shown(path: &str) -> String {
    let is_secret = path.starts_with(WEBHOOK_PATH);
    if is_secret { format!("{WEBHOOK_PATH}…") } else { path.to_owned() }
}

async fn answer(bridge: &Bridge, request: Request, next: Next) -> Response {
    if let Some(visit) = request.extensions().get::<Visit>()
        && let Err(why) = check_origin(bridge, visit, request.headers())
    {
        return Refused::own(Own::Origin, why.trim_end()).into_response();
    }
    if request.method() == Method::OPTIONS {
        return options(request, next).await;
    }
    if !is_content(request.uri().path()) && !accepts(request.headers()) {
        let why = "answers are application/json, or text/event-stream";
        return Refused::own(Own::NotAcceptable, why).into_response();
    }
    if bridge.drain.has_begun() {
        return Refused::own(Own::Draining, "the bridge is stopping").into_response();
    }
    if request.extensions().get::<Visit>().is_some_and(|visit| visit.is_crowded) {
        let why = "too many calls at once from this address";
        return Refused::own(Own::TooManyCalls, why).into_response();
    }
    if is_part(request.method(), request.uri().path()) {
        // As long as it gets on.
        return next.run(request).await;
    }
    match timeout(CALL_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refused::own(Own::TimedOut, "the server did not answer in time").into_response(),
    }
}

/// The client's own, if it is fit for a log; else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let told = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let is_plain = |id: &&str| {
        (1..=REQUEST_ID_BYTES_MAX).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    told.filter(is_plain).map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned)
}

/// Which methods a path has, and what a browser asks before it lets a page do more than it could
/// with a form.
async fn options(request: Request, next: Next) -> Response {
    let is_preflight = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    // No path has this method itself. Which it has the router says behind this, as `allow`.
    let refused = next.run(request).await;
    if refused.status() == StatusCode::NOT_FOUND && !is_preflight {
        return refused;
    }
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
        (header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Lets an allowed page read the answer. Never with credentials: there are no cookies.
fn share(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let exposed = HeaderValue::from_static(EXPOSED_HEADERS);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
}

/// Whether one of our media types is among those wanted. Problems are told to everybody.
fn accepts(headers: &HeaderMap) -> bool {
    let mut wanted = headers.get_all(header::ACCEPT).iter().peekable();
    if wanted.peek().is_none() {
        return true;
    }
    let ranges = wanted.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    ranges.into_iter().any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let (kind, subkind) = parts.next().unwrap_or_default().split_once('/').unwrap_or_default();
        let is_refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        let fits = |(ours, sub): &(&str, &str)| {
            (kind == "*" || kind.eq_ignore_ascii_case(ours))
                && (subkind == "*" || subkind.eq_ignore_ascii_case(sub))
        };
        !is_refused && MEDIA_TYPES.iter().any(fits)
    })
}
