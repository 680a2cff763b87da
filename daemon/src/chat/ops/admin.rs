//! The server as a whole: who manages it, who may come in, bots, and what is on record.

use parlor_proto::ids::UserId;

use super::{Asked, lost};
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::AdminAction;
use crate::chat::effects::{
    AccountFacts, AdminAnswer, Answer, Effects, Farewell, InviteFacts, Notice,
};
use crate::chat::input::{AuditPage, Invite, Now};
use crate::chat::liveness;
use crate::chat::rules::Limited;
use crate::chat::state::State;

pub(in crate::chat) mod control;
mod create_api_token;
mod create_bot;
mod create_invite;
mod create_reset_code;
mod list_bots;
mod list_users;
mod login_with_token;
pub(in crate::chat) mod reset_password;
mod revoke_api_token;
mod revoke_invite;
mod set_server_role;
mod suspend_user;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): Asked,
    action: AdminAction,
    effects: &mut Effects,
) {
    let actor = Actor::of(state, conn);
    // Before all that follows: the action may end the connection that asks.
    let first = effects.notices.len();
    let done = match action {
        AdminAction::ResetPassword { name, code, password, sign_in } => {
            let wish = reset_password::Wish { name, code, password, sign_in };
            return reset_password::run(state, (conn, id), wish, effects);
        }
        AdminAction::LoginWithToken { token, sign_in } => {
            return login_with_token::run(state, now, (conn, id), (token, sign_in), effects);
        }
        AdminAction::Claim { who } => {
            set_server_role::run(state, now, actor, (who.user, true), effects)
        }
        AdminAction::ListUsers { who, after, rows } => {
            state.charge(now, who.user, Limited::List);
            list_users::run(state, &after, rows)
        }
        AdminAction::Suspend { user, suspended } => {
            suspend_user::run(state, now, actor, (user, suspended), effects)
        }
        AdminAction::SetRole { user, admin } => {
            set_server_role::run(state, now, actor, (user, admin), effects)
        }
        AdminAction::CreateResetCode { user, secret } => {
            create_reset_code::run(state, now, actor, (user, secret), effects)
        }
        AdminAction::EndSessions { user } => {
            let ended = end_sessions(state, now, actor, user, effects);
            Answer::Admin(AdminAnswer::SessionsEnded(ended))
        }
        AdminAction::CreateInvite { who, uses, valid, secret } => {
            let terms = create_invite::Terms { uses, valid, secret };
            create_invite::run(state, now, (who, actor), terms, effects)
        }
        AdminAction::ListInvites { who, invites } => {
            state.charge(now, who.user, Limited::List);
            let facts = invites.into_iter().map(|invite| invite_facts(state, invite));
            Answer::Admin(AdminAnswer::Invites(facts.collect()))
        }
        AdminAction::RevokeInvite { invite } => {
            revoke_invite::run(state, now, actor, &invite, effects)
        }
        AdminAction::CreateBot { who, bot, secret } => {
            create_bot::run(state, now, (who, actor), (bot, secret), effects)
        }
        AdminAction::ListBots { who, owner, after } => {
            state.charge(now, who.user, Limited::List);
            list_bots::run(state, owner, after)
        }
        AdminAction::CreateToken { who, bot, name, secret } => {
            create_api_token::run(state, now, (who, actor), (bot, name, secret), effects)
        }
        AdminAction::RevokeToken { hash } => {
            revoke_api_token::run(state, now, actor, hash, effects)
        }
        AdminAction::ListAudit { who, page } => {
            state.charge(now, who.user, Limited::List);
            audit(state, now, actor, Entry::new(Deed::AuditRead, ""), effects);
            audit_page(state, page)
        }
    };
    effects.notices.insert(first, Notice::Answer { conn, id, answer: done });
}

/// The operator's configuration was read again.
pub(in crate::chat) fn reloaded(state: &State, now: Now, effects: &mut Effects) {
    audit(state, now, Actor::default(), Entry::new(Deed::ConfigReloaded, ""), effects);
}

/// Ends all sessions of somebody; says how many there were.
fn end_sessions(
    state: &mut State,
    now: Now,
    actor: Actor,
    user: UserId,
    effects: &mut Effects,
) -> u32 {
    let sessions: Vec<_> = state.sessions.of_user(user).map(|(session, _)| session).collect();
    let name = name_of(state, user);
    for session in &sessions {
        let entry = Entry::new(Deed::SessionEnded, format!("{name}, session {session}"));
        audit(state, now, actor, entry, effects);
        liveness::end_session(state, now, *session, Farewell::Revoked, effects);
    }
    u32::try_from(sessions.len()).unwrap_or(u32::MAX)
}

fn audit_page(state: &State, page: AuditPage) -> Answer {
    let AuditPage { entries, more } = page;
    let named = entries.into_iter().map(|entry| {
        let actor = entry.actor.and_then(|actor| state.users.get(actor));
        let name = actor.map(|actor| actor.name.clone());
        (entry, name)
    });
    Answer::Admin(AdminAnswer::Audit { entries: named.collect(), more })
}

fn invite_facts(state: &State, invite: Invite) -> InviteFacts {
    let creator = invite.creator.and_then(|creator| state.users.get(creator));
    InviteFacts { creator: creator.map(|creator| creator.name.clone()), invite }
}

fn account_facts(state: &State, user: UserId) -> Option<AccountFacts> {
    let account = state.users.get(user)?;
    let (admin, suspended) = (account.admin, account.suspended);
    Some(AccountFacts { user: state.users.facts(user)?, admin, suspended })
}

fn name_of(state: &State, user: UserId) -> String {
    state.users.get(user).map(|user| user.name.to_string()).unwrap_or_default()
}
