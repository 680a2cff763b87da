//! Who may manage the server, invite people to it, and have bots.

mod bots;
mod invites;

use std::sync::Arc;
use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::UserId;
use parlor_proto::name::Name;

use super::account::{has_room_for_password, is_nobody, may_try_password};
use super::{Who, has_storage, is_within_rate, somebody};
use crate::chat::effects::Denial;
use crate::chat::input::{
    AdminFound, AdminRequest, AuditPage, ConnId, FreshSecret, FreshToken, Invite, Now, Password,
    SecretHash, SignIn,
};
use crate::chat::rules::Limited;
use crate::chat::state::State;

/// A bot to be, and what its first token is called.
#[derive(Debug)]
pub(in crate::chat) struct NewBot {
    pub(in crate::chat) name: Name,
    pub(in crate::chat) display_name: Arc<str>,
    pub(in crate::chat) token: Arc<str>,
}

#[derive(Debug)]
pub(in crate::chat) enum AdminAction {
    ResetPassword {
        name: Option<Name>,
        code: SecretHash,
        password: Password,
        sign_in: SignIn,
    },
    /// Nobody's token is `None`.
    LoginWithToken {
        token: Option<(SecretHash, FreshToken)>,
        sign_in: SignIn,
    },
    Claim {
        who: Who,
    },
    ListUsers {
        who: Who,
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
        secret: FreshSecret,
    },
    EndSessions {
        user: UserId,
    },
    CreateInvite {
        who: Who,
        uses: u32,
        valid: Duration,
        secret: FreshSecret,
    },
    ListInvites {
        who: Who,
        invites: Vec<Invite>,
    },
    RevokeInvite {
        invite: Invite,
    },
    CreateBot {
        who: Who,
        bot: NewBot,
        secret: FreshSecret,
    },
    /// `None`: all there are.
    ListBots {
        who: Who,
        owner: Option<UserId>,
        after: Option<UserId>,
    },
    CreateToken {
        who: Who,
        bot: UserId,
        name: Arc<str>,
        secret: FreshSecret,
    },
    RevokeToken {
        hash: SecretHash,
    },
    ListAudit {
        who: Who,
        page: AuditPage,
    },
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others have their own functions")]
pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    (request, found): (AdminRequest, Option<AdminFound>),
) -> Result<AdminAction, Denial> {
    match request {
        AdminRequest::ResetPassword { name, code, password, sign_in } => {
            is_nobody(state, conn)?;
            has_storage(state)?;
            may_try_password(state, now, name.as_ref(), sign_in.address)?;
            has_room_for_password(state)?;
            Ok(AdminAction::ResetPassword { name, code, password, sign_in })
        }
        AdminRequest::LoginWithToken { token, sign_in } => {
            is_nobody(state, conn)?;
            has_storage(state)?;
            let bot = state.tokens.get(&token).map(|token| token.bot);
            let fresh = match found {
                Some(AdminFound::Token(fresh)) if bot.is_some_and(|bot| may_act(state, bot)) => {
                    Some((token, fresh))
                }
                _ => None,
            };
            Ok(AdminAction::LoginWithToken { token: fresh, sign_in })
        }
        AdminRequest::Claim { code } => {
            let who = a_person(state, conn)?;
            has_storage(state)?;
            // Once there is an administrator the code is void.
            if state.claim.get(&()) != Some(&code) || state.users.admins().next().is_some() {
                return Err(bad_code());
            }
            Ok(AdminAction::Claim { who })
        }
        AdminRequest::CreateInvite { .. }
        | AdminRequest::ListInvites
        | AdminRequest::RevokeInvite { .. } => {
            invites::authorize(state, now, conn, (request, found))
        }
        AdminRequest::CreateBot { .. }
        | AdminRequest::ListBots { .. }
        | AdminRequest::CreateToken { .. }
        | AdminRequest::RevokeToken { .. } => bots::authorize(state, now, conn, (request, found)),
        _ => for_admins(state, now, conn, (request, found)),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the others have their own functions")]
fn for_admins(
    state: &State,
    now: Now,
    conn: ConnId,
    (request, found): (AdminRequest, Option<AdminFound>),
) -> Result<AdminAction, Denial> {
    let who = an_admin(state, conn)?;
    match request {
        AdminRequest::ListUsers { after, rows } => {
            is_within_rate(state, now, who, Limited::List)?;
            Ok(AdminAction::ListUsers { who, after, rows })
        }
        AdminRequest::Suspend { user, suspended } => {
            has_storage(state)?;
            a_user(state, user)?;
            if suspended {
                is_not_the_last_admin(state, user)?;
            }
            Ok(AdminAction::Suspend { user, suspended })
        }
        AdminRequest::SetRole { user, admin } => {
            has_storage(state)?;
            a_human(state, user)?;
            if !admin {
                is_not_the_last_admin(state, user)?;
            }
            Ok(AdminAction::SetRole { user, admin })
        }
        AdminRequest::CreateResetCode { user } => {
            has_storage(state)?;
            a_human(state, user)?;
            Ok(AdminAction::CreateResetCode { user, secret: secret(found)? })
        }
        AdminRequest::EndSessions { user } => {
            has_storage(state)?;
            a_user(state, user)?;
            Ok(AdminAction::EndSessions { user })
        }
        AdminRequest::ListAudit { .. } => {
            has_storage(state)?;
            is_within_rate(state, now, who, Limited::List)?;
            let Some(AdminFound::Audit(page)) = found else { return Err(not_found_out()) };
            Ok(AdminAction::ListAudit { who, page })
        }
        _ => Err(not_found_out()),
    }
}

/// Whether somebody may sign in: suspended is neither the account nor whose bot it is.
pub(in crate::chat) fn may_act(state: &State, user: UserId) -> bool {
    let is_good = |user| state.users.get(user).is_some_and(|user| !user.suspended);
    let owner = state.users.get(user).and_then(|user| user.owner);
    is_good(user) && owner.is_none_or(is_good)
}

fn an_admin(state: &State, conn: ConnId) -> Result<Who, Denial> {
    let who = somebody(state, conn)?;
    if state.is_admin(who.user) { Ok(who) } else { Err(not_an_admin()) }
}

pub(super) fn a_person(state: &State, conn: ConnId) -> Result<Who, Denial> {
    let who = somebody(state, conn)?;
    if state.users.get(who.user).is_some_and(|user| user.owner.is_some()) {
        return Err(Denial::new(Reason::NotForBots, "a bot cannot do this"));
    }
    Ok(who)
}

fn a_user(state: &State, user: UserId) -> Result<(), Denial> {
    match state.users.get(user) {
        Some(_) => Ok(()),
        None => Err(Denial::new(Reason::UserNotFound, "there is no such user")),
    }
}

fn a_human(state: &State, user: UserId) -> Result<(), Denial> {
    a_user(state, user)?;
    if state.users.get(user).is_some_and(|user| user.owner.is_some()) {
        return Err(Denial::new(Reason::NotForBots, "a bot has no role and no password"));
    }
    Ok(())
}

fn is_not_the_last_admin(state: &State, user: UserId) -> Result<(), Denial> {
    if state.is_admin(user) && state.users.admins().all(|admin| admin == user) {
        let message = "this is the last administrator: make somebody else one first";
        return Err(Denial::new(Reason::LastAdmin, message));
    }
    Ok(())
}

pub(super) fn at_most(what: &str, count: u32, max: u32) -> Result<(), Denial> {
    if count < max {
        return Ok(());
    }
    Err(Denial::new(Reason::LimitExceeded, format!("{what}: at most {max}")))
}

pub(super) fn count<T>(of: impl Iterator<Item = T>) -> u32 {
    u32::try_from(of.count()).unwrap_or(u32::MAX)
}

pub(super) fn secret(found: Option<AdminFound>) -> Result<FreshSecret, Denial> {
    match found {
        Some(AdminFound::Secret(secret)) => Ok(secret),
        _ => Err(not_found_out()),
    }
}

fn not_an_admin() -> Denial {
    Denial::new(Reason::NotAnAdmin, "only an administrator of the server may do this")
}

pub(in crate::chat) fn bad_code() -> Denial {
    Denial::new(Reason::BadCode, "the code is unknown, used or expired")
}

/// The engine has not looked up what this request needs, or it came the wrong way: a mistake
/// of ours.
fn not_found_out() -> Denial {
    Denial::new(Reason::Internal, "this should not happen: nothing was looked up")
}
