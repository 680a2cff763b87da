//! Rooms and the people in them.

use std::sync::Arc;
use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::limits::{
    BAN_REASON_BYTES_MAX, DIRECT_OTHERS_MAX, NAME_BYTES_MAX, QUERY_BYTES_MAX, RETENTION_MAX,
    SLOW_MODE_MAX, TOPIC_BYTES_MAX,
};
use parlor_proto::v1::{self, client_frame::Body};

use super::{at_most, deny, misplaced, name, room, rows};
use crate::chat::{
    Denial, HistoryRule, Listing, NotifyLevel, PlaceWish, Preferences, Role, RoomPlace, RoomRef,
    RoomRequest, RoomRules, RoomUpdate, Stamp, Visibility,
};

#[expect(clippy::wildcard_enum_match_arm, reason = "the other areas have their own files")]
pub(super) fn request(body: Body) -> Result<RoomRequest, Denial> {
    Ok(match body {
        Body::CreateRoom(create) => RoomRequest::Create {
            name: name(&create.name)?,
            topic: topic(create.topic)?,
            rules: create.rules.map(|wish| rules(&wish)).transpose()?.unwrap_or_default(),
        },
        Body::JoinRoom(join) if join.room_id == 0 => {
            RoomRequest::Join { room: RoomRef::Name(name(&join.room_name)?) }
        }
        Body::JoinRoom(join) => RoomRequest::Join { room: RoomRef::Id(RoomId(join.room_id)) },
        Body::LeaveRoom(leave) => RoomRequest::Leave { room: room(leave.room_id)? },
        Body::ListRooms(list) => list_rooms_request(list)?,
        Body::ListMembers(list) => RoomRequest::ListMembers {
            room: room(list.room_id)?,
            after: after_name(list.after_name)?,
            rows: rows(list.page_rows),
        },
        Body::UpdateRoom(update) => update_request(update)?,
        Body::ListBans(list) => RoomRequest::ListBans {
            room: room(list.room_id)?,
            after: after_name(list.after_name)?,
            rows: rows(list.page_rows),
        },
        Body::ArchiveRoom(archive) => RoomRequest::Archive { room: room(archive.room_id)? },
        Body::GetRoom(get) => RoomRequest::Get { room: room(get.room_id)? },
        Body::GetDirect(get) => {
            RoomRequest::GetDirect { others: others("user_ids", &get.user_ids)? }
        }
        Body::SetRoomPreferences(set) => preferences_request(&set)?,
        Body::DeclineInvitation(decline) if decline.user_id == 0 => {
            RoomRequest::Decline { room: room(decline.room_id)? }
        }
        place => place_request(place)?,
    })
}

/// What is to become of somebody's place.
#[expect(clippy::wildcard_enum_match_arm, reason = "the rest is not about a place")]
fn place_request(body: Body) -> Result<RoomRequest, Denial> {
    let (room_id, user_id, wish) = match body {
        Body::InviteMember(wish) => (wish.room_id, wish.user_id, PlaceWish::Invite),
        Body::DeclineInvitation(wish) => (wish.room_id, wish.user_id, PlaceWish::Uninvite),
        Body::RemoveMember(wish) => (wish.room_id, wish.user_id, PlaceWish::Remove),
        Body::BanMember(wish) => {
            at_most("reason", wish.reason.len(), BAN_REASON_BYTES_MAX)?;
            let until = time("until_ms", wish.until_ms)?;
            let ban = PlaceWish::Ban { reason: wish.reason.into(), until };
            (wish.room_id, wish.user_id, ban)
        }
        Body::UnbanMember(wish) => (wish.room_id, wish.user_id, PlaceWish::Unban),
        Body::MuteMember(wish) => {
            let until = time("until_ms", wish.until_ms)?.unwrap_or_default();
            (wish.room_id, wish.user_id, PlaceWish::Mute { until })
        }
        Body::SetRole(wish) => {
            let role = role(wish.role())?;
            (wish.room_id, wish.user_id, PlaceWish::SetRole(role))
        }
        Body::TransferRoom(wish) => (wish.room_id, wish.user_id, PlaceWish::Transfer),
        _ => return Err(misplaced()),
    };
    let user = user(user_id)?;
    Ok(RoomRequest::Place { room: room(room_id)?, user, wish })
}

fn list_rooms_request(list: v1::ListRoomsRequest) -> Result<RoomRequest, Denial> {
    at_most("containing", list.containing.len(), QUERY_BYTES_MAX)?;
    let name = match list.room_name.as_str() {
        "" => None,
        text => Some(name(text)?),
    };
    Ok(RoomRequest::List(Listing {
        after: match &*list.page_token {
            [] => (after_name(list.after_name)?, RoomId(u64::MAX)),
            token => room_place(token)
                .ok_or_else(|| deny(Reason::BadField, "page_token is not from an answer"))?,
        },
        rows: rows(list.page_rows),
        name,
        containing: list.containing.to_lowercase().into(),
    }))
}

fn update_request(update: v1::UpdateRoomRequest) -> Result<RoomRequest, Denial> {
    let v1::UpdateRoomRequest { room_id, name: another, topic: about, rules: wish } = update;
    let room = room(room_id)?;
    if another.is_none() && about.is_none() && wish.is_none() {
        return Err(deny(Reason::BadField, "name, topic and rules are missing"));
    }
    let update = RoomUpdate {
        name: another.map(|text| name(&text)).transpose()?,
        topic: about.map(topic).transpose()?,
        rules: wish.map(|wish| rules(&wish)).transpose()?,
    };
    Ok(RoomRequest::Update { room, update })
}

fn preferences_request(set: &v1::SetRoomPreferencesRequest) -> Result<RoomRequest, Denial> {
    let room = room(set.room_id)?;
    let Some(wish) = &set.preferences else {
        return Err(deny(Reason::BadField, "preferences is missing"));
    };
    let notify = match wish.notify() {
        v1::NotifyLevel::Unspecified | v1::NotifyLevel::All => NotifyLevel::All,
        v1::NotifyLevel::Mentions => NotifyLevel::Mentions,
        v1::NotifyLevel::None => NotifyLevel::Nothing,
    };
    Ok(RoomRequest::Prefer {
        room,
        preferences: Preferences { notify, pinned: wish.pinned, hidden: false },
    })
}

/// Where the page before ended, as it was told.
fn room_place(token: &[u8]) -> Option<RoomPlace> {
    let (room, name) = token.split_first_chunk()?;
    let name = str::from_utf8(name).ok().filter(|name| name.len() <= NAME_BYTES_MAX)?;
    Some((name.into(), RoomId(u64::from_be_bytes(*room))))
}

/// A page goes on after a name; what could be none was in no answer.
fn after_name(text: String) -> Result<Arc<str>, Denial> {
    at_most("after_name", text.len(), NAME_BYTES_MAX)?;
    Ok(text.into())
}

fn topic(text: String) -> Result<Arc<str>, Denial> {
    at_most("topic", text.len(), TOPIC_BYTES_MAX)?;
    Ok(text.into())
}

fn rules(wish: &v1::RoomRules) -> Result<RoomRules, Denial> {
    let visibility = match v1::Visibility::try_from(wish.visibility) {
        Ok(v1::Visibility::Unspecified | v1::Visibility::Public) => Visibility::Public,
        // A wish that is newer than this server is not one for everybody to look in.
        Ok(v1::Visibility::Private) | Err(_) => Visibility::Private,
    };
    // What is said among few stays there, unless they say otherwise.
    let history = match (wish.history(), visibility) {
        (v1::HistoryRule::SinceJoin, _) | (v1::HistoryRule::Unspecified, Visibility::Private) => {
            HistoryRule::SinceJoin
        }
        (v1::HistoryRule::All, _) | (v1::HistoryRule::Unspecified, Visibility::Public) => {
            HistoryRule::All
        }
    };
    let slow_mode = Duration::from_millis(wish.slow_mode_ms.into());
    let cooldown = Duration::from_millis(wish.cooldown_ms.into());
    let retention = Duration::from_millis(wish.retention_ms);
    for (field, span, max) in [
        ("slow_mode_ms", slow_mode, SLOW_MODE_MAX),
        ("cooldown_ms", cooldown, SLOW_MODE_MAX),
        ("retention_ms", retention, RETENTION_MAX),
    ] {
        if span > max {
            return Err(deny(
                Reason::BadField,
                format!("{field} is at most {}: {}", max.as_millis(), span.as_millis()),
            ));
        }
    }
    let (members_invite, members_set_topic) = (wish.members_invite, wish.members_set_topic);
    let rules =
        RoomRules { visibility, history, members_invite, members_set_topic, ..Default::default() };
    Ok(RoomRules { slow_mode, cooldown, retention, ..rules })
}

/// A room has one owner, who gives it away as a whole.
fn role(role: v1::Role) -> Result<Role, Denial> {
    match role {
        v1::Role::Member => Ok(Role::Member),
        v1::Role::Moderator => Ok(Role::Moderator),
        v1::Role::Owner => Err(deny(Reason::BadField, "role: an owner is made by transfer_room")),
        v1::Role::Unspecified => Err(deny(Reason::BadField, "role is missing")),
    }
}

/// 0: none.
fn time(field: &str, millis: i64) -> Result<Option<Stamp>, Denial> {
    match millis {
        0 => Ok(None),
        1.. => Ok(Some(Stamp(millis))),
        _ => Err(deny(Reason::BadField, format!("{field} is before 1970: {millis}"))),
    }
}

fn user(id: u64) -> Result<UserId, Denial> {
    if id == 0 { Err(deny(Reason::BadField, "user_id is missing")) } else { Ok(UserId(id)) }
}

/// The people of a direct room without oneself.
pub(super) fn others(field: &str, ids: &[u64]) -> Result<Vec<UserId>, Denial> {
    at_most(field, ids.len(), DIRECT_OTHERS_MAX)?;
    if ids.is_empty() || ids.contains(&0) {
        return Err(deny(Reason::BadField, format!("{field} is missing")));
    }
    Ok(ids.iter().copied().map(UserId).collect())
}
