//! Rooms and the people in them.
#![expect(clippy::wildcard_enum_match_arm, reason = "`Call::of` names each request")]

use super::{Call, Found, Path, commas, done, logged, resource};
use crate::rest::{
    BanPage, Id, MemberPage, MemberRole, Mute, NewBan, NewOwner, NewRoom, Preferences, Role,
    RoomChange, RoomPage, RoomRules, RoomState, Time,
};
use crate::v1::client_frame::Body as Ask;
use crate::v1::server_frame::Body;
use crate::v1::{self};

pub(super) fn call(ask: Ask) -> Found {
    Ok(match ask {
        Ask::CreateRoom(create) => {
            let rules = create.rules.map(RoomRules::from);
            let new = NewRoom { topic: create.topic, rules };
            let path = Path::new("/v1/rooms/by-name").part(create.name);
            // A second time is no success here: who asks does not expect a room that is there.
            let header = Some(("if-none-match", "*".to_owned()));
            Call { header, ..Call::with("PUT", path, &new, state) }
        }
        Ask::JoinRoom(join) if join.room_id == 0 => {
            let path = Path::new("/v1/rooms/by-name").part(join.room_name);
            Call::put(path.part("members").part("me"), state)
        }
        Ask::JoinRoom(join) => Call::put(me(join.room_id), state),
        Ask::LeaveRoom(leave) => Call::delete(me(leave.room_id), done),
        Ask::ListRooms(list) => {
            let path = Path::new("/v1/public-rooms")
                .text("name", &list.room_name)
                .text("query", &list.containing)
                .text("after_name", &list.after_name)
                .rows(list.page_rows)
                .page(list.page_token);
            Call::get(path, |body| resource::<RoomPage, _>(body, Body::ListRooms))
        }
        Ask::UpdateRoom(update) => {
            let rules = update.rules.map(RoomRules::from);
            let change = RoomChange { name: update.name, topic: update.topic, rules };
            Call::with("PATCH", Path::room(update.room_id), &change, state)
        }
        Ask::ArchiveRoom(archive) => Call::delete(Path::room(archive.room_id), logged),
        Ask::TransferRoom(transfer) => {
            let owner = NewOwner { user_id: Id(transfer.user_id) };
            Call::with("PUT", Path::room(transfer.room_id).part("owner"), &owner, logged)
        }
        Ask::GetRoom(get) => Call::get(Path::room(get.room_id), state),
        Ask::GetDirect(get) => {
            let path = Path::new("/v1/direct-rooms").query("user_ids", commas(&get.user_ids));
            Call::get(path, state)
        }
        Ask::SetRoomPreferences(set) => {
            let preferences = Preferences::from(set.preferences.unwrap_or_default());
            let path = Path::room(set.room_id).part("preferences");
            Call::with("PUT", path, &preferences, done)
        }
        ask => return of_members(ask).or_else(|ask| of_outsiders(*ask)),
    })
}

fn of_members(ask: Ask) -> Found {
    let place = |room, user| Path::room(room).part("members").part(user);
    Ok(match ask {
        Ask::ListMembers(list) => {
            let path = Path::room(list.room_id).part("members").rows(list.page_rows);
            Call::get(path.page(list.after_name), |body| {
                resource::<MemberPage, _>(body, Body::ListMembers)
            })
        }
        Ask::RemoveMember(remove) => Call::delete(place(remove.room_id, remove.user_id), logged),
        Ask::MuteMember(mute) if mute.until_ms == 0 => {
            Call::delete(place(mute.room_id, mute.user_id).part("mute"), logged)
        }
        Ask::MuteMember(mute) => {
            let until = Mute { until: Time(mute.until_ms) };
            Call::with("PUT", place(mute.room_id, mute.user_id).part("mute"), &until, logged)
        }
        Ask::SetRole(set) => {
            let path = place(set.room_id, set.user_id).part("role");
            match Role::some(set.role()) {
                Some(role) => Call::with("PUT", path, &MemberRole { role }, logged),
                None => return Err(Box::new(Ask::SetRole(set))),
            }
        }
        ask => return Err(Box::new(ask)),
    })
}

fn of_outsiders(ask: Ask) -> Found {
    let invitation = |room, user| Path::room(room).part("invitations").part(user);
    let ban = |room, user| Path::room(room).part("bans").part(user);
    Ok(match ask {
        Ask::InviteMember(invite) => Call::put(invitation(invite.room_id, invite.user_id), logged),
        Ask::DeclineInvitation(decline) if decline.user_id == 0 => {
            Call::delete(Path::room(decline.room_id).part("invitations").part("me"), logged)
        }
        Ask::DeclineInvitation(decline) => {
            Call::delete(invitation(decline.room_id, decline.user_id), logged)
        }
        Ask::BanMember(wish) => {
            let new = NewBan { reason: wish.reason, until: Time::some(wish.until_ms) };
            Call::with("PUT", ban(wish.room_id, wish.user_id), &new, logged)
        }
        Ask::UnbanMember(unban) => Call::delete(ban(unban.room_id, unban.user_id), logged),
        Ask::ListBans(list) => {
            let path = Path::room(list.room_id).part("bans").rows(list.page_rows);
            Call::get(path.page(list.after_name), |body| {
                resource::<BanPage, _>(body, Body::ListBans)
            })
        }
        ask => return Err(Box::new(ask)),
    })
}

fn me(room_id: u64) -> Path {
    Path::room(room_id).part("members").part("me")
}

fn state(body: &[u8]) -> serde_json::Result<Body> {
    resource::<RoomState, _>(body, Body::Room)
}

impl From<RoomState> for v1::RoomResponse {
    fn from(state: RoomState) -> Self {
        Self { state: Some(state.into()) }
    }
}
