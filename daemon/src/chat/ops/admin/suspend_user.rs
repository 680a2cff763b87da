//! Locking an account and opening it again. What could open it otherwise is void for ever:
//! devices, invites, reset code, API tokens, its own and those of its bots; and its webhooks go.

use parlor_proto::ids::UserId;

use super::{end_sessions, name_of};
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::effects::{AccountChange, AdminChange, Answer, Change, Effects};
use crate::chat::input::Now;
use crate::chat::ops::webhook::remove_of;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    actor: Actor,
    (user, suspended): (UserId, bool),
    effects: &mut Effects,
) -> Answer {
    let Some(account) = state.users.get_mut(user) else { return super::lost("the user") };
    if account.suspended == suspended {
        return Answer::Done;
    }
    account.suspended = suspended;
    let name = name_of(state, user);
    if !suspended {
        effects.changes.push(Change::Admin(AdminChange::Restored { user }));
        audit(state, now, actor, Entry::new(Deed::UserRestored, name), effects);
        return Answer::Done;
    }
    effects.changes.push(Change::Admin(AdminChange::Suspended { user }));
    audit(state, now, actor, Entry::new(Deed::UserSuspended, name), effects);
    if let Some(account) = state.users.get_mut(user) {
        account.reset = None;
    }
    let bots: Vec<UserId> = state.users.bots_of(user).collect();
    for who in bots.into_iter().chain([user]) {
        let devices = AccountChange::DevicesRemoved { user: who, but: None };
        effects.changes.push(Change::Account(devices));
        end_sessions(state, now, actor, who, effects);
        let tokens: Vec<_> = state.tokens.of_bot(who).collect();
        for hash in tokens {
            state.tokens.remove(&hash);
        }
    }
    remove_of(state, now, user, effects);
    Answer::Done
}
