//! What can be asked about messages and the logs that they stand in.

use std::sync::Arc;

use parlor_proto::ids::{ClientMessageId, RoomId, Seq};

use super::verb::Verb;
use crate::chat::effects::Format;
use crate::chat::search::{Query, SearchPlace};

#[derive(Clone, Debug)]
pub(crate) enum MessageRequest {
    Send { room: RoomId, id: ClientMessageId, said: Said },
    History { room: RoomId, anchor: Anchor, rows: u32 },
    Search { query: Query, resume: Option<SearchPlace>, rows: u32 },
}

impl MessageRequest {
    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::Send { .. } => Verb::Send,
            Self::History { .. } => Verb::History,
            Self::Search { .. } => Verb::Search,
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
}

/// Where a page of history begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Anchor {
    /// The newest events before this seq, or before the end.
    Before(Option<Seq>),
    /// The oldest events after this seq.
    After(Seq),
}
