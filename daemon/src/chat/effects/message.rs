//! What follows from requests about messages.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, Seq, UserId};
use parlor_proto::name::Name;

use super::{MentionBounds, MentionToken, Permit, UnreadPlace, UnreadRoom};
use crate::chat::input::Stamp;

/// The answers to requests about messages.
#[derive(Clone, Debug)]
pub(crate) enum MessageAnswer {
    Sent { room: RoomId, seq: Seq, at: Stamp, duplicate: bool },
}

/// Leave to look something up in the store, which answers the request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Look {
    /// A page of the messages in a thread.
    Thread { permit: Permit, root: Seq },
    /// Who reacts to a message, after the first `skip`.
    Reactions { room: RoomId, target: Seq, skip: u32, rows: u32 },
    /// The first message of somebody else after where `user` has read to, of each room.
    Unread { user: UserId, rooms: Vec<UnreadRoom>, next: Option<UnreadPlace> },
    /// A page of the messages that mention `user`, the newest first.
    Mentions { user: UserId, bounds: Vec<MentionBounds>, from: Option<MentionToken>, rows: u32 },
}

/// Who reacts how to a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ReactionBy {
    pub(crate) reaction: Arc<str>,
    pub(crate) user: UserId,
    pub(crate) name: Name,
}

/// Somebody is writing, or is so no more.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Typist {
    pub(crate) room: RoomId,
    pub(crate) user: UserId,
    pub(crate) name: Name,
    pub(crate) stopped: bool,
}
