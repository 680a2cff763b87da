//! What can be asked about accounts and sessions.

mod device;

pub(crate) use self::device::*;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{SessionId, UserId};
use parlor_proto::name::Name;

use super::verb::Verb;
use super::{Password, SecretHash, Stamp};

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
    Logout {
        keep_device: bool,
    },
    GetUsers {
        ids: Vec<UserId>,
        name: Option<Name>,
    },
    ChangePassword {
        old: Password,
        new: Password,
    },
    ListSessions,
    /// `None`: all but the one that asks.
    EndSessions {
        session: Option<SessionId>,
    },
    Device(Box<DeviceRequest>),
    SetProfile {
        display_name: Arc<str>,
    },
    SetStatus {
        text: Arc<str>,
        expires: Option<Stamp>,
    },
    GetPresence {
        users: Vec<UserId>,
    },
}

impl AccountRequest {
    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::Register { .. } => Verb::Register,
            Self::Login { .. } => Verb::Login,
            Self::Resume { .. } => Verb::Resume,
            Self::Logout { .. } => Verb::Logout,
            Self::GetUsers { .. } => Verb::GetUsers,
            Self::ChangePassword { .. } => Verb::ChangePassword,
            Self::ListSessions => Verb::ListSessions,
            Self::EndSessions { .. } => Verb::EndSessions,
            Self::Device(request) => request.verb(),
            Self::SetProfile { .. } => Verb::SetProfile,
            Self::SetStatus { .. } => Verb::SetStatus,
            Self::GetPresence { .. } => Verb::GetPresence,
        }
    }

    /// What the connection says of itself, if it is to attach.
    pub(super) fn sign_in_mut(&mut self) -> Option<&mut SignIn> {
        match self {
            Self::Register { sign_in, .. }
            | Self::Login { sign_in, .. }
            | Self::Resume { sign_in, .. } => Some(sign_in),
            Self::Device(request) => match request.as_mut() {
                DeviceRequest::Login { sign_in, .. } => Some(sign_in),
                DeviceRequest::Add { .. }
                | DeviceRequest::List
                | DeviceRequest::Rename { .. }
                | DeviceRequest::Remove { .. } => None,
            },
            Self::Logout { .. }
            | Self::GetUsers { .. }
            | Self::ChangePassword { .. }
            | Self::ListSessions
            | Self::EndSessions { .. }
            | Self::SetProfile { .. }
            | Self::SetStatus { .. }
            | Self::GetPresence { .. } => None,
        }
    }
}

/// What a connection says of itself when it attaches.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct SignIn {
    pub(crate) device: Arc<str>,
    /// The timeout wished for.
    pub(crate) timeout: Option<Duration>,
    /// Nobody is at the keys.
    pub(crate) idle: bool,
    /// Where the connection comes from, and what its client is called; the shell knows.
    pub(crate) address: Option<IpAddr>,
    pub(crate) client: Client,
}

impl SignIn {
    pub(in crate::chat) fn origin(&self) -> Origin {
        Origin { client: self.client.clone(), address: self.address }
    }
}

/// What a client calls itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Client {
    pub(crate) name: Arc<str>,
    pub(crate) version: Arc<str>,
}

/// Which client a connection is of, and where it comes from.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Origin {
    pub(crate) client: Client,
    pub(crate) address: Option<IpAddr>,
}
