//! Ending sessions from another one: their tokens are void at once, their connections close.

use parlor_proto::ids::{SessionId, UserId};

use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::Who;
use crate::chat::effects::{AccountAnswer, Answer, Effects, Farewell};
use crate::chat::input::Now;
use crate::chat::liveness;
use crate::chat::ops::{Asked, answer};
use crate::chat::state::State;

/// It may be the one that asks.
pub(super) fn one(
    state: &mut State,
    now: Now,
    (conn, id): Asked,
    session: SessionId,
    effects: &mut Effects,
) {
    answer(effects, conn, id, Answer::Account(AccountAnswer::Ended(1)));
    end(state, now, Actor::of(state, conn), session, effects);
}

/// All but the one that asks.
pub(super) fn others(
    state: &mut State,
    now: Now,
    (conn, id): Asked,
    who: Who,
    effects: &mut Effects,
) {
    let actor = Actor::of(state, conn);
    let ended = all(state, now, actor, (who.user, Some(who.session)), effects);
    answer(effects, conn, id, Answer::Account(AccountAnswer::Ended(ended)));
}

/// All of a user, but for one. Says how many.
pub(super) fn all(
    state: &mut State,
    now: Now,
    actor: Actor,
    (user, but): (UserId, Option<SessionId>),
    effects: &mut Effects,
) -> u32 {
    let of_user = state.sessions.of_user(user).map(|(id, _)| id);
    let ending: Vec<SessionId> = of_user.filter(|id| Some(*id) != but).collect();
    for session in &ending {
        end(state, now, actor, *session, effects);
    }
    u32::try_from(ending.len()).unwrap_or(u32::MAX)
}

/// Puts a session out, and that on record.
pub(super) fn end(
    state: &mut State,
    now: Now,
    actor: Actor,
    session: SessionId,
    effects: &mut Effects,
) {
    let entry = Entry::new(Deed::SessionEnded, format!("session {session}"));
    audit(state, now, actor, entry, effects);
    liveness::end_session(state, now, session, Farewell::Revoked, effects);
}
