//! Everything that may follow from an input: changes to remember, notices to tell, jobs to do.
//! What is about one area stands in its file.

mod account;
mod admin;
mod event;
mod file;
mod message;
mod presence;
mod reading;
mod room;
mod webhook;

pub(crate) use self::account::*;
pub(crate) use self::admin::*;
pub(crate) use self::event::*;
pub(crate) use self::file::*;
pub(crate) use self::message::*;
pub(crate) use self::presence::*;
pub(crate) use self::reading::*;
pub(crate) use self::room::*;
pub(crate) use self::webhook::*;

use std::sync::Arc;
use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{Epoch, RequestId, RoomId, Seq, UserId};
use parlor_proto::name::Name;

use super::input::{Anchor, ConnId, Password, PasswordHash, SecretHash, Stamp};
use super::search::SearchPermit;

/// What must now happen outside, in this order: remember, tell, start the jobs.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) changes: Vec<Change>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) files: Vec<FileWork>,
}

/// What the store must remember.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Account(AccountChange),
    Admin(AdminChange),
    Room(RoomChange),
    Reading(ReadingChange),
    Webhook(WebhookChange),
    File(FileChange),
    /// One more entry of a room's log, and what it does to the room, its members and messages.
    Event(Arc<RoomEvent>),
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
    /// A room is somebody's no longer: whoever of their connections still waits for something to
    /// be read in it hears this instead.
    Lost {
        user: UserId,
        room: RoomId,
        denial: Denial,
    },
    /// A message is deleted, and its files with it: whoever still waits for a piece of one hears
    /// this instead.
    Withdrawn {
        room: RoomId,
        seq: Seq,
        denial: Denial,
    },
    /// To everybody who is subscribed to the room.
    Event(Arc<RoomEvent>),
    /// An event does not say any more what it said when it was told.
    Changed {
        room: RoomId,
        seq: Seq,
    },
    /// Events of a room before `first` are gone: who still needs one cannot go on.
    Trimmed {
        room: RoomId,
        first: Seq,
    },
    RoomAdded {
        conn: ConnId,
        room: RoomView,
    },
    RoomRemoved {
        conn: ConnId,
        room: RoomId,
        /// How the user went.
        cause: Membership,
    },
    Invited {
        conn: ConnId,
        invitation: InvitationFacts,
    },
    /// An invitation holds no longer.
    Uninvited {
        conn: ConnId,
        room: RoomId,
    },
    /// To the user's other connections.
    PreferencesChanged {
        conn: ConnId,
        room: RoomId,
        preferences: Preferences,
    },
    /// Ephemeral: may be dropped for a slow reader, who is told again later.
    Presence {
        audience: Audience,
        presences: Arc<[Presence]>,
    },
    /// A user has another name for display. May be dropped for a slow reader: whoever asks is told.
    UserChanged {
        audience: Audience,
        user: UserFacts,
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
    /// Messages may be looked for, and nothing told of any outside these bounds.
    Search {
        conn: ConnId,
        id: RequestId,
        permit: SearchPermit,
    },
    /// Something may be looked up in the store and sent.
    Look {
        conn: ConnId,
        id: RequestId,
        look: Look,
    },
    /// A piece of a file may be read and sent.
    ReadFile {
        conn: ConnId,
        id: RequestId,
        piece: PieceOfFile,
    },
    /// How far somebody has read.
    ReadMarker {
        conn: ConnId,
        marker: ReadMarker,
    },
    /// To everybody who is subscribed to the room, but for one connection. Ephemeral: dropped
    /// for a slow reader.
    Typist {
        typist: Typist,
        except: ConnId,
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
    /// Somebody who may has ended it, or has removed its device.
    Revoked,
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
    /// An event was added to a room's log, or none was needed.
    Logged(Logged),
    Account(AccountAnswer),
    Synced {
        epoch: Epoch,
        rooms: Vec<RoomView>,
        invitations: Vec<InvitationFacts>,
    },
    Room(RoomAnswer),
    Message(MessageAnswer),
    Admin(AdminAnswer),
    Reading(ReadingAnswer),
    Webhook(WebhookAnswer),
    File(FileAnswer),
}

/// The event that a request has led to; seq 0: nothing had to change.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Logged {
    pub(crate) seq: Seq,
    pub(crate) at: Stamp,
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

/// Slow work that leaves the core and comes back as an input.
#[derive(Debug)]
pub(crate) enum Job {
    /// Comes back as [`Input::PasswordHashed`](super::Input::PasswordHashed).
    HashPassword { conn: ConnId, name: Name, password: Password, invite: Option<SecretHash> },
    /// Comes back as [`Input::PasswordChecked`](super::Input::PasswordChecked). Without an
    /// account the same work is done for nothing, so that the time tells nothing.
    CheckPassword { conn: ConnId, password: Password, against: Option<PasswordHash> },
}
