//! What people see of somebody until it expires: a part of presence, and told as such.

use crate::chat::authorize::Who;
use crate::chat::effects::{AccountChange, Answer, Change, Effects, Status};
use crate::chat::input::Now;
use crate::chat::ops::{Asked, answer};
use crate::chat::rules::Limited;
use crate::chat::state::State;
use crate::chat::status;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): Asked,
    (who, status): (Who, Option<Status>),
    effects: &mut Effects,
) {
    let user = who.user;
    state.charge(now, user, Limited::ChangeAccount);
    answer(effects, conn, id, Answer::Done);
    if state.users.get(user).is_some_and(|account| account.profile.status != status) {
        let set = AccountChange::StatusSet { user, status: status.clone() };
        effects.changes.push(Change::Account(set));
        status::set(state, now, user, status, effects);
    }
}
