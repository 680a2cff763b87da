//! What can be asked about the server as a whole: who manages it, who may come in, which bots
//! there are, and what is on record.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{SessionId, UserId};
use parlor_proto::name::Name;

use super::verb::Verb;
use super::{FreshToken, Invite, Password, SecretHash, SignIn, Stamp};

#[derive(Clone, Debug)]
pub(crate) enum AdminRequest {
    /// `name` is `None` if nobody can have it.
    ResetPassword {
        name: Option<Name>,
        code: SecretHash,
        password: Password,
        sign_in: SignIn,
    },
    LoginWithToken {
        token: SecretHash,
        sign_in: SignIn,
    },
    Claim {
        code: SecretHash,
    },
    ListUsers {
        after: Arc<str>,
        rows: u32,
    },
    Suspend {
        user: UserId,
        suspended: bool,
    },
    SetRole {
        user: UserId,
        admin: bool,
    },
    CreateResetCode {
        user: UserId,
    },
    EndSessions {
        user: UserId,
    },
    CreateInvite {
        uses: u32,
        valid: Duration,
    },
    ListInvites,
    RevokeInvite {
        invite: SecretId,
    },
    CreateBot {
        name: Name,
        display_name: Arc<str>,
        token: Arc<str>,
    },
    ListBots {
        /// The last one of the page before.
        after: Option<UserId>,
    },
    CreateToken {
        bot: UserId,
        name: Arc<str>,
    },
    RevokeToken {
        token: SecretId,
    },
    ListAudit {
        before: Option<u64>,
        rows: u32,
    },
}

impl AdminRequest {
    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::ResetPassword { .. } => Verb::ResetPassword,
            Self::LoginWithToken { .. } => Verb::LoginWithToken,
            Self::Claim { .. } => Verb::ClaimAdmin,
            Self::ListUsers { .. } => Verb::ListUsers,
            Self::Suspend { .. } => Verb::SuspendUser,
            Self::SetRole { .. } => Verb::SetServerRole,
            Self::CreateResetCode { .. } => Verb::CreateResetCode,
            Self::EndSessions { .. } => Verb::EndUserSessions,
            Self::CreateInvite { .. } => Verb::CreateInvite,
            Self::ListInvites => Verb::ListInvites,
            Self::RevokeInvite { .. } => Verb::RevokeInvite,
            Self::CreateBot { .. } => Verb::CreateBot,
            Self::ListBots { .. } => Verb::ListBots,
            Self::CreateToken { .. } => Verb::CreateApiToken,
            Self::RevokeToken { .. } => Verb::RevokeApiToken,
            Self::ListAudit { .. } => Verb::ListAudit,
        }
    }

    /// What the connection says of itself, if this attaches it to a session.
    pub(super) fn sign_in_mut(&mut self) -> Option<&mut SignIn> {
        if let Self::ResetPassword { sign_in, .. } | Self::LoginWithToken { sign_in, .. } = self {
            Some(sign_in)
        } else {
            None
        }
    }
}

/// What people call a secret by when they list or revoke it: the beginning of its hash. Short
/// enough for every program that reads JSON.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct SecretId(pub(crate) u64);

/// Bytes of a hash that make a [`SecretId`].
const ID_BYTES: usize = 6;

impl SecretId {
    pub(crate) fn of(hash: &SecretHash) -> Self {
        let first = hash.0.iter().take(ID_BYTES);
        Self(first.fold(0, |id, byte| (id << 8) | u64::from(*byte)))
    }

    /// The least and the greatest hash that it can stand for.
    pub(crate) fn hashes(self) -> (SecretHash, SecretHash) {
        let [_, _, id @ ..] = self.0.to_be_bytes();
        let fill = |rest: u8| {
            let mut bytes = [rest; 32];
            bytes.iter_mut().zip(id).for_each(|(to, from)| *to = from);
            SecretHash(bytes)
        };
        (fill(0), fill(u8::MAX))
    }
}

/// A secret for people or programs to keep, drawn outside, and its hash.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct FreshSecret {
    pub(crate) text: Arc<str>,
    pub(crate) hash: SecretHash,
}

impl fmt::Debug for FreshSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FreshSecret(..)")
    }
}

/// What the engine looks up or draws for these requests.
#[derive(Clone, Debug)]
pub(crate) enum AdminFound {
    Secret(FreshSecret),
    Token(FreshToken),
    /// `open`: invites of the same user that are good for something.
    NewInvite {
        secret: FreshSecret,
        open: u32,
    },
    Invite(Option<Invite>),
    /// The newest first.
    Invites(Vec<Invite>),
    Audit(AuditPage),
}

/// Entries of the audit log, the newest first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct AuditPage {
    pub(crate) entries: Vec<AuditFacts>,
    pub(crate) more: bool,
}

/// One entry of the audit log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AuditFacts {
    pub(crate) id: u64,
    pub(crate) at: Stamp,
    pub(crate) actor: Option<UserId>,
    pub(crate) session: Option<SessionId>,
    pub(crate) address: String,
    pub(crate) action: String,
    pub(crate) object: String,
    pub(crate) outcome: String,
}

/// What somebody on the machine wants done, who may do everything.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    /// Where it stands in the store, until it is done.
    pub(crate) id: u64,
    pub(crate) user: UserId,
    pub(crate) wish: ControlWish,
}

#[derive(Clone, Debug)]
pub(crate) enum ControlWish {
    Admin(bool),
    ResetCode { hash: SecretHash, expires: Stamp },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stands_for_the_hashes_that_begin_with_it() {
        let mut bytes = [7; 32];
        bytes[..3].copy_from_slice(&[1, 2, 255]);
        let hash = SecretHash(bytes);
        let id = SecretId::of(&hash);
        assert_eq!(id.0, 0x0102_ff07_0707);
        let (least, greatest) = id.hashes();
        assert!(least <= hash && hash <= greatest);
        assert_eq!((SecretId::of(&least), SecretId::of(&greatest)), (id, id));
    }
}
