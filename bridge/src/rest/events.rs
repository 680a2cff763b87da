//! Server-sent events: rooms followed by anything that can read a text, and resumed where it
//! stopped.
//!
//! Each event's id is the set of cursors after it, so the bridge keeps nothing: whoever comes
//! back with the last id that it read misses nothing and reads nothing twice, by whichever
//! bridge. Nothing is read from the daemon for somebody who does not read.
#![expect(unused_qualifications, reason = "the macro for paths names parameters in full")]

mod cursors;
mod following;

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use parlor_proto::ids::RoomId;
use parlor_proto::limits::SYNC_ROOMS_MAX;
use serde::Deserialize;
use utoipa::IntoParams;

use self::cursors::Cursors;
use self::following::Following;
use super::account::ids;
use super::caller::Caller;
use super::document::Problems;
use super::input::Query;
use super::problem::Refused;
use crate::server::Bridge;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Asks proxies not to hold back what comes.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichStream {
    /// Only these rooms, with commas between them; missing: all of one's own.
    #[serde(default)]
    #[param(pattern = "^[1-9][0-9]{0,18}(,[1-9][0-9]{0,18})*$")]
    room: Option<String>,
    /// As the header `Last-Event-ID`, for those who cannot set it.
    #[serde(default)]
    #[param(pattern = "^[A-Za-z0-9_-]{0,8192}$")]
    last_event_id: Option<String>,
}

/// What happens in rooms, as server-sent events, until somebody hangs up
#[utoipa::path(get, path = "/v1/events",
    params(WhichStream, ("last-event-id" = Option<String>, Header,
        description = "The id of the last event that was read: goes on after it")),
    security(("bearer" = [])),
    responses((status = 200, body = String, content_type = "text/event-stream"), Problems))]
pub(super) async fn follow(
    State(bridge): State<Arc<Bridge>>,
    caller: Caller,
    Query(which): Query<WhichStream>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let rooms = ids("room", which.room.as_deref().unwrap_or_default(), SYNC_ROOMS_MAX)?;
    let rooms = rooms.into_iter().map(RoomId).collect();
    let told = match headers.get(LAST_EVENT_ID) {
        Some(told) => Some(told.to_str().unwrap_or("?").to_owned()),
        None => which.last_event_id,
    };
    let last = told.filter(|id| !id.is_empty()).map(|id| Cursors::parse(&id)).transpose()?;
    let stream = caller.stream(true).await?;
    let following = Following::begin(stream, rooms, last, bridge.drain.listen()).await?;
    let pieces = stream::unfold(following, |mut following| async move {
        let piece = following.next().await?;
        Some((Ok::<_, Infallible>(piece), following))
    });
    let kind = (header::CONTENT_TYPE, "text/event-stream");
    Ok(([kind, UNBUFFERED], Body::from_stream(pieces)).into_response())
}
