//! Accounts and sessions.

use super::{Asked, answer};
use crate::chat::authorize::AccountAction;
use crate::chat::effects::Effects;
use crate::chat::input::Now;
use crate::chat::state::State;

mod get_users;
pub(in crate::chat) mod login;
mod logout;
pub(in crate::chat) mod register;
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
