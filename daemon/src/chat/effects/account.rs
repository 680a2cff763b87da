//! What follows from requests about accounts and sessions.

use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{SessionId, UserId};
use parlor_proto::name::Name;

use super::PresenceCause;
use crate::chat::input::{PasswordHash, SecretHash, Stamp};

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
}

/// A user as everybody sees them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UserFacts {
    pub(crate) user: UserId,
    pub(crate) name: Name,
    pub(crate) created: Stamp,
    /// Not a person.
    pub(crate) bot: bool,
}
