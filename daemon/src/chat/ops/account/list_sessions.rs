//! One's own sessions, the newest first.

use std::cmp::Reverse;

use crate::chat::authorize::Who;
use crate::chat::effects::{AccountAnswer, Answer, SessionFacts};
use crate::chat::input::Now;
use crate::chat::liveness;
use crate::chat::state::State;

/// Sessions of one answer: with the longest labels they fit a frame.
const SESSIONS_TOLD_MAX: usize = 100;

pub(super) fn run(state: &State, now: Now, who: Who) -> Answer {
    let mut sessions: Vec<SessionFacts> = state
        .sessions
        .of_user(who.user)
        .map(|(id, session)| {
            let current = id == who.session;
            // Whoever asks is heard.
            let heard = if current { now.moment } else { session.heard };
            let end = liveness::end_of(state, id).unwrap_or(now.moment);
            SessionFacts {
                session: id,
                device: session.device.clone(),
                origin: session.origin.clone(),
                started: session.started,
                heard: now.stamp_of(heard),
                connections: state.conns.of_session(id).count(),
                current,
                ends: now.stamp_of(end.plus(heard.since(session.heard))),
            }
        })
        .collect();
    sessions.sort_unstable_by_key(|session| (Reverse(session.current), Reverse(session.session)));
    sessions.truncate(SESSIONS_TOLD_MAX);
    Answer::Account(AccountAnswer::Sessions(sessions))
}
