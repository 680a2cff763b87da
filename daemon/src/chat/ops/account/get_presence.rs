//! Where people stand, session by session. Who shares no room with whoever asks is left out, as is
//! who does not exist.

use std::cmp::Reverse;

use parlor_proto::ids::UserId;
use parlor_proto::limits::PRESENCE_SESSIONS_MAX;

use crate::chat::authorize::Who;
use crate::chat::effects::{AccountAnswer, Answer, ExplainedPresence, SessionPresence};
use crate::chat::input::Now;
use crate::chat::state::State;
use crate::chat::{liveness, presence};

pub(super) fn run(state: &State, now: Now, who: Who, users: &[UserId]) -> Answer {
    let seen = users.iter().copied().filter(|user| share_a_room(state, who.user, *user));
    let explained = seen.filter_map(|user| explain(state, now, user)).collect();
    Answer::Account(AccountAnswer::Presence(explained))
}

fn share_a_room(state: &State, one: UserId, other: UserId) -> bool {
    one == other || state.rooms.of_user(other).any(|room| state.rooms.member(room, one).is_some())
}

fn explain(state: &State, now: Now, user: UserId) -> Option<ExplainedPresence> {
    let presence = presence::of(state, user)?;
    let mut sessions: Vec<SessionPresence> = state
        .sessions
        .of_user(user)
        .map(|(id, session)| SessionPresence {
            state: session.standing.state,
            cause: session.standing.cause,
            since: session.standing.since,
            device: session.device.clone(),
            heard: now.stamp_of(session.heard),
            ends: now.stamp_of(liveness::end_of(state, id).unwrap_or(now.moment)),
        })
        .collect();
    // The session that presence speaks of comes first.
    sessions.reverse();
    sessions.sort_by_key(|session| (Reverse(session.state), Reverse(session.since)));
    sessions.truncate(PRESENCE_SESSIONS_MAX);
    let status = state.users.get(user)?.profile.status.as_ref();
    let status_expires = status.and_then(|status| status.expires);
    Some(ExplainedPresence { presence, sessions, status_expires })
}
