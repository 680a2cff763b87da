//! What can be asked about accounts and sessions.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::UserId;
use parlor_proto::name::Name;

use super::verb::Verb;
use super::{Password, SecretHash};

#[derive(Clone, Debug)]
pub(crate) enum AccountRequest {
    Register {
        name: Name,
        password: Password,
        invite: Option<SecretHash>,
        sign_in: SignIn,
    },
    /// `name` is `None` if nobody can have it.
    Login {
        name: Option<Name>,
        password: Password,
        sign_in: SignIn,
    },
    Resume {
        token: SecretHash,
        sign_in: SignIn,
    },
    Logout,
    GetUsers {
        ids: Vec<UserId>,
        name: Option<Name>,
    },
}

impl AccountRequest {
    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::Register { .. } => Verb::Register,
            Self::Login { .. } => Verb::Login,
            Self::Resume { .. } => Verb::Resume,
            Self::Logout => Verb::Logout,
            Self::GetUsers { .. } => Verb::GetUsers,
        }
    }

    /// What the connection says of itself, if this attaches it to a session.
    fn sign_in_mut(&mut self) -> Option<&mut SignIn> {
        match self {
            Self::Register { sign_in, .. }
            | Self::Login { sign_in, .. }
            | Self::Resume { sign_in, .. } => Some(sign_in),
            Self::Logout | Self::GetUsers { .. } => None,
        }
    }

    /// The shell knows where it comes from.
    pub(crate) fn comes_from(&mut self, address: IpAddr) {
        if let Some(sign_in) = self.sign_in_mut() {
            sign_in.address = Some(address);
        }
    }
}

/// What a connection says of itself when it attaches.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct SignIn {
    pub(crate) device: Arc<str>,
    /// The timeout wished for.
    pub(crate) timeout: Option<Duration>,
    /// Where the connection comes from; the shell knows.
    pub(crate) address: Option<IpAddr>,
}
