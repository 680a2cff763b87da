//! What follows from requests about accounts and sessions.

use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{DeviceId, RoomId, SessionId, UserId};
use parlor_proto::name::Name;

use super::{ExplainedPresence, PresenceCause};
use crate::chat::input::{Device, Origin, PasswordHash, SecretHash, Stamp};
use crate::chat::snapshot::SessionRow;

/// What the store must remember of an account.
#[derive(Clone, Debug)]
pub(crate) enum AccountChange {
    /// An account; `invite` is used up by one.
    UserAdded {
        user: UserId,
        name: Name,
        password: PasswordHash,
        at: Stamp,
        invite: Option<SecretHash>,
    },
    /// Another password, or the same under better parameters.
    PasswordSet {
        user: UserId,
        password: PasswordHash,
    },
    SessionStarted(SessionRow),
    /// What counts when the daemon starts again, as the last connection has it.
    SessionAttached {
        session: SessionId,
        timeout: Duration,
        origin: Origin,
    },
    /// The token is void; `last_seen` is what is told of the user while offline.
    SessionEnded {
        session: SessionId,
        user: UserId,
        last_seen: LastSeen,
    },
    DeviceAdded {
        user: UserId,
        device: Device,
    },
    /// The session stands and falls with the device.
    SessionBound {
        session: SessionId,
        device: DeviceId,
    },
    DeviceUsed {
        user: UserId,
        device: DeviceId,
        at: Stamp,
    },
    DeviceRenamed {
        user: UserId,
        device: DeviceId,
        name: Arc<str>,
    },
    DeviceRemoved {
        user: UserId,
        device: DeviceId,
    },
    DisplayNameSet {
        user: UserId,
        display_name: Arc<str>,
    },
    StatusSet {
        user: UserId,
        status: Option<Status>,
    },
    /// All but one.
    DevicesRemoved {
        user: UserId,
        but: Option<DeviceId>,
    },
}

/// How somebody was last seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct LastSeen {
    pub(crate) at: Stamp,
    pub(crate) cause: PresenceCause,
    pub(crate) device: Arc<str>,
}

/// The answers to requests about accounts.
#[derive(Clone, Debug)]
pub(crate) enum AccountAnswer {
    SignedIn {
        session: SessionId,
        /// Only to whom the token is new.
        token: Option<[u8; 32]>,
        user: UserFacts,
        /// Whether they manage the server.
        admin: bool,
        timeout: Duration,
    },
    Users(Vec<UserFacts>),
    Sessions(Vec<SessionFacts>),
    Ended(u32),
    User(UserFacts),
    Presence(Vec<ExplainedPresence>),
    Device {
        device: Device,
        current: bool,
    },
    Devices {
        devices: Vec<Device>,
        current: Option<DeviceId>,
    },
}

/// A session as its user sees it.
#[derive(Clone, Debug)]
pub(crate) struct SessionFacts {
    pub(crate) session: SessionId,
    pub(crate) device: Arc<str>,
    pub(crate) origin: Origin,
    pub(crate) started: Stamp,
    pub(crate) heard: Stamp,
    pub(crate) connections: usize,
    pub(crate) current: bool,
    pub(crate) ends: Stamp,
}

/// A user as everybody sees them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UserFacts {
    pub(crate) user: UserId,
    pub(crate) name: Name,
    pub(crate) created: Stamp,
    /// Not a person.
    pub(crate) bot: bool,
    /// A bot that is for one thing in one room, or was: which.
    pub(crate) webhook: Option<RoomId>,
    pub(crate) display_name: Arc<str>,
}

/// What somebody says of themselves, until it expires.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Status {
    pub(crate) text: Arc<str>,
    pub(crate) expires: Option<Stamp>,
}
