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
use utoipa::{IntoParams, ToSchema};

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
    #[param(pattern = "^[1-9][0-9]{0,18}(,[1-9][0-9]{0,18}){0,255}$")]
    room: Option<String>,
    /// As the header `Last-Event-ID`, for those who cannot set it.
    #[serde(default)]
    #[param(pattern = "^[A-Za-z0-9_-]{0,8192}$")]
    last_event_id: Option<String>,
}

/// One of a stream.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only the document has it; the stream is written as text")]
struct StreamEvent {
    event: EventName,
    /// Send it as `last-event-id` to go on behind it.
    #[schema(pattern = "^[A-Za-z0-9_-]{0,8192}$")]
    id: Option<String>,
    /// JSON: a `Ready`, a `RoomEvent`, a `RoomState` (`reset` and `room_added`), a `RoomRemoved`,
    /// an `Invitation`, an `Uninvited`, a `MarkerMoved`, a `Problem`.
    #[schema(content_media_type = "application/json")]
    data: String,
    /// Milliseconds to wait before coming back.
    retry: Option<u32>,
}

/// What a stream tells.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "as above")]
enum EventName {
    Ready,
    RoomEvent,
    Reset,
    RoomAdded,
    RoomRemoved,
    Invited,
    Uninvited,
    ReadMarker,
    End,
}

/// What happens in rooms, as server-sent events, until somebody hangs up
#[utoipa::path(get, operation_id = "follow_events",
    path = "/v1/events",
    params(WhichStream, ("last-event-id" = Option<String>, Header, pattern = "^[A-Za-z0-9_-]{0,8192}$",
        description = "The id of the last event that was read: goes on after it")),
    security(("bearer" = [])),
    responses((status = 200, description = "Until somebody hangs up", body = StreamEvent,
        content_type = "text/event-stream"), Problems))]
pub(super) async fn follow(
    State(bridge): State<Arc<Bridge>>,
    caller: Caller,
    Query(which): Query<WhichStream>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let rooms = which.room.map(|told| ids("room", &told, SYNC_ROOMS_MAX)).transpose()?;
    let rooms = rooms.unwrap_or_default().into_iter().map(RoomId).collect();
    // A browser that comes back by itself keeps the query and adds the header.
    let header = headers.get(LAST_EVENT_ID).map(|told| told.to_str().unwrap_or("?").to_owned());
    let last = last("last-event-id", header)?.or(last("last_event_id", which.last_event_id)?);
    let stream = caller.stream(true).await?;
    let following = Following::begin(stream, rooms, last, bridge.drain.listen()).await?;
    let pieces = stream::unfold(following, |mut following| async move {
        let piece = following.next().await?;
        Some((Ok::<_, Infallible>(piece), following))
    });
    let kind = (header::CONTENT_TYPE, "text/event-stream");
    Ok(([kind, UNBUFFERED], Body::from_stream(pieces)).into_response())
}

fn last(field: &str, told: Option<String>) -> Result<Option<Cursors>, Refused> {
    let wrong = || Refused::field(field, "the id of an event is one that this stream gave");
    let told = told.filter(|id| !id.is_empty());
    told.map(|id| Cursors::parse(&id).ok_or_else(wrong)).transpose()
}
