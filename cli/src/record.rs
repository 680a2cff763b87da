//! What commands show, as data. These are the objects of `--json`: field names and meanings
//! are a contract with scripts. How people see them stands in `show`.

use parlor_proto::v1::{self, Membership, PresenceCause, PresenceState, RemovalCause, room_event};
use serde::Serialize;
use uuid::Uuid;

use crate::when::When;

use self::account::AccountRecord;
use self::admin::ServerRecord;
use self::file::FileRecord;
use self::place::{PlaceRecord, name_of};
use self::webhook::WebhookRecord;

pub(crate) mod account;
pub(crate) mod admin;
pub(crate) mod file;
pub(crate) mod message;
pub(crate) mod place;
pub(crate) mod webhook;

/// One line of output.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Record {
    /// Somebody said something.
    Message {
        #[serde(flatten)]
        at: Entry,
        text: String,
        client_message_id: Option<Uuid>,
        #[serde(flatten)]
        said: Box<message::Said>,
    },
    MessageEdited(message::Edited),
    MessageDeleted(message::Deleted),
    Reaction(message::Reaction),
    ReactionBy(message::ReactionBy),
    Logged(message::Logged),
    Unread(message::Unread),
    Cursor(message::Cursor),
    /// A message that was searched for.
    Hit {
        #[serde(flatten)]
        at: Entry,
        /// Part of the text, around the matches.
        snippet: String,
        /// Where the matches stand in the snippet, in bytes: each its start and its end.
        matches: Vec<(usize, usize)>,
        text: String,
    },
    /// Somebody came or went.
    MemberChanged {
        #[serde(flatten)]
        at: Entry,
        user: String,
        user_id: u64,
        membership: &'static str,
    },
    /// The room was made, or is something else now.
    RoomChanged {
        #[serde(flatten)]
        at: Entry,
        topic: String,
    },
    /// An event of a kind that this client does not know.
    UnknownEvent {
        #[serde(flatten)]
        at: Entry,
    },
    /// The log of a room cannot be continued from `after_seq`: what follows was read anew.
    Reset {
        room: String,
        room_id: u64,
        after_seq: u64,
        head_seq: u64,
    },
    /// This user is in one more room.
    RoomAdded {
        room: String,
        room_id: u64,
        head_seq: u64,
    },
    /// This user is in the room no more.
    RoomRemoved {
        room: String,
        room_id: u64,
        cause: &'static str,
    },
    /// A room of the server.
    Room(Room),
    /// Somebody who is in a room.
    Member(Member),
    /// A message is stored.
    Sent {
        room: String,
        room_id: u64,
        seq: u64,
        at: When,
        client_message_id: Uuid,
        duplicate: bool,
    },
    /// Who is signed in.
    Account {
        user: String,
        user_id: u64,
        server: String,
        profile: String,
        session_timeout_ms: u64,
        /// The device that signs in when the session has ended.
        device_id: Option<String>,
    },
    /// The session has ended.
    LoggedOut {
        user: String,
        server: String,
        profile: String,
    },
    /// Something about one's own account, or explained presence, with a `type` of its own.
    #[serde(untagged)]
    Own(AccountRecord),
    /// Something about the server as a whole, with a `type` of its own.
    #[serde(untagged)]
    Server(ServerRecord),
    /// Something about rooms and the people in them, with a `type` of its own.
    #[serde(untagged)]
    Place(PlaceRecord),
    /// About webhooks.
    #[serde(untagged)]
    Webhook(WebhookRecord),
    /// About files.
    #[serde(untagged)]
    File(FileRecord),
}

/// Where in which room's log an event stands, and whose it is.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) room: String,
    pub(crate) room_id: u64,
    pub(crate) seq: u64,
    pub(crate) at: When,
    pub(crate) from: String,
    pub(crate) from_id: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Room {
    pub(crate) room: String,
    pub(crate) room_id: u64,
    pub(crate) topic: String,
    pub(crate) members: u32,
    pub(crate) joined: bool,
    /// Known only of rooms that one is in.
    pub(crate) head_seq: Option<u64>,
    pub(crate) creator_id: u64,
    pub(crate) created_at: Option<When>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Member {
    pub(crate) room: String,
    pub(crate) room_id: u64,
    pub(crate) user: String,
    pub(crate) user_id: u64,
    pub(crate) state: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) since: Option<When>,
    pub(crate) device: String,
    pub(crate) session_ends_at: Option<When>,
    pub(crate) joined_at: Option<When>,
}

impl Record {
    /// An event of the room that is called `room`.
    pub(crate) fn event(room: &str, event: v1::RoomEvent) -> Self {
        let at = Entry::of(room, &event);
        match event.kind {
            Some(room_event::Kind::Message(message)) => Self::Message {
                at,
                said: Box::new(message::Said::new(&message)),
                text: message.text,
                client_message_id: Uuid::from_slice(&message.client_message_id).ok(),
            },
            Some(room_event::Kind::MemberChanged(member)) => Self::MemberChanged {
                at,
                membership: membership(member.membership()),
                user: member.user_name,
                user_id: member.user_id,
            },
            Some(room_event::Kind::RoomChanged(changed)) => {
                Self::RoomChanged { at, topic: changed.room.unwrap_or_default().topic }
            }
            Some(room_event::Kind::MessageEdited(edited)) => {
                Self::MessageEdited(message::Edited::new(at, edited))
            }
            Some(room_event::Kind::MessageDeleted(deleted)) => {
                let target_seq = deleted.target_seq;
                Self::MessageDeleted(message::Deleted { at, target_seq })
            }
            Some(room_event::Kind::ReactionChanged(changed)) => {
                Self::Reaction(message::Reaction::new(at, changed))
            }
            None => Self::UnknownEvent { at },
        }
    }

    /// A message of the room that is called `room`. Of the matches, those that stand where there
    /// are characters, in order.
    pub(crate) fn hit(room: &str, event: v1::RoomEvent, snippet: String, matches: &[u32]) -> Self {
        let at = Entry::of(room, &event);
        let text = match event.kind {
            Some(room_event::Kind::Message(message)) => message.text,
            _ => String::new(),
        };
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let mut end = 0;
        let pairs = matches.as_chunks::<2>().0.iter().filter_map(|&[start, len]| {
            let place = (number(start), number(start).saturating_add(number(len)));
            let fits = end <= place.0 && snippet.get(place.0..place.1).is_some();
            end = if fits { place.1 } else { end };
            fits.then_some(place)
        });
        let matches = pairs.collect();
        Self::Hit { at, snippet, matches, text }
    }

    pub(crate) fn room_removed(room: &str, removed: &v1::RoomRemoved) -> Self {
        let cause = match removed.cause() {
            RemovalCause::Left => "left",
            RemovalCause::Removed => "removed",
            RemovalCause::Banned => "banned",
            RemovalCause::Unspecified => "unknown",
        };
        Self::RoomRemoved { room: room.to_owned(), room_id: removed.room_id, cause }
    }
}

impl Entry {
    fn of(room: &str, event: &v1::RoomEvent) -> Self {
        Self {
            room: room.to_owned(),
            room_id: event.room_id,
            seq: event.seq,
            at: When(event.time_ms),
            from: event.actor_name.clone(),
            from_id: event.actor_id,
        }
    }
}

impl Room {
    /// `state` if one is in the room.
    pub(crate) fn new(room: v1::Room, state: Option<&v1::RoomState>) -> Self {
        Self {
            room: name_of(&room),
            room_id: room.room_id,
            topic: room.topic,
            members: room.member_count,
            joined: state.is_some(),
            head_seq: state.map(|state| state.head_seq),
            creator_id: room.creator_id,
            created_at: When::known(room.create_time_ms),
        }
    }
}

impl Member {
    pub(crate) fn new(room: &str, room_id: u64, member: v1::Member) -> Self {
        let presence = member.presence.unwrap_or_default();
        Self {
            room: room.to_owned(),
            room_id,
            user: member.user_name,
            user_id: member.user_id,
            state: state(presence.state()),
            cause: cause(presence.cause()),
            since: When::known(presence.since_ms),
            device: presence.device,
            session_ends_at: When::known(presence.session_ends_ms),
            joined_at: When::known(member.join_time_ms),
        }
    }
}

fn membership(membership: Membership) -> &'static str {
    match membership {
        Membership::Joined => "joined",
        Membership::Left => "left",
        Membership::Invited => "invited",
        Membership::Declined => "declined",
        Membership::Removed => "removed",
        Membership::Banned => "banned",
        Membership::Unbanned => "unbanned",
        Membership::Unspecified => "unknown",
    }
}

fn state(state: PresenceState) -> &'static str {
    match state {
        PresenceState::Online => "online",
        PresenceState::Away => "away",
        PresenceState::Offline | PresenceState::Unspecified => "offline",
    }
}

fn cause(cause: PresenceCause) -> &'static str {
    match cause {
        PresenceCause::Connected => "connected",
        PresenceCause::Idle => "idle",
        PresenceCause::Silent => "silent",
        PresenceCause::ConnectionClosed => "connection_closed",
        PresenceCause::ConnectionLost => "connection_lost",
        PresenceCause::ServerRestarted => "server_restarted",
        PresenceCause::LoggedOut => "logged_out",
        PresenceCause::TimedOut => "timed_out",
        PresenceCause::NeverSeen => "never_seen",
        PresenceCause::Displaced => "displaced",
        PresenceCause::Revoked => "revoked",
        PresenceCause::Unspecified => "unknown",
    }
}

#[cfg(test)]
pub(crate) mod tests;
