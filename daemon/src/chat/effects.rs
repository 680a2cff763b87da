//! Everything that may follow from an input: changes to remember, notices to tell, jobs to do.

use std::sync::Arc;
use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{ClientMessageId, Epoch, RequestId, RoomId, Seq, SessionId, UserId};
use parlor_proto::name::Name;

use super::input::{Anchor, ConnId, Password, PasswordHash, SecretHash, Stamp};

/// What must now happen outside, in this order: remember, tell, start the jobs.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) changes: Vec<Change>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) jobs: Vec<Job>,
}

/// What the store must remember.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// An account; `invite` is used up by one.
    UserAdded {
        user: UserId,
        name: Name,
        password: PasswordHash,
        at: Stamp,
        invite: Option<SecretHash>,
    },
    /// The same password under better parameters.
    PasswordRaised { user: UserId, password: PasswordHash },
    SessionStarted {
        session: SessionId,
        user: UserId,
        token: SecretHash,
        device: Arc<str>,
        timeout: Duration,
        at: Stamp,
    },
    /// What counts when the daemon starts again.
    SessionTimeout { session: SessionId, timeout: Duration },
    /// The token is void; `last_seen` is what is told of the user while offline.
    SessionEnded { session: SessionId, user: UserId, last_seen: LastSeen },
    /// One more entry of a room's log, and what it does to the room and its members.
    Event(Arc<RoomEvent>),
}

/// How somebody was last seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct LastSeen {
    pub(crate) at: Stamp,
    pub(crate) cause: PresenceCause,
    pub(crate) device: Arc<str>,
}

/// One entry of a room's log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RoomEvent {
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    pub(crate) at: Stamp,
    pub(crate) actor: UserId,
    pub(crate) actor_name: Name,
    pub(crate) kind: EventKind,
}

/// What happened in the room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum EventKind {
    Message { id: ClientMessageId, text: Arc<str> },
    MemberChanged { user: UserId, name: Name, membership: Membership },
    RoomChanged(RoomFacts),
}

/// Whether somebody is in a room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Membership {
    Joined,
    Left,
}

/// A room as everybody sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RoomFacts {
    pub(crate) room: RoomId,
    pub(crate) name: Name,
    pub(crate) topic: Arc<str>,
    pub(crate) creator: UserId,
    pub(crate) created: Stamp,
    pub(crate) members: u32,
}

/// What is told, and to whom. Nothing leaves before its changes are durable.
#[derive(Clone, Debug)]
pub(crate) enum Notice {
    Answer {
        conn: ConnId,
        id: RequestId,
        answer: Answer,
    },
    /// The connection has a session now: the larger limits hold.
    Attached {
        conn: ConnId,
        user: UserId,
    },
    /// The connection stands anew: no subscriptions yet, presence pushed or not.
    Synced {
        conn: ConnId,
        presence: bool,
    },
    /// From here on events of `room` go to `conn`, beginning with `next`; the newest is `head`.
    Subscribed {
        conn: ConnId,
        room: RoomId,
        next: Seq,
        head: Seq,
    },
    /// No event of `room` goes to `conn` any more, also none that was on its way.
    Unsubscribed {
        conn: ConnId,
        room: RoomId,
    },
    /// To everybody who is subscribed to the room.
    Event(Arc<RoomEvent>),
    RoomAdded {
        conn: ConnId,
        room: RoomView,
    },
    RoomRemoved {
        conn: ConnId,
        room: RoomId,
    },
    /// Ephemeral: may be dropped for a slow reader, who is told again later.
    Presence {
        audience: Audience,
        presences: Arc<[Presence]>,
    },
    /// There is more presence to tell this connection, of users from `from` on: it is to be asked
    /// for when there is room for it.
    MorePresence {
        conn: ConnId,
        from: UserId,
    },
    /// A page of history may be read and sent, and nothing outside these bounds.
    Page {
        conn: ConnId,
        id: RequestId,
        permit: Permit,
    },
    /// When was this client last heard? Read what is pending before answering.
    Ask {
        conn: ConnId,
    },
    /// Close the connection and say why.
    GoAway {
        conn: ConnId,
        farewell: Farewell,
    },
}

/// Who hears of presence: only connections that asked for it.
#[derive(Clone, Debug)]
pub(crate) enum Audience {
    One(ConnId),
    /// Who is subscribed to any of these rooms.
    Rooms(Arc<[RoomId]>),
}

/// Why the core ends a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Farewell {
    LoggedOut,
    TimedOut,
    Displaced,
    /// Nothing came on this connection, while others keep its session alive.
    Silent,
}

/// Leave to read one page of a room's log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Permit {
    pub(crate) room: RoomId,
    /// The first and the last seq that may be read.
    pub(crate) floor: Seq,
    pub(crate) ceiling: Seq,
    pub(crate) anchor: Anchor,
    pub(crate) rows: u32,
}

/// The one answer to a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Denied(Denial),
    Done,
    SignedIn {
        session: SessionId,
        /// Only to whom the token is new.
        token: Option<[u8; 32]>,
        user: UserFacts,
        timeout: Duration,
    },
    Users(Vec<UserFacts>),
    Synced {
        epoch: Epoch,
        rooms: Vec<RoomView>,
    },
    Room(RoomView),
    Rooms {
        rooms: Vec<RoomFacts>,
        more: bool,
    },
    Members {
        members: Vec<MemberFacts>,
        more: bool,
    },
    Sent {
        seq: Seq,
        at: Stamp,
        duplicate: bool,
    },
}

/// Why a request was not done. Costs a reply and nothing else.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Denial {
    pub(crate) reason: Reason,
    /// For a person: what was wrong and what to do.
    pub(crate) message: String,
    pub(crate) retry_after: Duration,
}

impl Denial {
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), retry_after: Duration::ZERO }
    }
}

/// A user as everybody sees them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UserFacts {
    pub(crate) user: UserId,
    pub(crate) name: Name,
    pub(crate) created: Stamp,
}

/// A room as one member sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RoomView {
    pub(crate) facts: RoomFacts,
    pub(crate) head: Seq,
    pub(crate) join_seq: Seq,
    pub(crate) reset: bool,
}

/// A member as the others see them.
#[derive(Clone, Debug)]
pub(crate) struct MemberFacts {
    pub(crate) user: UserId,
    pub(crate) name: Name,
    pub(crate) join_seq: Seq,
    pub(crate) joined: Stamp,
    pub(crate) presence: Presence,
}

/// Where somebody stands, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Presence {
    pub(crate) user: UserId,
    pub(crate) name: Name,
    pub(crate) state: PresenceState,
    pub(crate) cause: PresenceCause,
    pub(crate) since: Stamp,
    pub(crate) device: Arc<str>,
    /// When the session ends, if it has no connection.
    pub(crate) session_ends: Option<Stamp>,
}

/// In order of strength: of several sessions the strongest is shown.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum PresenceState {
    Offline,
    Away,
    Online,
}

/// What led to a state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PresenceCause {
    Connected,
    Idle,
    Silent,
    ConnectionClosed,
    ConnectionLost,
    ServerRestarted,
    LoggedOut,
    TimedOut,
    NeverSeen,
    Displaced,
}

/// Slow work that leaves the core and comes back as an input.
#[derive(Debug)]
pub(crate) enum Job {
    /// Comes back as [`Input::PasswordHashed`](super::Input::PasswordHashed).
    HashPassword { conn: ConnId, name: Name, password: Password, invite: Option<SecretHash> },
    /// Comes back as [`Input::PasswordChecked`](super::Input::PasswordChecked). Without an
    /// account the same work is done for nothing, so that the time tells nothing.
    CheckPassword { conn: ConnId, password: Password, against: Option<PasswordHash> },
}
