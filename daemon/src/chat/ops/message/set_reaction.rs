//! Reacting to a message, or doing so no more.

use crate::chat::authorize::{SetReaction, Who};
use crate::chat::effects::{Answer, Effects, EventKind};
use crate::chat::input::Now;
use crate::chat::ops::log_for;
use crate::chat::rules::Limited;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    SetReaction { who: Who { user, .. }, room, changed }: SetReaction,
    effects: &mut Effects,
) -> Answer {
    state.charge(now, user, Limited::ChangeMessage);
    log_for(state, now, room, (user, EventKind::ReactionChanged(changed)), effects)
}
