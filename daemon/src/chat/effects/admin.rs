//! What follows from requests about the server as a whole.

use std::net::IpAddr;
use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{SessionId, UserId};
use parlor_proto::name::Name;

use super::UserFacts;
use crate::chat::audit::Deed;
use crate::chat::input::{
    AuditFacts, FreshSecret, Invite, PasswordHash, SecretHash, SecretId, Stamp,
};

/// What the store must remember of the server's administration.
#[derive(Clone, Debug)]
pub(crate) enum AdminChange {
    /// The code of a server without an administrator is void once there is one.
    ServerRole {
        user: UserId,
        admin: bool,
    },
    /// With their invites, reset code and API tokens, and those of their bots; for ever.
    Suspended {
        user: UserId,
    },
    Restored {
        user: UserId,
    },
    ResetCodeMade {
        user: UserId,
        hash: SecretHash,
        expires: Stamp,
    },
    /// The code is used up.
    PasswordReset {
        user: UserId,
        password: PasswordHash,
    },
    InviteMade {
        invite: Invite,
    },
    InviteRevoked {
        hash: SecretHash,
    },
    BotAdded {
        bot: UserId,
        name: Name,
        owner: UserId,
        at: Stamp,
    },
    TokenMade {
        hash: SecretHash,
        bot: UserId,
        name: Arc<str>,
        at: Stamp,
    },
    TokenRevoked {
        hash: SecretHash,
    },
    /// The session began by this API token.
    TokenUsed {
        hash: SecretHash,
        session: SessionId,
        at: Stamp,
    },
    /// Somebody signed in from there, and from `instead` no more for a long time.
    AddressSeen {
        user: UserId,
        address: IpAddr,
        at: Stamp,
        instead: Option<IpAddr>,
    },
    /// What somebody on the machine wanted is done.
    ControlDone {
        id: u64,
    },
    Audit(AuditRow),
}

/// One entry of the audit log to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AuditRow {
    pub(crate) at: Stamp,
    pub(crate) actor: Option<UserId>,
    pub(crate) session: Option<SessionId>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) deed: Deed,
    pub(crate) object: Arc<str>,
    /// Why it was not done.
    pub(crate) refused: Option<Reason>,
    /// Older entries may go.
    pub(crate) keep_from: Stamp,
}

/// The answers to these requests.
#[derive(Clone, Debug)]
pub(crate) enum AdminAnswer {
    Users {
        users: Vec<AccountFacts>,
        more: bool,
    },
    SessionsEnded(u32),
    ResetCode {
        secret: FreshSecret,
        expires: Stamp,
    },
    InviteMade {
        secret: FreshSecret,
        invite: InviteFacts,
    },
    Invites(Vec<InviteFacts>),
    TokenMade {
        secret: FreshSecret,
        bot: UserFacts,
        token: TokenFacts,
    },
    Bots {
        bots: Vec<BotFacts>,
        more: bool,
    },
    /// Each with the name of who did it.
    Audit {
        entries: Vec<(AuditFacts, Option<Name>)>,
        more: bool,
    },
}

/// A user as administrators see them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AccountFacts {
    pub(crate) user: UserFacts,
    pub(crate) admin: bool,
    pub(crate) suspended: bool,
}

/// An invite as its creator and administrators see it.
#[derive(Clone, Debug)]
pub(crate) struct InviteFacts {
    pub(crate) invite: Invite,
    /// Unknown if it was made on the machine.
    pub(crate) creator: Option<Name>,
}

/// An API token as its owner sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct TokenFacts {
    pub(crate) token: SecretId,
    pub(crate) name: Arc<str>,
    pub(crate) created: Stamp,
    pub(crate) last_used: Option<Stamp>,
}

/// A bot as its owner sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct BotFacts {
    pub(crate) bot: AccountFacts,
    pub(crate) owner: UserId,
    pub(crate) owner_name: Name,
    pub(crate) tokens: Vec<TokenFacts>,
}
