//! Rooms, and what one member sees of them.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use serde::{Deserialize, Serialize};

use super::{EpochText, Id, PageToken, Role, Time, object};
use crate::v1;

/// A place where people talk. Text in it was written by people: escape it where it is shown.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Room {
    pub room_id: Id,
    /// Empty: a direct room.
    pub name: String,
    pub topic: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_id: Option<Id>,
    pub create_time: Time,
    pub member_count: u32,
    pub kind: RoomKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<RoomRules>,
    /// Nothing more is said or changed in it.
    pub archived: bool,
    /// Direct rooms: who is in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub direct_members: Vec<DirectMember>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    Group,
    Direct,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DirectMember {
    pub user_id: Id,
    pub user_name: String,
}

/// What a room's owner may set. Set all at once: what is missing is not kept, but as it is usual.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RoomRules {
    pub visibility: Visibility,
    pub history: HistoryRule,
    /// Members invite too, not only moderators.
    pub members_invite: bool,
    /// Members set the topic too, not only moderators.
    pub members_set_topic: bool,
    /// A member's messages are at least so far apart.
    #[cfg_attr(feature = "openapi", schema(maximum = 86_400_000))]
    pub slow_mode_ms: u32,
    /// Who has just joined waits so long before the first message.
    #[cfg_attr(feature = "openapi", schema(maximum = 86_400_000))]
    pub cooldown_ms: u32,
    /// Events older than this are deleted; 0: as the server has it.
    #[cfg_attr(feature = "openapi", schema(maximum = 3_162_240_000_000u64))]
    pub retention_ms: u64,
}

/// Who may find a room and come in.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    #[default]
    Public,
    Private,
}

/// How far back a member may read.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HistoryRule {
    #[default]
    All,
    SinceJoin,
}

/// A room as one member sees it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoomState {
    pub room: Room,
    /// Of the newest event.
    pub head_seq: u64,
    /// Of the event by which this user joined.
    pub join_seq: u64,
    /// In a stream of events: what is kept of this room is void; load pages, go on after `head_seq`.
    pub reset: bool,
    /// The oldest event that this user may read.
    pub first_seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Time>,
    pub read_seq: u64,
    pub unread_count: u32,
    pub mention_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferences: Option<Preferences>,
}

/// How one member wants to have a room.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Preferences {
    pub notify: NotifyLevel,
    /// At the top of lists.
    pub pinned: bool,
}

/// Of which messages a client should make noise.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotifyLevel {
    #[default]
    All,
    Mentions,
    None,
}

/// An invitation to a room.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invitation {
    pub room: Room,
    pub inviter_id: Id,
    pub inviter_name: String,
    pub time: Time,
}

/// One's own rooms, and those that one may join by invitation.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rooms {
    pub epoch: EpochText,
    pub rooms: Vec<RoomState>,
    pub invitations: Vec<Invitation>,
}

/// A page of rooms by name.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoomPage {
    /// May be empty although more follow: a server looks at so many for one answer.
    pub rooms: Vec<Room>,
    /// Goes on here; missing: there are no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<PageToken>,
}

/// A room to be, apart from its name.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct NewRoom {
    #[cfg_attr(feature = "openapi", schema(max_length = 512))]
    pub topic: String,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "object::some")]
    pub rules: Option<RoomRules>,
}

/// What is to be another; what is missing stays.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RoomChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9._-]{2,32}$"))]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 512))]
    pub topic: Option<String>,
    /// All rules at once.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "object::some")]
    pub rules: Option<RoomRules>,
}

super::same_names!(RoomKind, v1::RoomKind { Group, Direct } else Group);
super::same_names!(Visibility, v1::Visibility { Public, Private } else Private);
super::same_names!(HistoryRule, v1::HistoryRule { All, SinceJoin } else All);
super::same_names!(NotifyLevel, v1::NotifyLevel { All, Mentions, None } else All);

impl From<v1::ListRoomsResponse> for RoomPage {
    fn from(page: v1::ListRoomsResponse) -> Self {
        let next_page_token = PageToken::some(page.next_page_token);
        Self { rooms: super::each(page.rooms), next_page_token }
    }
}

impl From<RoomPage> for v1::ListRoomsResponse {
    fn from(page: RoomPage) -> Self {
        let next_page_token = PageToken::bytes(page.next_page_token);
        let more = !next_page_token.is_empty();
        Self { rooms: super::each(page.rooms), more, next_page_token }
    }
}

impl From<v1::Room> for Room {
    fn from(room: v1::Room) -> Self {
        let members = room.direct_members.into_iter().map(|member| DirectMember {
            user_id: Id(member.user_id),
            user_name: member.user_name,
        });
        Self {
            room_id: Id(room.room_id),
            kind: v1::RoomKind::try_from(room.kind).unwrap_or_default().into(),
            direct_members: members.collect(),
            name: room.name,
            topic: room.topic,
            creator_id: Id::some(room.creator_id),
            create_time: Time(room.create_time_ms),
            member_count: room.member_count,
            rules: room.rules.map(RoomRules::from),
            archived: room.archived,
        }
    }
}

impl From<Room> for v1::Room {
    fn from(room: Room) -> Self {
        let members = room.direct_members.into_iter().map(|member| v1::DirectMember {
            user_id: member.user_id.0,
            user_name: member.user_name,
        });
        Self {
            room_id: room.room_id.0,
            name: room.name,
            topic: room.topic,
            creator_id: Id::number(room.creator_id),
            create_time_ms: room.create_time.0,
            member_count: room.member_count,
            kind: v1::RoomKind::from(room.kind).into(),
            rules: room.rules.map(v1::RoomRules::from),
            archived: room.archived,
            direct_members: members.collect(),
        }
    }
}

impl From<v1::RoomRules> for RoomRules {
    fn from(rules: v1::RoomRules) -> Self {
        Self {
            visibility: rules.visibility().into(),
            history: rules.history().into(),
            members_invite: rules.members_invite,
            members_set_topic: rules.members_set_topic,
            slow_mode_ms: rules.slow_mode_ms,
            cooldown_ms: rules.cooldown_ms,
            retention_ms: rules.retention_ms,
        }
    }
}

impl From<RoomRules> for v1::RoomRules {
    fn from(rules: RoomRules) -> Self {
        Self {
            visibility: v1::Visibility::from(rules.visibility).into(),
            history: v1::HistoryRule::from(rules.history).into(),
            members_invite: rules.members_invite,
            members_set_topic: rules.members_set_topic,
            slow_mode_ms: rules.slow_mode_ms,
            cooldown_ms: rules.cooldown_ms,
            retention_ms: rules.retention_ms,
        }
    }
}

impl From<v1::RoomState> for RoomState {
    fn from(state: v1::RoomState) -> Self {
        Self {
            head_seq: state.head_seq,
            join_seq: state.join_seq,
            reset: state.reset,
            first_seq: state.first_seq,
            role: Role::some(state.role()),
            muted_until: Time::some(state.muted_until_ms),
            read_seq: state.read_seq,
            unread_count: state.unread_count,
            mention_count: state.mention_count,
            preferences: state.preferences.map(Preferences::from),
            room: state.room.unwrap_or_default().into(),
        }
    }
}

impl From<RoomState> for v1::RoomState {
    fn from(state: RoomState) -> Self {
        Self {
            room: Some(state.room.into()),
            head_seq: state.head_seq,
            join_seq: state.join_seq,
            reset: state.reset,
            first_seq: state.first_seq,
            role: Role::number(state.role),
            muted_until_ms: Time::ms(state.muted_until),
            read_seq: state.read_seq,
            unread_count: state.unread_count,
            mention_count: state.mention_count,
            preferences: state.preferences.map(v1::RoomPreferences::from),
        }
    }
}

impl From<v1::RoomPreferences> for Preferences {
    fn from(preferences: v1::RoomPreferences) -> Self {
        Self { notify: preferences.notify().into(), pinned: preferences.pinned }
    }
}

impl From<Preferences> for v1::RoomPreferences {
    fn from(preferences: Preferences) -> Self {
        let notify = v1::NotifyLevel::from(preferences.notify).into();
        Self { notify, pinned: preferences.pinned }
    }
}

impl From<v1::Invitation> for Invitation {
    fn from(invitation: v1::Invitation) -> Self {
        Self {
            room: invitation.room.unwrap_or_default().into(),
            inviter_id: Id(invitation.inviter_id),
            inviter_name: invitation.inviter_name,
            time: Time(invitation.time_ms),
        }
    }
}

impl From<Invitation> for v1::Invitation {
    fn from(invitation: Invitation) -> Self {
        Self {
            room: Some(invitation.room.into()),
            inviter_id: invitation.inviter_id.0,
            inviter_name: invitation.inviter_name,
            time_ms: invitation.time.0,
        }
    }
}
