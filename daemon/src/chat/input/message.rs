//! What can be asked about messages and the logs that they stand in.

use std::sync::Arc;

use parlor_proto::ids::{ClientMessageId, FileId, RoomId, Seq, UserId};

use super::Stamp;
use super::verb::Verb;
use crate::chat::effects::{Body, Format};
use crate::chat::search::{Query, SearchPlace};

#[derive(Clone, Debug)]
pub(crate) enum MessageRequest {
    Edit {
        room: RoomId,
        target: Seq,
        said: Reworded,
    },
    Delete {
        room: RoomId,
        target: Seq,
    },
    SetReaction {
        room: RoomId,
        target: Seq,
        reaction: Arc<str>,
        present: bool,
    },
    ListReactions {
        room: RoomId,
        target: Seq,
        skip: u32,
        rows: u32,
    },
    ListThread {
        room: RoomId,
        root: Seq,
        after: Seq,
        rows: u32,
    },
    Typing {
        room: RoomId,
        stopped: bool,
    },
    Send {
        room: RoomId,
        id: ClientMessageId,
        said: Said,
    },
    /// To the direct room of oneself and these.
    SendDirect {
        others: Vec<UserId>,
        id: ClientMessageId,
        said: Said,
    },
    History {
        room: RoomId,
        anchor: Anchor,
        rows: u32,
    },
    Search {
        query: Query,
        resume: Option<SearchPlace>,
        rows: u32,
    },
}

impl MessageRequest {
    /// The room that it is about, if it names one.
    pub(crate) fn room(&self) -> Option<RoomId> {
        match *self {
            Self::Edit { room, .. }
            | Self::Delete { room, .. }
            | Self::SetReaction { room, .. }
            | Self::ListReactions { room, .. }
            | Self::ListThread { room, .. }
            | Self::Typing { room, .. }
            | Self::Send { room, .. }
            | Self::History { room, .. } => Some(room),
            Self::SendDirect { .. } | Self::Search { .. } => None,
        }
    }

    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::Send { .. } | Self::SendDirect { .. } => Verb::Send,
            Self::History { .. } => Verb::History,
            Self::Search { .. } => Verb::Search,
            Self::Edit { .. } => Verb::Edit,
            Self::Delete { .. } => Verb::Delete,
            Self::SetReaction { .. } => Verb::SetReaction,
            Self::ListReactions { .. } => Verb::ListReactions,
            Self::ListThread { .. } => Verb::ListThread,
            Self::Typing { .. } => Verb::Typing,
        }
    }
}

/// What somebody wants to say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) text: Arc<str>,
    pub(crate) format: Format,
    pub(crate) reply_to: Option<Seq>,
    pub(crate) thread: Option<Seq>,
    pub(crate) files: Vec<FileId>,
}

impl Said {
    pub(crate) fn refers_to_others(&self) -> bool {
        self.reply_to.is_some() || self.thread.is_some() || !self.files.is_empty()
    }
}

/// What a message is to say instead.
#[derive(Clone, Debug)]
pub(crate) struct Reworded {
    pub(crate) text: Arc<str>,
    pub(crate) format: Format,
    /// The version that this is to follow.
    pub(crate) expected_version: u32,
}

/// A message as it stands in the log, for whoever wants to do something with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct FoundMessage {
    pub(crate) seq: Seq,
    pub(crate) author: UserId,
    pub(crate) body: Body,
    /// The message that began the thread that it belongs to.
    pub(crate) thread: Option<Seq>,
    pub(crate) version: u32,
    /// The event that gave it its present version.
    pub(crate) last_edit: Option<(Seq, Stamp)>,
    pub(crate) deleted: bool,
}

/// How a message has been reacted to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Reacted {
    /// Whether this user reacts so.
    pub(crate) present: bool,
    /// How many people do.
    pub(crate) count: u32,
    /// How many different reactions there are.
    pub(crate) kinds: u32,
}

/// Where a page of history begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Anchor {
    /// The newest events before this seq, or before the end.
    Before(Option<Seq>),
    /// The oldest events after this seq.
    After(Seq),
}
