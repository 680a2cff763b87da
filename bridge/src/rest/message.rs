//! Messages: said, read, changed, reacted to.
#![expect(unused_qualifications, reason = "the macro for paths names parameters in full")]

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use parlor_proto::codes::Reason;
use parlor_proto::limits::{DIRECT_OTHERS_MAX, PAGE_ROWS_MAX};
use parlor_proto::rest::{
    EventPage, Id, Logged, MessageChange, NewDirectMessage, NewMessage, ReactionPage, RoomEvent,
    Sent,
};
use parlor_proto::v1::{self, history_request::Anchor, room_event::Kind};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::caller::{Caller, ask};
use super::document::Problems;
use super::input::{Input, Path, Query, Told};
use super::page::{Page, rows};
use super::problem::{Own, Refused};
use super::room::RoomPath;

type Answer<T> = Result<Told<T>, Refused>;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct NewPath {
    #[param(inline)]
    room: Id,
    /// Of the sender's own making; the same once more is the same message.
    id: Uuid,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct NewDirectPath {
    /// Of the sender's own making; the same once more is the same message.
    id: Uuid,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct MessagePath {
    #[param(inline)]
    room: Id,
    #[param(minimum = 1)]
    seq: u64,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ReactionPath {
    #[param(inline)]
    room: Id,
    #[param(minimum = 1)]
    seq: u64,
    /// 1 to 32 bytes.
    #[param(min_length = 1, max_length = 32)]
    reaction: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichEvents {
    /// The newest before this seq. At most one of the three; none: the newest.
    #[serde(default)]
    before: Option<u64>,
    /// The oldest after this seq.
    #[serde(default)]
    after: Option<u64>,
    /// This one in the middle.
    #[serde(default)]
    around: Option<u64>,
    /// At most so many; missing: as many as the server gives.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    page_size: Option<u32>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichReplies {
    /// The oldest after this seq.
    #[serde(default)]
    after: Option<u64>,
    /// At most so many; missing: as many as the server gives.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    page_size: Option<u32>,
}

/// A page of a room's log, in order of seq
#[utoipa::path(get, operation_id = "list_events",
    path = "/v1/rooms/{room}/events", params(RoomPath, WhichEvents),
    security(("bearer" = [])), responses((status = 200, body = EventPage), Problems))]
pub(super) async fn list(
    caller: Caller,
    Path(RoomPath { room }): Path<RoomPath>,
    Query(which): Query<WhichEvents>,
) -> Answer<EventPage> {
    let page_rows = rows(which.page_size)?;
    let anchor = match (which.before, which.after, which.around) {
        (None, None, None) => None,
        (Some(seq), None, None) => Some(Anchor::BeforeSeq(seq)),
        (None, Some(seq), None) => Some(Anchor::AfterSeq(seq)),
        (None, None, Some(seq)) => {
            let half = if page_rows == 0 { PAGE_ROWS_MAX } else { page_rows } / 2;
            Some(Anchor::BeforeSeq(seq.saturating_add(u64::from(half)).saturating_add(1)))
        }
        _ => return Err(Refused::field("before", "give one of before, after and around")),
    };
    let history = v1::HistoryRequest { room_id: room.0, anchor, page_rows };
    Ok(Told::ok(ask!(caller, History(history) => History)))
}

/// Says something. The same id once more is answered as the first time, with 200
#[utoipa::path(put, operation_id = "send_message",
    path = "/v1/rooms/{room}/messages/by-client-id/{id}", params(NewPath),
    request_body = NewMessage, security(("bearer" = [])),
    responses((status = 201, body = Sent), (status = 200, body = Sent), Problems))]
pub(super) async fn send(
    caller: Caller,
    Path(NewPath { room, id }): Path<NewPath>,
    Input(new): Input<NewMessage>,
) -> Answer<Sent> {
    sent(&caller, new.into_request(room, id)).await
}

/// Says something to these users, in the direct room of oneself and them
#[utoipa::path(put, operation_id = "send_direct_message",
    path = "/v1/direct-rooms/messages/by-client-id/{id}", params(NewDirectPath),
    request_body = NewDirectMessage, security(("bearer" = [])),
    responses((status = 201, body = Sent), (status = 200, body = Sent), Problems))]
pub(super) async fn send_direct(
    caller: Caller,
    Path(NewDirectPath { id }): Path<NewDirectPath>,
    Input(new): Input<NewDirectMessage>,
) -> Answer<Sent> {
    if !(1..=DIRECT_OTHERS_MAX).contains(&new.user_ids.len()) {
        return Err(Refused::field("user_ids", format!("1 to {DIRECT_OTHERS_MAX} others")));
    }
    sent(&caller, new.into_request(id)).await
}

async fn sent(caller: &Caller, send: v1::SendRequest) -> Answer<Sent> {
    let sent = ask!(caller, Send(send) => Send);
    Ok(if sent.duplicate { Told::ok(sent) } else { Told::created(sent) })
}

/// A message, in its present state; its version is its etag
#[utoipa::path(get, operation_id = "get_message",
    path = "/v1/rooms/{room}/messages/{seq}", params(MessagePath),
    security(("bearer" = [])),
    responses((status = 200, body = RoomEvent, headers(("etag" = String, description = "Its version"))), Problems))]
pub(super) async fn get(
    caller: Caller,
    Path(MessagePath { room, seq }): Path<MessagePath>,
) -> Result<Response, Refused> {
    let event = find(&caller, room, seq).await?;
    let version = match &event.kind {
        Some(Kind::Message(message)) => message.version,
        _ => 0,
    };
    let mut response = Told::<RoomEvent>::ok(event).into_response();
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(response)
}

/// The event that a message is, unless it is deleted.
pub(super) async fn find(caller: &Caller, room: Id, seq: u64) -> Result<v1::RoomEvent, Refused> {
    let anchor = Some(Anchor::AfterSeq(seq.saturating_sub(1)));
    let history = v1::HistoryRequest { room_id: room.0, anchor, page_rows: 1 };
    let page = ask!(caller, History(history) => History);
    let is_it = |event: &v1::RoomEvent| {
        event.seq == seq && matches!(&event.kind, Some(Kind::Message(message)) if !message.deleted)
    };
    let event = page.events.into_iter().find(is_it);
    event.ok_or_else(|| Refused::missing(Reason::MessageNotFound, "no such message"))
}

/// Gives a message another text, if its version is still the one of `If-Match`
#[utoipa::path(patch, operation_id = "edit_message",
    path = "/v1/rooms/{room}/messages/{seq}",
    params(MessagePath, ("if-match" = String, Header, description = "The etag of the message",
        pattern = "^\"[0-9]{1,9}\"$")),
    request_body = MessageChange, security(("bearer" = [])),
    responses((status = 200, body = Logged),
        (status = 412, description = "It has another version",
            body = parlor_proto::rest::Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing",
            body = parlor_proto::rest::Problem, content_type = "application/problem+json"),
        Problems))]
pub(super) async fn edit(
    caller: Caller,
    Path(MessagePath { room, seq }): Path<MessagePath>,
    headers: HeaderMap,
    Input(MessageChange { text, format }): Input<MessageChange>,
) -> Answer<Logged> {
    let edit = v1::EditRequest {
        room_id: room.0,
        target_seq: seq,
        text,
        format: v1::Format::from(format).into(),
        expected_version: expected_version(&headers)?,
    };
    Ok(Told::ok(ask!(caller, Edit(edit) => Logged)))
}

fn expected_version(headers: &HeaderMap) -> Result<u32, Refused> {
    let Some(told) = headers.get(header::IF_MATCH) else {
        let why = "send the message's etag as if-match, so that no edit is lost";
        return Err(Refused::own(Own::IfMatchRequired, why));
    };
    let quoted = told.to_str().ok().and_then(|told| told.strip_prefix('"')?.strip_suffix('"'));
    let version = quoted.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    version
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Refused::field("if-match", "an etag of a message is its version, as \"0\""))
}

/// Deletes a message for good
#[utoipa::path(delete, operation_id = "delete_message",
    path = "/v1/rooms/{room}/messages/{seq}", params(MessagePath),
    security(("bearer" = [])), responses((status = 200, body = Logged), Problems))]
pub(super) async fn delete(caller: Caller, Path(path): Path<MessagePath>) -> Answer<Logged> {
    let delete = v1::DeleteRequest { room_id: path.room.0, target_seq: path.seq };
    Ok(Told::ok(ask!(caller, Delete(delete) => Logged)))
}

/// The messages of a thread, without the one that began it
#[utoipa::path(get, path = "/v1/rooms/{room}/messages/{seq}/thread",
    params(MessagePath, WhichReplies), security(("bearer" = [])),
    responses((status = 200, body = EventPage), Problems))]
pub(super) async fn list_thread(
    caller: Caller,
    Path(MessagePath { room, seq }): Path<MessagePath>,
    Query(which): Query<WhichReplies>,
) -> Answer<EventPage> {
    let page_rows = rows(which.page_size)?;
    let after_seq = which.after.unwrap_or_default();
    let list = v1::ListThreadRequest { room_id: room.0, thread_seq: seq, after_seq, page_rows };
    Ok(Told::ok(ask!(caller, ListThread(list) => History)))
}

/// Who reacted how, in the order in which they did
#[utoipa::path(get, path = "/v1/rooms/{room}/messages/{seq}/reactions",
    params(MessagePath, Page), security(("bearer" = [])),
    responses((status = 200, body = ReactionPage), Problems))]
pub(super) async fn list_reactions(
    caller: Caller,
    Path(MessagePath { room, seq }): Path<MessagePath>,
    Query(page): Query<Page>,
) -> Answer<ReactionPage> {
    let (skip, page_rows) = (page.skip()?, page.rows()?);
    let list = v1::ListReactionsRequest { room_id: room.0, target_seq: seq, skip, page_rows };
    Ok(Told::ok(ReactionPage::of(ask!(caller, ListReactions(list) => ListReactions), skip)))
}

/// Reacts to a message
#[utoipa::path(put, operation_id = "add_reaction",
    path = "/v1/rooms/{room}/messages/{seq}/reactions/{reaction}",
    params(ReactionPath), security(("bearer" = [])),
    responses((status = 200, body = Logged), Problems))]
pub(super) async fn react(caller: Caller, Path(path): Path<ReactionPath>) -> Answer<Logged> {
    set_reaction(&caller, path, true).await
}

/// Reacts so no more
#[utoipa::path(delete, operation_id = "remove_reaction",
    path = "/v1/rooms/{room}/messages/{seq}/reactions/{reaction}",
    params(ReactionPath), security(("bearer" = [])),
    responses((status = 200, body = Logged), Problems))]
pub(super) async fn unreact(caller: Caller, Path(path): Path<ReactionPath>) -> Answer<Logged> {
    set_reaction(&caller, path, false).await
}

async fn set_reaction(caller: &Caller, path: ReactionPath, present: bool) -> Answer<Logged> {
    let ReactionPath { room, seq, reaction } = path;
    let set = v1::SetReactionRequest { room_id: room.0, target_seq: seq, reaction, present };
    Ok(Told::ok(ask!(caller, SetReaction(set) => Logged)))
}
