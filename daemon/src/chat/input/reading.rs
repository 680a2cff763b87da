//! What can be asked about what one has read.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, Seq};

use super::verb::Verb;
use crate::chat::effects::{MentionToken, UnreadPlace};

#[derive(Clone, Debug)]
pub(crate) enum ReadingRequest {
    MarkRead {
        room: RoomId,
        seq: Seq,
    },
    ListUnread {
        after: Option<UnreadPlace>,
    },
    ListMentions {
        from: Option<MentionToken>,
        unread: bool,
        rows: u32,
    },
    SetCursor {
        name: Arc<str>,
        room: RoomId,
        seq: Seq,
    },
    /// Without a name: all.
    GetCursors {
        name: Option<Arc<str>>,
    },
    RemoveCursor {
        name: Arc<str>,
    },
}

impl ReadingRequest {
    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::MarkRead { .. } => Verb::MarkRead,
            Self::ListUnread { .. } => Verb::ListUnread,
            Self::ListMentions { .. } => Verb::ListMentions,
            Self::SetCursor { .. } => Verb::SetCursor,
            Self::GetCursors { .. } => Verb::GetCursors,
            Self::RemoveCursor { .. } => Verb::RemoveCursor,
        }
    }
}

/// What lies between where a member has read to and where the member has now.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Passed {
    /// Messages in the room's log up to the new place.
    pub(crate) nth: u64,
    /// The member's own messages on the way.
    pub(crate) own: u64,
    /// Messages on the way that mention the member.
    pub(crate) mentions: u32,
}
