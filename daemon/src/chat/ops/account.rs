//! Accounts and sessions.

use super::admin::reset_password;
use super::{Asked, answer};
use crate::chat::authorize::AccountAction;
use crate::chat::effects::Effects;
use crate::chat::input::{Checked, Claim, ConnId, FreshToken, Hashed, Now};
use crate::chat::rules::Limited;
use crate::chat::state::State;
use crate::chat::state::conns::Purpose;

mod change_password;
mod device;
pub(in crate::chat::ops) mod end_sessions;
mod get_presence;
mod get_users;
mod list_sessions;
pub(in crate::chat) mod login;
mod logout;
mod register;
mod resume;
mod set_profile;
mod set_status;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): Asked,
    action: AccountAction,
    effects: &mut Effects,
) {
    match action {
        AccountAction::Register { name, password, invite, sign_in } => {
            let wish = register::Wish { name, password, invite, sign_in };
            register::run(state, (conn, id), wish, effects);
        }
        AccountAction::Login { name, password, sign_in } => {
            login::run(state, (conn, id), login::Wish { name, password, sign_in }, effects);
        }
        AccountAction::Resume { session, sign_in } => {
            resume::run(state, now, (conn, id), (session, &sign_in), effects);
        }
        AccountAction::Logout { who, keep_device } => {
            logout::run(state, now, (conn, id), (who, keep_device), effects);
        }
        AccountAction::GetUsers { who, ids, name } => {
            state.charge(now, who.user, Limited::List);
            answer(effects, conn, id, get_users::run(state, &ids, name.as_ref()));
        }
        AccountAction::ChangePassword { who, old, new } => {
            change_password::run(state, (conn, id), who, (old, new), effects);
        }
        AccountAction::ListSessions { who } => {
            state.charge(now, who.user, Limited::List);
            answer(effects, conn, id, list_sessions::run(state, now, who));
        }
        AccountAction::EndSession { session } => {
            end_sessions::one(state, now, (conn, id), session, effects);
        }
        AccountAction::EndOtherSessions { who } => {
            end_sessions::others(state, now, (conn, id), who, effects);
        }
        AccountAction::Device(action) => device::run(state, now, (conn, id), action, effects),
        AccountAction::SetProfile { who, display_name } => {
            let set = set_profile::run(state, now, who, display_name, effects);
            answer(effects, conn, id, set);
        }
        AccountAction::SetStatus { who, status } => {
            set_status::run(state, now, (conn, id), (who, status), effects);
        }
        AccountAction::GetPresence { who, users } => {
            state.charge(now, who.user, Limited::List);
            answer(effects, conn, id, get_presence::run(state, now, who, &users));
        }
    }
}

/// A password has been compared with an account's.
pub(in crate::chat) fn checked(
    state: &mut State,
    now: Now,
    (conn, token): (ConnId, FreshToken),
    outcome: Checked,
    effects: &mut Effects,
) {
    let Some(pending) = state.conns.pending.remove(&conn) else { return };
    match pending.purpose {
        Purpose::Login { .. } => {
            login::finish(state, now, (conn, token), (outcome, pending), effects);
        }
        Purpose::ChangePassword { .. } => {
            change_password::checked(state, now, conn, (outcome, pending), effects);
        }
        // These are hashed, not checked.
        Purpose::Register { .. } | Purpose::Reset { .. } | Purpose::NewPassword { .. } => {}
    }
}

/// A password that was to become an account's is hashed.
pub(in crate::chat) fn hashed(
    state: &mut State,
    now: Now,
    (conn, token): (ConnId, FreshToken),
    (outcome, invite): (Hashed, &Claim),
    effects: &mut Effects,
) {
    let Some(pending) = state.conns.pending.remove(&conn) else { return };
    match pending.purpose {
        Purpose::Register { .. } => {
            register::finish(state, now, (conn, token), (outcome, invite, pending), effects);
        }
        Purpose::Reset { .. } => {
            reset_password::finish(state, now, (conn, token), (outcome, pending), effects);
        }
        Purpose::NewPassword { .. } => {
            change_password::finish(state, now, conn, (outcome, pending), effects);
        }
        // These are checked, not hashed.
        Purpose::Login { .. } | Purpose::ChangePassword { .. } => {}
    }
}
