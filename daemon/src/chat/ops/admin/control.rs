//! What somebody on the machine wants done: they may do everything that administrators may.

use super::{create_reset_code, set_server_role};
use crate::chat::audit::Actor;
use crate::chat::effects::{AdminChange, Change, Effects};
use crate::chat::input::{Control, ControlWish, Now};
use crate::chat::state::State;

/// While the disk is full it stays where it is, and comes again.
pub(in crate::chat) fn run(state: &mut State, now: Now, control: &Control, effects: &mut Effects) {
    if state.storage_full {
        return;
    }
    let user = control.user;
    let is_person = state.users.get(user).is_some_and(|user| user.owner.is_none());
    match control.wish {
        // The store has looked already.
        _ if !is_person => {}
        ControlWish::Admin(admin) => {
            set_server_role::run(state, now, Actor::default(), (user, admin), effects);
        }
        ControlWish::ResetCode { hash, expires } => {
            let code = (user, hash, expires);
            create_reset_code::make(state, now, Actor::default(), code, effects);
        }
    }
    effects.changes.push(Change::Admin(AdminChange::ControlDone { id: control.id }));
}
