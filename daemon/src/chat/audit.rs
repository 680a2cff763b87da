//! What goes on record of what matters for security: who, from where, did what to what, and
//! with which outcome. Never what somebody said, and never a secret.

use std::net::IpAddr;
use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{SessionId, UserId};

use super::effects::{AdminChange, AuditRow, Change, Effects};
use super::input::{ConnId, Now, Stamp};
use super::state::State;

/// Declares [`Deed`]: what is on record, as the log calls it.
macro_rules! deeds {
    ($($name:ident = $text:literal;)*) => {
        /// What somebody did.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(crate) enum Deed {
            $($name,)*
        }

        impl Deed {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

deeds! {
    AccountAdded = "account.added";
    Login = "login";
    LoginFailed = "login.failed";
    Logout = "logout";
    SessionEnded = "session.ended";
    PasswordChanged = "password.changed";
    PasswordReset = "password.reset";
    ResetCodeMade = "reset_code.made";
    DeviceAdded = "device.added";
    DeviceRemoved = "device.removed";
    InviteMade = "invite.made";
    InviteUsed = "invite.used";
    InviteRevoked = "invite.revoked";
    BotAdded = "bot.added";
    TokenMade = "token.made";
    TokenRevoked = "token.revoked";
    ServerRoleSet = "server_role.set";
    UserSuspended = "user.suspended";
    UserRestored = "user.restored";
    RoomRoleSet = "room.role_set";
    RoomRulesSet = "room.rules_set";
    RoomArchived = "room.archived";
    WebhookMade = "webhook.made";
    WebhookRemoved = "webhook.removed";
    WebhookPaused = "webhook.paused";
    WebhookResumed = "webhook.resumed";
    MemberRemoved = "member.removed";
    MemberBanned = "member.banned";
    MemberUnbanned = "member.unbanned";
    MemberMuted = "member.muted";
    AuditRead = "audit.read";
    ConfigReloaded = "config.reloaded";
}

/// Who did it, and from where.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Actor {
    pub(super) user: Option<UserId>,
    pub(super) session: Option<SessionId>,
    pub(super) address: Option<IpAddr>,
}

impl Actor {
    /// Whoever is behind a connection.
    pub(super) fn of(state: &State, conn: ConnId) -> Self {
        let Some(conn) = state.conns.get(conn) else { return Self::default() };
        Self { user: Some(conn.user), session: Some(conn.session), address: conn.address }
    }

    /// Somebody who has not signed in.
    pub(super) fn at(address: Option<IpAddr>) -> Self {
        Self { address, ..Self::default() }
    }
}

/// What goes on record besides who and when.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    deed: Deed,
    object: Arc<str>,
    refused: Option<Reason>,
}

impl Entry {
    pub(super) fn new(deed: Deed, object: impl Into<Arc<str>>) -> Self {
        Self { deed, object: object.into(), refused: None }
    }

    pub(super) fn refused(self, reason: Reason) -> Self {
        Self { refused: Some(reason), ..self }
    }
}

/// Puts something on record, with the changes that it belongs to. While the disk is full
/// nothing can be.
pub(super) fn audit(state: &State, now: Now, actor: Actor, entry: Entry, effects: &mut Effects) {
    if state.storage_full {
        return;
    }
    let Actor { user, session, address } = actor;
    let Entry { deed, object, refused } = entry;
    let keep = i64::try_from(state.rules.audit_keep.as_millis()).unwrap_or(i64::MAX);
    effects.changes.push(Change::Admin(AdminChange::Audit(AuditRow {
        at: now.stamp,
        actor: user,
        session,
        address: address.map(|address| address.to_canonical()),
        deed,
        object,
        refused,
        keep_from: Stamp(now.stamp.0.saturating_sub(keep)),
    })));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_have_names_of_their_own() {
        for (i, deed) in Deed::ALL.iter().enumerate() {
            assert!(!Deed::ALL[..i].iter().any(|earlier| earlier.as_str() == deed.as_str()));
        }
    }
}
