//! What follows from reading: markers, what is unread, mentions, cursors.

use std::cmp::Reverse;
use std::sync::Arc;

use parlor_proto::ids::{Epoch, RoomId, Seq, UserId};

use super::RoomFacts;
use crate::chat::input::Stamp;

/// How far a member has read. What is unread are the messages after it that are not the
/// member's own.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Reading {
    pub(crate) seq: Seq,
    /// Messages in the room's log up to there.
    pub(crate) nth: u64,
    /// The member's own messages after it.
    pub(crate) own: u64,
    /// Messages after it that mention the member. Follows from the log.
    pub(crate) mentions: u32,
}

/// What the store must remember of it.
#[derive(Clone, Debug)]
pub(crate) enum ReadingChange {
    Read { room: RoomId, user: UserId, reading: Reading },
    CursorSet { user: UserId, cursor: NamedCursor },
    CursorsRemoved { user: UserId, name: Arc<str> },
}

/// A place in a log that a script wants to be kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct NamedCursor {
    pub(crate) name: Arc<str>,
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    pub(crate) at: Stamp,
}

/// How much one has not read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    pub(crate) unread: u32,
    pub(crate) mentions: u32,
}

/// How far somebody has read; of others no more than that.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ReadMarker {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) seq: Seq,
    pub(crate) counts: Option<Counts>,
}

/// A room with something unread.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UnreadRoom {
    pub(crate) facts: RoomFacts,
    pub(crate) read_seq: Seq,
    pub(crate) head: Seq,
    pub(crate) counts: Counts,
}

/// The first message after where somebody has read to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct FirstUnread {
    pub(crate) seq: Seq,
    pub(crate) at: Stamp,
}

/// Where mentions may be looked for: in these events of a room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct MentionBounds {
    pub(crate) room: RoomId,
    pub(crate) after: Seq,
    pub(crate) ceiling: Seq,
}

/// Where a page of mentions ended: the store's own words.
pub(crate) type MentionToken = [u8; 16];

/// Where a page of rooms with something unread ended: whoever comes after it in the same order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct UnreadPlace {
    /// Nobody is mentioned.
    pub(crate) is_quiet: bool,
    /// The newest first.
    pub(crate) at: Reverse<Stamp>,
    pub(crate) room: RoomId,
}

/// The answers to requests about reading.
#[derive(Clone, Debug)]
pub(crate) enum ReadingAnswer {
    Cursors { epoch: Epoch, cursors: Vec<NamedCursor> },
}
