//! A one-time code by which somebody who has lost the password sets a new one. The last one
//! counts.

use std::time::Duration;

use parlor_proto::ids::UserId;

use super::name_of;
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::effects::{AdminAnswer, AdminChange, Answer, Change, Effects};
use crate::chat::input::{FreshSecret, Now, SecretHash, Stamp};
use crate::chat::state::State;

/// How long a code is good for.
pub(crate) const RESET_CODE_VALID: Duration = Duration::from_hours(24);

pub(super) fn run(
    state: &mut State,
    now: Now,
    actor: Actor,
    (user, secret): (UserId, FreshSecret),
    effects: &mut Effects,
) -> Answer {
    let expires = now.stamp.plus(RESET_CODE_VALID);
    make(state, now, actor, (user, secret.hash, expires), effects);
    Answer::Admin(AdminAnswer::ResetCode { secret, expires })
}

pub(super) fn make(
    state: &mut State,
    now: Now,
    actor: Actor,
    (user, hash, expires): (UserId, SecretHash, Stamp),
    effects: &mut Effects,
) {
    let Some(account) = state.users.get_mut(user) else { return };
    account.reset = Some((hash, expires));
    effects.changes.push(Change::Admin(AdminChange::ResetCodeMade { user, hash, expires }));
    let name = name_of(state, user);
    audit(state, now, actor, Entry::new(Deed::ResetCodeMade, name), effects);
}
