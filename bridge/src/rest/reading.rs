//! What was read, missed and found, and where scripts stopped.
#![expect(unused_qualifications, reason = "the macro for paths names parameters in full")]

use axum::http::StatusCode;
use parlor_proto::rest::{
    CursorPlace, Id, Mentions, NamedCursors, PageToken, ReadMarker, SearchPage, UnreadRooms,
};
use parlor_proto::v1;
use serde::Deserialize;
use utoipa::IntoParams;

use super::caller::{Caller, ask};
use super::document::Problems;
use super::input::{Input, Path, Query, Told, given};
use super::page::rows;
use super::problem::Refused;
use super::room::RoomPath;

type Answer<T> = Result<Told<T>, Refused>;
type Done = Result<StatusCode, Refused>;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichMentions {
    /// Only those after the read markers.
    #[serde(default)]
    unread: bool,
    /// At most so many; missing: as many as the server gives.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    page_size: Option<u32>,
    /// From the answer before, to go on.
    #[serde(default)]
    #[param(inline)]
    page_token: Option<PageToken>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhereUnread {
    /// From the answer before, to go on.
    #[serde(default)]
    #[param(inline)]
    page_token: Option<PageToken>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhatToFind {
    /// Words, "phrases", from:NAME, in:ROOM, before:DATE, after:DATE, -WORD.
    #[param(min_length = 1, max_length = 256)]
    q: String,
    /// At most so many; missing: as many as the server gives.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    page_size: Option<u32>,
    /// From the answer before, to go on.
    #[serde(default)]
    #[param(inline)]
    page_token: Option<PageToken>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichCursors {
    /// Only those of this name.
    #[serde(default)]
    #[param(min_length = 1, max_length = 64)]
    name: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct CursorPath {
    #[param(min_length = 1, max_length = 64)]
    name: String,
    #[param(inline)]
    room: Id,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct CursorNamePath {
    #[param(min_length = 1, max_length = 64)]
    name: String,
}

/// Says how far one has read; never goes back
#[utoipa::path(put, path = "/v1/rooms/{room}/read-marker", params(RoomPath),
    request_body = ReadMarker, security(("bearer" = [])),
    responses((status = 204, description = "Done"), Problems))]
pub(super) async fn mark_read(
    caller: Caller,
    Path(RoomPath { room }): Path<RoomPath>,
    Input(ReadMarker { seq }): Input<ReadMarker>,
) -> Done {
    let mark = v1::MarkReadRequest { room_id: room.0, read_seq: seq };
    let v1::Ack {} = ask!(caller, MarkRead(mark) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// The rooms with something unread, those with mentions first
#[utoipa::path(get, path = "/v1/unread", params(WhereUnread), security(("bearer" = [])),
    responses((status = 200, body = UnreadRooms), Problems))]
pub(super) async fn list_unread(
    caller: Caller,
    Query(WhereUnread { page_token }): Query<WhereUnread>,
) -> Answer<UnreadRooms> {
    let list = v1::ListUnreadRequest { page_token: PageToken::bytes(page_token) };
    Ok(Told::ok(ask!(caller, ListUnread(list) => ListUnread)))
}

/// The messages that mention one, newest first
#[utoipa::path(get, path = "/v1/mentions", params(WhichMentions), security(("bearer" = [])),
    responses((status = 200, body = Mentions), Problems))]
pub(super) async fn list_mentions(
    caller: Caller,
    Query(which): Query<WhichMentions>,
) -> Answer<Mentions> {
    let (page_rows, page_token) = (rows(which.page_size)?, PageToken::bytes(which.page_token));
    let list = v1::ListMentionsRequest { page_rows, page_token, unread: which.unread };
    Ok(Told::ok(ask!(caller, ListMentions(list) => ListMentions)))
}

/// The messages that are what is asked for, the best first
#[utoipa::path(get, operation_id = "search_messages",
    path = "/v1/search", params(WhatToFind), security(("bearer" = [])),
    responses((status = 200, body = SearchPage), Problems))]
pub(super) async fn search(caller: Caller, Query(what): Query<WhatToFind>) -> Answer<SearchPage> {
    let (page_rows, page_token) = (rows(what.page_size)?, PageToken::bytes(what.page_token));
    let search = v1::SearchRequest { query: what.q, page_rows, page_token };
    Ok(Told::ok(ask!(caller, Search(search) => Search)))
}

/// The places in rooms' logs that the server keeps for one's scripts
#[utoipa::path(get, path = "/v1/cursors", params(WhichCursors), security(("bearer" = [])),
    responses((status = 200, body = NamedCursors), Problems))]
pub(super) async fn list_cursors(
    caller: Caller,
    Query(which): Query<WhichCursors>,
) -> Answer<NamedCursors> {
    let get = v1::GetCursorsRequest { name: given("name", which.name)? };
    Ok(Told::ok(ask!(caller, GetCursors(get) => GetCursors)))
}

/// Keeps such a place
#[utoipa::path(put, path = "/v1/cursors/{name}/rooms/{room}", params(CursorPath),
    request_body = CursorPlace, security(("bearer" = [])),
    responses((status = 204, description = "Done"), Problems))]
pub(super) async fn set_cursor(
    caller: Caller,
    Path(CursorPath { name, room }): Path<CursorPath>,
    Input(CursorPlace { seq }): Input<CursorPlace>,
) -> Done {
    let set = v1::SetCursorRequest { name, room_id: room.0, seq };
    let v1::Ack {} = ask!(caller, SetCursor(set) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets all places of a name
#[utoipa::path(delete, path = "/v1/cursors/{name}", params(CursorNamePath),
    security(("bearer" = [])), responses((status = 204, description = "Done"), Problems))]
pub(super) async fn remove_cursor(
    caller: Caller,
    Path(CursorNamePath { name }): Path<CursorNamePath>,
) -> Done {
    let v1::Ack {} = ask!(caller, RemoveCursor(v1::RemoveCursorRequest { name }) => Ack);
    Ok(StatusCode::NO_CONTENT)
}
