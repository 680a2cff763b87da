//! The people in a room: who they are, who is let in, who is put out.
#![expect(unused_qualifications, reason = "the macro for paths names parameters in full")]

use parlor_proto::rest::{BanPage, Id, Logged, MemberPage, MemberRole, Mute, NewBan, Time};
use parlor_proto::v1;
use serde::Deserialize;
use utoipa::IntoParams;

use super::caller::{Caller, ask};
use super::document::Problems;
use super::input::{Input, Path, Perhaps, Query, Told};
use super::page::Page;
use super::problem::Refused;
use super::room::RoomPath;

type Answer<T> = Result<Told<T>, Refused>;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct MemberPath {
    #[param(inline)]
    room: Id,
    #[param(inline)]
    user: Id,
}

/// The members of a room by name, with presence
#[utoipa::path(get, operation_id = "list_members",
    path = "/v1/rooms/{room}/members", params(RoomPath, Page),
    security(("bearer" = [])), responses((status = 200, body = MemberPage), Problems))]
pub(super) async fn list(
    caller: Caller,
    Path(RoomPath { room }): Path<RoomPath>,
    Query(page): Query<Page>,
) -> Answer<MemberPage> {
    let (after_name, page_rows) = (page.after_name()?, page.rows()?);
    let list = v1::ListMembersRequest { room_id: room.0, after_name, page_rows };
    Ok(Told::ok(ask!(caller, ListMembers(list) => ListMembers)))
}

/// Puts a member out, who may come back
#[utoipa::path(delete, operation_id = "remove_member",
    path = "/v1/rooms/{room}/members/{user}", params(MemberPath),
    security(("bearer" = [])), responses((status = 200, body = Logged), Problems))]
pub(super) async fn remove(caller: Caller, Path(path): Path<MemberPath>) -> Answer<Logged> {
    let remove = v1::RemoveMemberRequest { room_id: path.room.0, user_id: path.user.0 };
    Ok(Told::ok(ask!(caller, RemoveMember(remove) => Logged)))
}

/// Makes a member a moderator or a moderator a member
#[utoipa::path(put, operation_id = "set_member_role",
    path = "/v1/rooms/{room}/members/{user}/role", params(MemberPath),
    request_body = MemberRole, security(("bearer" = [])),
    responses((status = 200, body = Logged), Problems))]
pub(super) async fn set_role(
    caller: Caller,
    Path(path): Path<MemberPath>,
    Input(MemberRole { role }): Input<MemberRole>,
) -> Answer<Logged> {
    let role = v1::Role::from(role).into();
    let set = v1::SetRoleRequest { room_id: path.room.0, user_id: path.user.0, role };
    Ok(Told::ok(ask!(caller, SetRole(set) => Logged)))
}

/// Lets a member say nothing until then
#[utoipa::path(put, operation_id = "mute_member",
    path = "/v1/rooms/{room}/members/{user}/mute", params(MemberPath),
    request_body = Mute, security(("bearer" = [])),
    responses((status = 200, body = Logged), Problems))]
pub(super) async fn mute(
    caller: Caller,
    Path(path): Path<MemberPath>,
    Input(Mute { until: Time(until_ms) }): Input<Mute>,
) -> Answer<Logged> {
    let mute = v1::MuteMemberRequest { room_id: path.room.0, user_id: path.user.0, until_ms };
    Ok(Told::ok(ask!(caller, MuteMember(mute) => Logged)))
}

/// Lets a muted member speak again
#[utoipa::path(delete, operation_id = "unmute_member",
    path = "/v1/rooms/{room}/members/{user}/mute", params(MemberPath),
    security(("bearer" = [])), responses((status = 200, body = Logged), Problems))]
pub(super) async fn unmute(caller: Caller, Path(path): Path<MemberPath>) -> Answer<Logged> {
    let (room_id, user_id) = (path.room.0, path.user.0);
    let mute = v1::MuteMemberRequest { room_id, user_id, until_ms: 0 };
    Ok(Told::ok(ask!(caller, MuteMember(mute) => Logged)))
}

/// Invites a user to a room
#[utoipa::path(put, operation_id = "invite_member",
    path = "/v1/rooms/{room}/invitations/{user}", params(MemberPath),
    security(("bearer" = [])), responses((status = 200, body = Logged), Problems))]
pub(super) async fn invite(caller: Caller, Path(path): Path<MemberPath>) -> Answer<Logged> {
    let invite = v1::InviteMemberRequest { room_id: path.room.0, user_id: path.user.0 };
    Ok(Told::ok(ask!(caller, InviteMember(invite) => Logged)))
}

/// Takes an invitation back
#[utoipa::path(delete, operation_id = "uninvite_member",
    path = "/v1/rooms/{room}/invitations/{user}", params(MemberPath),
    security(("bearer" = [])), responses((status = 200, body = Logged), Problems))]
pub(super) async fn uninvite(caller: Caller, Path(path): Path<MemberPath>) -> Answer<Logged> {
    let decline = v1::DeclineInvitationRequest { room_id: path.room.0, user_id: path.user.0 };
    Ok(Told::ok(ask!(caller, DeclineInvitation(decline) => Logged)))
}

/// Refuses one's own invitation
#[utoipa::path(delete, operation_id = "decline_invitation",
    path = "/v1/rooms/{room}/invitations/me", params(RoomPath),
    security(("bearer" = [])), responses((status = 200, body = Logged), Problems))]
pub(super) async fn decline(
    caller: Caller,
    Path(RoomPath { room }): Path<RoomPath>,
) -> Answer<Logged> {
    let decline = v1::DeclineInvitationRequest { room_id: room.0, user_id: 0 };
    Ok(Told::ok(ask!(caller, DeclineInvitation(decline) => Logged)))
}

/// The bans that hold, by name
#[utoipa::path(get, path = "/v1/rooms/{room}/bans", params(RoomPath, Page),
    security(("bearer" = [])), responses((status = 200, body = BanPage), Problems))]
pub(super) async fn list_bans(
    caller: Caller,
    Path(RoomPath { room }): Path<RoomPath>,
    Query(page): Query<Page>,
) -> Answer<BanPage> {
    let (after_name, page_rows) = (page.after_name()?, page.rows()?);
    let list = v1::ListBansRequest { room_id: room.0, after_name, page_rows };
    Ok(Told::ok(ask!(caller, ListBans(list) => ListBans)))
}

/// Puts a user out and keeps them out
#[utoipa::path(put, operation_id = "ban_user",
    path = "/v1/rooms/{room}/bans/{user}", params(MemberPath),
    request_body = Option<NewBan>, security(("bearer" = [])),
    responses((status = 200, body = Logged), Problems))]
pub(super) async fn ban(
    caller: Caller,
    Path(path): Path<MemberPath>,
    Perhaps(NewBan { reason, until }): Perhaps<NewBan>,
) -> Answer<Logged> {
    let (room_id, user_id, until_ms) = (path.room.0, path.user.0, Time::ms(until));
    let ban = v1::BanMemberRequest { room_id, user_id, reason, until_ms };
    Ok(Told::ok(ask!(caller, BanMember(ban) => Logged)))
}

/// Keeps a user out no longer
#[utoipa::path(delete, operation_id = "unban_user",
    path = "/v1/rooms/{room}/bans/{user}", params(MemberPath),
    security(("bearer" = [])), responses((status = 200, body = Logged), Problems))]
pub(super) async fn unban(caller: Caller, Path(path): Path<MemberPath>) -> Answer<Logged> {
    let unban = v1::UnbanMemberRequest { room_id: path.room.0, user_id: path.user.0 };
    Ok(Told::ok(ask!(caller, UnbanMember(unban) => Logged)))
}
