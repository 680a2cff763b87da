//! Attaching a connection to a session: by its token, or because it has just begun.

use std::net::IpAddr;
use std::time::Duration;

use parlor_proto::ids::{RequestId, SessionId};

use crate::chat::effects::{AccountAnswer, AccountChange, Answer, Change, Effects, Notice};
use crate::chat::input::{ConnId, FreshToken, Now, SignIn};
use crate::chat::liveness;
use crate::chat::ops::{answer, lost};
use crate::chat::state::State;
use crate::chat::state::conns::{Attention, Conn};
use crate::chat::state::timers::Timer;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): (ConnId, RequestId),
    (session, sign_in): (SessionId, &SignIn),
    effects: &mut Effects,
) {
    let timeout = granted(state, sign_in);
    let origin = sign_in.origin();
    if let Some(alive) = state.sessions.get_mut(session)
        && (alive.timeout != timeout || alive.origin != origin)
    {
        alive.origin = origin.clone();
        if state.storage_full {
            state.sessions.unsaved.insert(session, ());
        } else {
            let attached = AccountChange::SessionAttached { session, timeout, origin };
            effects.changes.push(Change::Account(attached));
        }
    }
    let came = Came { address: sign_in.address, timeout, idle: sign_in.idle, token: None };
    attach(state, now, (conn, id), (session, came), effects);
}

/// The timeout that a connection gets: what it wishes, within the operator's bounds.
pub(super) fn granted(state: &State, sign_in: &SignIn) -> Duration {
    let rules = &state.rules;
    let wish = sign_in.timeout.unwrap_or(rules.session_timeout);
    wish.clamp(rules.session_timeout_min, rules.session_timeout_max)
}

/// How a connection comes to a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Came {
    pub(super) address: Option<IpAddr>,
    pub(super) timeout: Duration,
    pub(super) idle: bool,
    /// Of a session that has just begun.
    pub(super) token: Option<FreshToken>,
}

pub(super) fn attach(
    state: &mut State,
    now: Now,
    (conn, id): (ConnId, RequestId),
    (session, Came { address, timeout, idle, token }): (SessionId, Came),
    effects: &mut Effects,
) {
    let Some(alive) = state.sessions.get_mut(session) else {
        return answer(effects, conn, id, lost("the session"));
    };
    let user = alive.user;
    alive.timeout = timeout;
    alive.heard = now.moment;
    state.timers.set(Timer::Session(session), &mut alive.timer, None);
    let attached = Conn {
        session,
        user,
        timeout,
        address,
        heard: now.moment,
        attention: if idle { Attention::Idle } else { Attention::Active },
        asked: false,
        timer: None,
        wants: None,
    };
    state.conns.put(conn, attached);
    liveness::watch(state, now, conn);

    let Some(facts) = state.users.facts(user) else {
        return answer(effects, conn, id, lost("the user"));
    };
    effects.notices.push(Notice::Attached { conn, user });
    let token = token.map(|token| token.secret);
    let admin = state.is_admin(user);
    answer(
        effects,
        conn,
        id,
        Answer::Account(AccountAnswer::SignedIn { session, token, user: facts, admin, timeout }),
    );
    liveness::refresh(state, now, session, None, effects);
}
