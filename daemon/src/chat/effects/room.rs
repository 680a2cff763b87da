//! What follows from requests about rooms and the people in them.

use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{RoomId, Seq, UserId};
use parlor_proto::name::Name;

use super::{Counts, Presence};
use crate::chat::input::Stamp;

/// What the store must remember of rooms that no event tells.
#[derive(Clone, Debug)]
pub(crate) enum RoomChange {
    /// Why, by whom and until when somebody is kept out: not for the room's log.
    Banned {
        room: RoomId,
        user: UserId,
        issuer: UserId,
        reason: Arc<str>,
        at: Stamp,
        until: Option<Stamp>,
    },
    /// Nobody can come in any more.
    InvitationsVoid {
        room: RoomId,
    },
    /// A ban that held no longer.
    BanForgotten {
        room: RoomId,
        user: UserId,
    },
    Preferred {
        room: RoomId,
        user: UserId,
        preferences: Preferences,
    },
    /// The events of a room from one on are gone up to the one that is now the first.
    Trimmed {
        room: RoomId,
        from: Seq,
        first: Seq,
        /// Later events, by which messages that are gone got their last text.
        edits: Vec<Seq>,
    },
}

/// Where a page of rooms ended: a name, and the number of a room of that name.
pub(crate) type RoomPlace = (Arc<str>, RoomId);

/// The answers to requests about rooms.
#[derive(Clone, Debug)]
pub(crate) enum RoomAnswer {
    State(RoomView),
    List { rooms: Vec<RoomFacts>, next: Option<RoomPlace> },
    Members { members: Vec<MemberFacts>, more: bool },
    Bans { bans: Vec<BanFacts>, more: bool },
}

/// A room as everybody sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RoomFacts {
    pub(crate) room: RoomId,
    /// A direct room has none.
    pub(crate) name: Option<Name>,
    pub(crate) topic: Arc<str>,
    pub(crate) creator: UserId,
    pub(crate) created: Stamp,
    pub(crate) members: u32,
    pub(crate) rules: RoomRules,
    /// Who joins under [`HistoryRule::All`] reads from here on.
    pub(crate) open_from: Seq,
    pub(crate) archived: bool,
    /// Of a direct room, whose members stay the same: who they are, in order of numbers.
    pub(crate) direct: Arc<[(UserId, Name)]>,
}

impl RoomFacts {
    /// A public room in which nobody is yet.
    pub(crate) fn group(
        room: RoomId,
        name: Name,
        topic: Arc<str>,
        (creator, created): (UserId, Stamp),
    ) -> Self {
        Self {
            room,
            name: Some(name),
            topic,
            creator,
            created,
            members: 0,
            rules: RoomRules::default(),
            open_from: Seq(1),
            archived: false,
            direct: [].into(),
        }
    }

    pub(crate) fn kind(&self) -> RoomKind {
        if self.name.is_some() { RoomKind::Group } else { RoomKind::Direct }
    }
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum RoomKind {
    Group,
    Direct,
}

/// What a room's owner may set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RoomRules {
    pub(crate) visibility: Visibility,
    pub(crate) history: HistoryRule,
    pub(crate) members_invite: bool,
    pub(crate) members_set_topic: bool,
    /// One member's messages are at least so far apart.
    pub(crate) slow_mode: Duration,
    /// Who has just joined waits so long before the first message.
    pub(crate) cooldown: Duration,
    /// Older events are deleted; zero: as the server has it.
    pub(crate) retention: Duration,
}

impl Default for RoomRules {
    /// A public room without special rules.
    fn default() -> Self {
        Self {
            visibility: Visibility::Public,
            history: HistoryRule::All,
            members_invite: false,
            members_set_topic: false,
            slow_mode: Duration::ZERO,
            cooldown: Duration::ZERO,
            retention: Duration::ZERO,
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Visibility {
    Public,
    Private,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum HistoryRule {
    All,
    SinceJoin,
}

/// In order of power.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) enum Role {
    #[default]
    Member,
    Moderator,
    Owner,
}

/// A room as one member sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RoomView {
    pub(crate) facts: RoomFacts,
    pub(crate) head: Seq,
    pub(crate) join_seq: Seq,
    pub(crate) reset: bool,
    /// The oldest event that they may read.
    pub(crate) floor: Seq,
    pub(crate) role: Role,
    pub(crate) muted_until: Option<Stamp>,
    pub(crate) preferences: Preferences,
    pub(crate) read_seq: Seq,
    pub(crate) counts: Counts,
}

/// Who is kept out, and why.
#[derive(Clone, Debug)]
pub(crate) struct BanFacts {
    pub(crate) user: UserId,
    pub(crate) name: Name,
    pub(crate) issuer: UserId,
    pub(crate) issuer_name: Name,
    pub(crate) reason: Arc<str>,
    pub(crate) at: Stamp,
    pub(crate) until: Option<Stamp>,
}

/// An invitation as who is invited sees it.
#[derive(Clone, Debug)]
pub(crate) struct InvitationFacts {
    pub(crate) room: RoomFacts,
    pub(crate) by: UserId,
    pub(crate) by_name: Name,
    pub(crate) at: Stamp,
}

/// How one member wants to have a room.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Preferences {
    pub(crate) notify: NotifyLevel,
    pub(crate) pinned: bool,
    /// A direct room that was left, until somebody writes in it. Not set with the others.
    pub(crate) hidden: bool,
}

/// Of which messages a client should make noise.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum NotifyLevel {
    #[default]
    All,
    Mentions,
    Nothing,
}

/// A member as the others see them.
#[derive(Clone, Debug)]
pub(crate) struct MemberFacts {
    pub(crate) user: UserId,
    pub(crate) name: Name,
    pub(crate) display_name: Arc<str>,
    pub(crate) join_seq: Seq,
    pub(crate) joined: Stamp,
    /// Not told to everybody who may see who is there.
    pub(crate) presence: Option<Presence>,
    pub(crate) role: Role,
    pub(crate) muted_until: Option<Stamp>,
}
