//! What commands about rooms and the people in them show.

use parlor_proto::v1;
use serde::Serialize;

use crate::when::When;

/// One line of output.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum PlaceRecord {
    /// Somebody's place in a room, or the room, is as it was wanted.
    Done {
        room: String,
        room_id: u64,
        action: Action,
        /// Whom it was about, if anybody.
        user: Option<String>,
        /// The event that tells of it; nothing, if it was so already.
        seq: Option<u64>,
        until: Option<When>,
    },
    /// Somebody who is kept out of a room.
    Ban {
        room: String,
        room_id: u64,
        user: String,
        user_id: u64,
        by: String,
        reason: String,
        at: When,
        until: Option<When>,
    },
    /// A room that one may join.
    Invitation { room: String, room_id: u64, topic: String, by: String, at: When },
    /// A room with its rules, and what one is in it.
    RoomDetails(Details),
}

/// What was done. The words are a contract with scripts; people see other ones.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    Invited,
    Uninvited,
    Declined,
    Removed,
    Banned,
    Unbanned,
    Muted,
    Unmuted,
    MadeMember,
    MadeModerator,
    MadeOwner,
    Archived,
}

#[derive(Debug, Serialize)]
pub(crate) struct Details {
    pub(crate) room: String,
    pub(crate) room_id: u64,
    pub(crate) kind: &'static str,
    pub(crate) topic: String,
    pub(crate) members: u32,
    pub(crate) archived: bool,
    pub(crate) visibility: &'static str,
    pub(crate) history: &'static str,
    pub(crate) members_invite: bool,
    pub(crate) members_set_topic: bool,
    pub(crate) slow_mode_ms: u32,
    pub(crate) cooldown_ms: u32,
    pub(crate) retention_ms: u64,
    /// Of rooms that one is in.
    pub(crate) role: Option<&'static str>,
    pub(crate) first_seq: Option<u64>,
    pub(crate) head_seq: Option<u64>,
    pub(crate) muted_until: Option<When>,
    pub(crate) notify: Option<&'static str>,
    pub(crate) pinned: Option<bool>,
}

impl Details {
    pub(crate) fn new(room: &v1::Room, state: Option<&v1::RoomState>) -> Self {
        let rules = room.rules.unwrap_or_default();
        let preferences = state.map(|state| state.preferences.unwrap_or_default());
        Self {
            room: name_of(room),
            room_id: room.room_id,
            kind: if is_direct(room) { "direct" } else { "group" },
            topic: room.topic.clone(),
            members: room.member_count,
            archived: room.archived,
            visibility: match rules.visibility() {
                v1::Visibility::Public => "public",
                v1::Visibility::Private | v1::Visibility::Unspecified => "private",
            },
            history: match rules.history() {
                v1::HistoryRule::SinceJoin => "since-join",
                v1::HistoryRule::All | v1::HistoryRule::Unspecified => "all",
            },
            members_invite: rules.members_invite,
            members_set_topic: rules.members_set_topic,
            slow_mode_ms: rules.slow_mode_ms,
            cooldown_ms: rules.cooldown_ms,
            retention_ms: rules.retention_ms,
            role: state.map(|state| role(state.role())),
            first_seq: state.map(|state| state.first_seq),
            head_seq: state.map(|state| state.head_seq),
            muted_until: state.and_then(|state| When::known(state.muted_until_ms)),
            notify: preferences.map(|preferences| match preferences.notify() {
                v1::NotifyLevel::Mentions => "mentions",
                v1::NotifyLevel::None => "none",
                v1::NotifyLevel::All | v1::NotifyLevel::Unspecified => "all",
            }),
            pinned: preferences.map(|preferences| preferences.pinned),
        }
    }
}

/// What people call a room: its name, or who is in it.
pub(crate) fn name_of(room: &v1::Room) -> String {
    if is_direct(room) {
        let names = room.direct_members.iter().map(|member| format!("@{}", member.user_name));
        names.collect::<Vec<_>>().join(",")
    } else {
        room.name.clone()
    }
}

fn is_direct(room: &v1::Room) -> bool {
    room.kind() == v1::RoomKind::Direct
}

fn role(role: v1::Role) -> &'static str {
    match role {
        v1::Role::Owner => "owner",
        v1::Role::Moderator => "moderator",
        v1::Role::Member | v1::Role::Unspecified => "member",
    }
}
