//! Making somebody an administrator of the server, or one no more.

use parlor_proto::ids::UserId;

use super::name_of;
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::effects::{AdminChange, Answer, Change, Effects};
use crate::chat::input::Now;
use crate::chat::state::State;

pub(in crate::chat) fn run(
    state: &mut State,
    now: Now,
    actor: Actor,
    (user, admin): (UserId, bool),
    effects: &mut Effects,
) -> Answer {
    let Some(account) = state.users.get_mut(user) else { return super::lost("the user") };
    if account.admin == admin {
        return Answer::Done;
    }
    account.admin = admin;
    if admin {
        // The code of a server without an administrator is good for nothing any more.
        state.claim.remove(&());
    }
    effects.changes.push(Change::Admin(AdminChange::ServerRole { user, admin }));
    let role = if admin { "admin" } else { "user" };
    let object = format!("{}: {role}", name_of(state, user));
    audit(state, now, actor, Entry::new(Deed::ServerRoleSet, object), effects);
    Answer::Done
}
