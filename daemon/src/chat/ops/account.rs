//! Accounts and sessions.

use super::admin::reset_password;
use super::{Asked, answer};
use crate::chat::authorize::AccountAction;
use crate::chat::effects::Effects;
use crate::chat::input::{Claim, ConnId, FreshToken, Hashed, Now};
use crate::chat::state::State;
use crate::chat::state::conns::Purpose;

mod get_users;
pub(in crate::chat) mod login;
mod logout;
mod register;
mod resume;

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
        AccountAction::Logout { who } => logout::run(state, now, (conn, id), who, effects),
        AccountAction::GetUsers { ids, name } => {
            answer(effects, conn, id, get_users::run(state, &ids, name.as_ref()));
        }
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
        Purpose::Login { .. } => {}
    }
}
