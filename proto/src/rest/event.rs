//! Entries of a room's log.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use serde::{Deserialize, Serialize};

use super::{Format, Id, Message, Role, Room, Time};
use crate::v1::{self, room_event::Kind};

/// One entry of a room's log. At most one of what it tells is present; none: this bridge is older
/// than the kind.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoomEvent {
    pub room_id: Id,
    /// 1, 2, 3 and so on without a gap.
    pub seq: u64,
    pub time: Time,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<Id>,
    pub actor_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member_changed: Option<MemberChanged>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_changed: Option<RoomChanged>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_edited: Option<MessageEdited>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_deleted: Option<MessageDeleted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reaction_changed: Option<ReactionChanged>,
}

/// Somebody's place in the room is another.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemberChanged {
    pub user_id: Id,
    pub user_name: String,
    pub membership: Membership,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Time>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Membership {
    Joined,
    Left,
    Invited,
    Declined,
    Removed,
    Banned,
    Unbanned,
    /// Look at the list of members.
    Unspecified,
}

/// The room as it is after the change.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoomChanged {
    pub room: Room,
}

/// A message has another text.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageEdited {
    pub target_seq: u64,
    /// Empty if a later edit or deletion has taken its place.
    pub text: String,
    pub format: Format,
    pub mention_user_ids: Vec<Id>,
    pub mentions_room: bool,
    pub version: u32,
}

/// A message is gone.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageDeleted {
    pub target_seq: u64,
}

/// Somebody reacts to a message, or does no more.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReactionChanged {
    pub target_seq: u64,
    pub reaction: String,
    pub present: bool,
    pub count: u32,
}

/// A page of a room's log, in order of seq.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventPage {
    pub events: Vec<RoomEvent>,
    /// The page reflects the log up to this seq.
    pub head_seq: u64,
    /// There are more before, after this page.
    pub has_older: bool,
    pub has_newer: bool,
}

super::same_names!(
    Membership,
    v1::Membership { Joined, Left, Invited, Declined, Removed, Banned, Unbanned, Unspecified }
);

impl From<v1::RoomEvent> for RoomEvent {
    fn from(event: v1::RoomEvent) -> Self {
        let mut told = Self {
            room_id: Id(event.room_id),
            seq: event.seq,
            time: Time(event.time_ms),
            actor_id: Id::some(event.actor_id),
            actor_name: event.actor_name,
            message: None,
            member_changed: None,
            room_changed: None,
            message_edited: None,
            message_deleted: None,
            reaction_changed: None,
        };
        match event.kind {
            Some(Kind::Message(message)) => told.message = Some(message.into()),
            Some(Kind::MemberChanged(changed)) => told.member_changed = Some(changed.into()),
            Some(Kind::RoomChanged(v1::RoomChanged { room })) => {
                told.room_changed = Some(RoomChanged { room: room.unwrap_or_default().into() });
            }
            Some(Kind::MessageEdited(edited)) => told.message_edited = Some(edited.into()),
            Some(Kind::MessageDeleted(v1::MessageDeleted { target_seq })) => {
                told.message_deleted = Some(MessageDeleted { target_seq });
            }
            Some(Kind::ReactionChanged(changed)) => told.reaction_changed = Some(changed.into()),
            None => {}
        }
        told
    }
}

impl From<RoomEvent> for v1::RoomEvent {
    fn from(event: RoomEvent) -> Self {
        let message = event.message.map(|message| Kind::Message(message.into()));
        let member = event.member_changed.map(|changed| Kind::MemberChanged(changed.into()));
        let room = event.room_changed.map(|RoomChanged { room }| {
            Kind::RoomChanged(v1::RoomChanged { room: Some(room.into()) })
        });
        let edited = event.message_edited.map(|edited| Kind::MessageEdited(edited.into()));
        let deleted = event.message_deleted.map(|MessageDeleted { target_seq }| {
            Kind::MessageDeleted(v1::MessageDeleted { target_seq })
        });
        let reaction = event.reaction_changed.map(|changed| Kind::ReactionChanged(changed.into()));
        Self {
            room_id: event.room_id.0,
            seq: event.seq,
            time_ms: event.time.0,
            actor_id: Id::number(event.actor_id),
            actor_name: event.actor_name,
            kind: message.or(member).or(room).or(edited).or(deleted).or(reaction),
        }
    }
}

impl From<v1::MemberChanged> for MemberChanged {
    fn from(changed: v1::MemberChanged) -> Self {
        Self {
            user_id: Id(changed.user_id),
            membership: changed.membership().into(),
            role: Role::some(changed.role()),
            muted_until: Time::some(changed.muted_until_ms),
            user_name: changed.user_name,
        }
    }
}

impl From<MemberChanged> for v1::MemberChanged {
    fn from(changed: MemberChanged) -> Self {
        Self {
            user_id: changed.user_id.0,
            user_name: changed.user_name,
            membership: v1::Membership::from(changed.membership).into(),
            role: Role::number(changed.role),
            muted_until_ms: Time::ms(changed.muted_until),
        }
    }
}

impl From<v1::MessageEdited> for MessageEdited {
    fn from(edited: v1::MessageEdited) -> Self {
        Self {
            target_seq: edited.target_seq,
            format: v1::Format::try_from(edited.format).unwrap_or_default().into(),
            text: edited.text,
            mention_user_ids: edited.mention_user_ids.into_iter().map(Id).collect(),
            mentions_room: edited.mentions_room,
            version: edited.version,
        }
    }
}

impl From<MessageEdited> for v1::MessageEdited {
    fn from(edited: MessageEdited) -> Self {
        Self {
            target_seq: edited.target_seq,
            text: edited.text,
            format: v1::Format::from(edited.format).into(),
            mention_user_ids: edited.mention_user_ids.into_iter().map(|id| id.0).collect(),
            mentions_room: edited.mentions_room,
            version: edited.version,
        }
    }
}

super::same_fields!(ReactionChanged, v1::ReactionChanged { target_seq, reaction, present, count });

impl From<v1::HistoryResponse> for EventPage {
    fn from(page: v1::HistoryResponse) -> Self {
        let v1::HistoryResponse { events, head_seq, has_older, has_newer } = page;
        Self { events: super::each(events), head_seq, has_older, has_newer }
    }
}

impl From<EventPage> for v1::HistoryResponse {
    fn from(page: EventPage) -> Self {
        let EventPage { events, head_seq, has_older, has_newer } = page;
        Self { events: super::each(events), head_seq, has_older, has_newer }
    }
}
