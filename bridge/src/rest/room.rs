//! Rooms: one's own and those to be found, made, joined, changed, closed.
#![expect(unused_qualifications, reason = "the macro for paths names parameters in full")]

use axum::http::{HeaderMap, StatusCode, header};
use parlor_proto::codes::Reason;
use parlor_proto::limits::{RETENTION_MAX, SLOW_MODE_MAX, TOPIC_BYTES_MAX};
use parlor_proto::rest::{
    Id, Logged, NewOwner, NewRoom, PageToken, Preferences, RoomChange, RoomPage, RoomState, Rooms,
};
use parlor_proto::v1;
use serde::Deserialize;
use utoipa::IntoParams;

use super::account::ids;
use super::caller::{Caller, ask};
use super::document::Problems;
use super::input::{Input, Path, Perhaps, Query, Told, given};
use super::page::rows;
use super::problem::Refused;

type Answer<T> = Result<Told<T>, Refused>;
type Done = Result<StatusCode, Refused>;

/// How a bridge names a room.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct RoomPath {
    #[param(inline)]
    pub(super) room: Id,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct NamePath {
    #[param(pattern = "^[A-Za-z0-9._-]{2,32}$")]
    name: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichRooms {
    /// Only those whose name or topic contains this.
    #[serde(default)]
    #[param(min_length = 1, max_length = 256)]
    query: Option<String>,
    /// Only the room of exactly this name.
    #[serde(default)]
    #[param(pattern = "^[A-Za-z0-9._-]{2,32}$")]
    name: Option<String>,
    /// Only those whose name is greater than this.
    #[serde(default)]
    #[param(min_length = 1, max_length = 32)]
    after_name: Option<String>,
    /// At most so many rows; missing: as many as the server gives.
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
pub(super) struct DirectQuery {
    /// Of the others, at most 7, with commas between them.
    #[param(pattern = "^[1-9][0-9]{0,18}(,[1-9][0-9]{0,18}){0,6}$")]
    user_ids: String,
}

/// One's own rooms, with what is unread in them
#[utoipa::path(get, operation_id = "list_rooms",
    path = "/v1/rooms", security(("bearer" = [])),
    responses((status = 200, body = Rooms), Problems))]
pub(super) async fn list_own(caller: Caller) -> Answer<Rooms> {
    Ok(Told::ok(caller.rooms().await?))
}

/// The rooms that one may find, by name
#[utoipa::path(get, operation_id = "find_rooms",
    path = "/v1/public-rooms", params(WhichRooms), security(("bearer" = [])),
    responses((status = 200, body = RoomPage), Problems))]
pub(super) async fn find(caller: Caller, Query(which): Query<WhichRooms>) -> Answer<RoomPage> {
    let list = v1::ListRoomsRequest {
        after_name: given("after_name", which.after_name)?,
        page_token: PageToken::bytes(which.page_token),
        page_rows: rows(which.page_size)?,
        room_name: given("name", which.name)?,
        containing: given("query", which.query)?,
    };
    Ok(Told::ok(ask!(caller, ListRooms(list) => ListRooms)))
}

/// Makes a room of this name. Once more by the same user: 200, and the room as it is
#[utoipa::path(put, operation_id = "create_room",
    path = "/v1/rooms/by-name/{name}",
    params(NamePath, ("if-none-match" = Option<String>, Header,
        description = "`*`: only a room that is not there yet")),
    request_body = Option<NewRoom>, security(("bearer" = [])),
    responses((status = 201, body = RoomState), (status = 200, body = RoomState), Problems))]
pub(super) async fn create(
    caller: Caller,
    Path(NamePath { name }): Path<NamePath>,
    headers: HeaderMap,
    Perhaps(new): Perhaps<NewRoom>,
) -> Answer<RoomState> {
    check(&new)?;
    // Private rooms may be called alike, so a second room would be no mistake to the daemon.
    if !headers.contains_key(header::IF_NONE_MATCH)
        && let Some(own) = own_room(&caller, &name).await?
    {
        return Ok(Told::ok(own));
    }
    let rules = new.rules.map(v1::RoomRules::from);
    let create = v1::CreateRoomRequest { name, topic: new.topic, rules };
    Ok(Told::created(ask!(caller, CreateRoom(create) => Room).state.unwrap_or_default()))
}

/// What a server would refuse in a new room: it never sees what is wanted of one that is there.
fn check(new: &NewRoom) -> Result<(), Refused> {
    let rules = new.rules.unwrap_or_default();
    let (slow_mode, cooldown) = (rules.slow_mode_ms.into(), rules.cooldown_ms.into());
    let limits = [
        ("topic", new.topic.len() as u128, TOPIC_BYTES_MAX as u128),
        ("slow_mode_ms", slow_mode, SLOW_MODE_MAX.as_millis()),
        ("cooldown_ms", cooldown, SLOW_MODE_MAX.as_millis()),
        ("retention_ms", rules.retention_ms.into(), RETENTION_MAX.as_millis()),
    ];
    match limits.into_iter().find(|(_, told, max)| told > max) {
        None => Ok(()),
        Some((field, told, max)) => {
            Err(Refused::field(field, format!("{field} is at most {max}: {told}")))
        }
    }
}

/// The room of this name that who asks has made and is in.
async fn own_room(caller: &Caller, name: &str) -> Result<Option<RoomState>, Refused> {
    let me = caller.account().await?.user.user_id;
    let find = v1::ListRoomsRequest { room_name: name.to_owned(), ..Default::default() };
    let mut found = ask!(caller, ListRooms(find) => ListRooms).rooms.into_iter();
    let Some(own) = found.find(|room| room.creator_id == me) else { return Ok(None) };
    // Whoever has left it is not in it.
    let is_left = |refused: &Refused| {
        [Reason::NotAMember, Reason::RoomNotFound].iter().any(|r| r.as_str() == refused.reason())
    };
    match look(caller, own.room_id).await {
        Err(refused) if is_left(&refused) => Ok(None),
        found => found.map(Some),
    }
}

async fn look(caller: &Caller, room_id: u64) -> Result<RoomState, Refused> {
    let get = v1::GetRoomRequest { room_id };
    Ok(ask!(caller, GetRoom(get) => Room).state.unwrap_or_default().into())
}

/// A room of one's own
#[utoipa::path(get, operation_id = "get_room",
    path = "/v1/rooms/{room}", params(RoomPath), security(("bearer" = [])),
    responses((status = 200, body = RoomState), Problems))]
pub(super) async fn get(
    caller: Caller,
    Path(RoomPath { room }): Path<RoomPath>,
) -> Answer<RoomState> {
    Ok(Told::ok(look(&caller, room.0).await?))
}

/// Gives a room another name, topic or rules
#[utoipa::path(patch, operation_id = "change_room",
    path = "/v1/rooms/{room}", params(RoomPath), request_body = RoomChange,
    security(("bearer" = [])), responses((status = 200, body = RoomState), Problems))]
pub(super) async fn change(
    caller: Caller,
    Path(RoomPath { room }): Path<RoomPath>,
    Input(new): Input<RoomChange>,
) -> Answer<RoomState> {
    let RoomChange { name, topic, rules } = new;
    let rules = rules.map(v1::RoomRules::from);
    let update = v1::UpdateRoomRequest { room_id: room.0, name, topic, rules };
    Ok(Told::ok(ask!(caller, UpdateRoom(update) => Room).state.unwrap_or_default()))
}

/// Closes a room for ever; its members may still read it
#[utoipa::path(delete, operation_id = "archive_room",
    path = "/v1/rooms/{room}", params(RoomPath), security(("bearer" = [])),
    responses((status = 200, body = Logged), Problems))]
pub(super) async fn archive(
    caller: Caller,
    Path(RoomPath { room }): Path<RoomPath>,
) -> Answer<Logged> {
    let archive = v1::ArchiveRoomRequest { room_id: room.0 };
    Ok(Told::ok(ask!(caller, ArchiveRoom(archive) => Logged)))
}

/// Makes another member the owner
#[utoipa::path(put, operation_id = "transfer_room",
    path = "/v1/rooms/{room}/owner", params(RoomPath), request_body = NewOwner,
    security(("bearer" = [])), responses((status = 200, body = Logged), Problems))]
pub(super) async fn transfer(
    caller: Caller,
    Path(RoomPath { room }): Path<RoomPath>,
    Input(new): Input<NewOwner>,
) -> Answer<Logged> {
    let transfer = v1::TransferRoomRequest { room_id: room.0, user_id: new.user_id.0 };
    Ok(Told::ok(ask!(caller, TransferRoom(transfer) => Logged)))
}

/// How one wants to have a room, on all devices
#[utoipa::path(put, operation_id = "set_room_preferences",
    path = "/v1/rooms/{room}/preferences", params(RoomPath),
    request_body = Preferences, security(("bearer" = [])),
    responses((status = 204, description = "Done"), Problems))]
pub(super) async fn set_preferences(
    caller: Caller,
    Path(RoomPath { room }): Path<RoomPath>,
    Input(new): Input<Preferences>,
) -> Done {
    let preferences = Some(new.into());
    let set = v1::SetRoomPreferencesRequest { room_id: room.0, preferences };
    let v1::Ack {} = ask!(caller, SetRoomPreferences(set) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// Joins a room
#[utoipa::path(put, operation_id = "join_room",
    path = "/v1/rooms/{room}/members/me", params(RoomPath),
    security(("bearer" = [])), responses((status = 200, body = RoomState), Problems))]
pub(super) async fn join(
    caller: Caller,
    Path(RoomPath { room }): Path<RoomPath>,
) -> Answer<RoomState> {
    let join = v1::JoinRoomRequest { room_id: room.0, room_name: String::new() };
    Ok(Told::ok(ask!(caller, JoinRoom(join) => Room).state.unwrap_or_default()))
}

/// Joins the room of this name
#[utoipa::path(put, operation_id = "join_room_by_name",
    path = "/v1/rooms/by-name/{name}/members/me", params(NamePath),
    security(("bearer" = [])), responses((status = 200, body = RoomState), Problems))]
pub(super) async fn join_by_name(
    caller: Caller,
    Path(NamePath { name }): Path<NamePath>,
) -> Answer<RoomState> {
    let join = v1::JoinRoomRequest { room_id: 0, room_name: name };
    Ok(Told::ok(ask!(caller, JoinRoom(join) => Room).state.unwrap_or_default()))
}

/// Leaves a room
#[utoipa::path(delete, operation_id = "leave_room",
    path = "/v1/rooms/{room}/members/me", params(RoomPath),
    security(("bearer" = [])), responses((status = 204, description = "Done"), Problems))]
pub(super) async fn leave(caller: Caller, Path(RoomPath { room }): Path<RoomPath>) -> Done {
    let v1::Ack {} = ask!(caller, LeaveRoom(v1::LeaveRoomRequest { room_id: room.0 }) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// The direct room of oneself and these users, if anything was ever said in it
#[utoipa::path(get, operation_id = "get_direct_room",
    path = "/v1/direct-rooms", params(DirectQuery), security(("bearer" = [])),
    responses((status = 200, body = RoomState), Problems))]
pub(super) async fn get_direct(
    caller: Caller,
    Query(whose): Query<DirectQuery>,
) -> Answer<RoomState> {
    let user_ids = ids("user_ids", &whose.user_ids, parlor_proto::limits::DIRECT_OTHERS_MAX)?;
    let get = v1::GetDirectRequest { user_ids };
    Ok(Told::ok(ask!(caller, GetDirect(get) => Room).state.unwrap_or_default()))
}
