//! The entries of a room's log.

use std::sync::Arc;

use parlor_proto::ids::{ClientMessageId, RoomId, Seq, UserId};
use parlor_proto::name::Name;

use super::{FileFacts, Role, RoomFacts};
use crate::chat::input::Stamp;

/// One entry of a room's log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RoomEvent {
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    pub(crate) at: Stamp,
    pub(crate) actor: UserId,
    pub(crate) actor_name: Name,
    /// Messages in the room's log up to here, this one included.
    pub(crate) nth: u64,
    pub(crate) kind: EventKind,
}

/// What happened in the room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum EventKind {
    Message(Message),
    MemberChanged(MemberChanged),
    RoomChanged(RoomFacts),
    MessageEdited(MessageEdited),
    /// The text of the message and of its edits is gone.
    MessageDeleted {
        target: Seq,
    },
    ReactionChanged(ReactionChanged),
}

/// Somebody said something. Read from the log later it is in its present state.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Message {
    pub(crate) id: ClientMessageId,
    pub(crate) body: Body,
    pub(crate) reply_to: Option<Seq>,
    /// The message that began the thread that this belongs to.
    pub(crate) thread: Option<Seq>,
    /// How often it was edited, and when last.
    pub(crate) version: u32,
    pub(crate) edited: Option<Stamp>,
    pub(crate) files: Arc<[FileFacts]>,
    /// The body is empty for ever, and there are no files.
    pub(crate) deleted: bool,
    /// In pages only.
    pub(crate) reactions: Vec<(Arc<str>, u32)>,
    /// In pages only: messages of the thread that this began.
    pub(crate) thread_count: u32,
}

#[cfg(any(test, feature = "bench"))]
impl Message {
    /// Nothing but a text.
    pub(crate) fn plain(id: ClientMessageId, text: impl Into<Arc<str>>) -> Self {
        let body = Body { text: text.into(), ..Body::default() };
        Self { id, body, ..Self::default() }
    }
}

/// What is said, how it is meant, and whom it names.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Body {
    pub(crate) text: Arc<str>,
    pub(crate) format: Format,
    pub(crate) mentions: Arc<[UserId]>,
    pub(crate) mentions_room: bool,
}

/// How a text is meant: carried, never looked at.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Format {
    #[default]
    Plain,
    Markdown,
    Emote,
}

/// A message has another body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct MessageEdited {
    pub(crate) target: Seq,
    /// Empty once a later edit or a deletion has taken its place.
    pub(crate) body: Body,
    /// 1 for the first edit.
    pub(crate) version: u32,
}

/// Somebody reacts to a message, or does no more.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ReactionChanged {
    pub(crate) target: Seq,
    pub(crate) reaction: Arc<str>,
    pub(crate) present: bool,
    /// How many react so, after the change.
    pub(crate) count: u32,
}

/// Somebody's place in the room is another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct MemberChanged {
    pub(crate) user: UserId,
    pub(crate) name: Name,
    pub(crate) membership: Membership,
    /// Of members.
    pub(crate) role: Role,
    /// Of members: may say nothing until then.
    pub(crate) muted_until: Option<Stamp>,
    /// Of members: the oldest event that they may read. Told to nobody else.
    pub(crate) floor: Seq,
}

impl MemberChanged {
    /// Of somebody with nothing special.
    pub(crate) fn plain(user: UserId, name: Name, membership: Membership) -> Self {
        Self { user, name, membership, role: Role::Member, muted_until: None, floor: Seq(0) }
    }
}

/// How somebody stands to a room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Membership {
    Joined,
    Left,
    Invited,
    Declined,
    Removed,
    Banned,
    Unbanned,
}
