//! Voiding an API token: the sessions that it opened end.

use super::name_of;
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::effects::{AdminChange, Answer, Change, Effects, Farewell};
use crate::chat::input::{Now, SecretHash};
use crate::chat::liveness;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    actor: Actor,
    hash: SecretHash,
    effects: &mut Effects,
) -> Answer {
    let Some(bot) = state.tokens.get(&hash).map(|token| token.bot) else {
        return super::lost("the token");
    };
    state.tokens.remove(&hash);
    effects.changes.push(Change::Admin(AdminChange::TokenRevoked { hash }));
    audit(state, now, actor, Entry::new(Deed::TokenRevoked, name_of(state, bot)), effects);
    let opened = state.sessions.of_user(bot);
    let opened = opened.filter(|(_, session)| session.api_token == Some(hash));
    let opened: Vec<_> = opened.map(|(session, _)| session).collect();
    for session in opened {
        liveness::end_session(state, now, session, Farewell::Revoked, effects);
    }
    Answer::Done
}
