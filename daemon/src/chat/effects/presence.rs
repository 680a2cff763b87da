//! Where people stand.

use std::sync::Arc;

use parlor_proto::ids::UserId;
use parlor_proto::name::Name;

use crate::chat::input::Stamp;

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
    /// What the user says of it.
    pub(crate) status: Arc<str>,
}

/// The same with everything that it follows from.
#[derive(Clone, Debug)]
pub(crate) struct ExplainedPresence {
    pub(crate) presence: Presence,
    /// The strongest first.
    pub(crate) sessions: Vec<SessionPresence>,
    pub(crate) status_expires: Option<Stamp>,
}

/// Where one session stands.
#[derive(Clone, Debug)]
pub(crate) struct SessionPresence {
    pub(crate) state: PresenceState,
    pub(crate) cause: PresenceCause,
    pub(crate) since: Stamp,
    pub(crate) device: Arc<str>,
    pub(crate) heard: Stamp,
    pub(crate) ends: Stamp,
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
    Revoked,
}
