//! Sessions live and die by one rule: no frame for the timeout, socket open or not, and the
//! session is over, its token void.
//!
//! Signs of life are not inputs, there would be too many. When a connection has not been
//! heard from for long enough to matter, the core asks and the shell answers.

use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::SessionId;

use super::effects::{
    AccountChange, Change, Effects, Farewell, LastSeen, Notice, PresenceCause, PresenceState,
};
use super::input::{ConnId, Ending, Moment, Now};
use super::state::State;
use super::state::conns::{Attention, Conn};
use super::state::sessions::Standing;
use super::state::timers::Timer;
use super::{failures, presence, status};

/// A silent connection is asked again this often, to see it come back.
pub(super) const SILENT_ASK_INTERVAL: Duration = Duration::from_secs(5);

/// At start every session gets its full timeout anew: downtime does not count.
pub(super) fn restart(state: &mut State, now: Now) {
    for user in state.users.ids() {
        status::wait(state, now, user);
    }
    for id in state.sessions.ids() {
        if let Some(session) = state.sessions.get_mut(id) {
            session.heard = now.moment;
            session.standing.since = now.stamp;
        }
        rest(state, now, id);
        if let Some(user) = state.sessions.get(id).map(|session| session.user) {
            presence::assume_told(state, user);
        }
    }
}

/// What was waited for has come.
pub(super) fn tick(state: &mut State, now: Now, effects: &mut Effects) {
    while let Some(timer) = state.timers.pop(now.moment) {
        match timer {
            Timer::Conn(id) => {
                if let Some(conn) = state.conns.get_mut(id) {
                    conn.timer = None;
                }
                ask(state, id, effects);
            }
            Timer::Session(id) => {
                if let Some(session) = state.sessions.get_mut(id) {
                    session.timer = None;
                    end_session(state, now, id, Farewell::TimedOut, effects);
                }
            }
            Timer::Presence(user) => presence::due(state, now, user, effects),
            Timer::Failures => failures::due(state, now, effects),
            Timer::Status(user) => status::expired(state, now, user, effects),
        }
    }
}

/// The shell says when a connection was last heard.
pub(super) fn heard(state: &mut State, now: Now, id: ConnId, at: Moment, effects: &mut Effects) {
    let keep_alive_timeout = state.rules.keep_alive_timeout;
    let Some(conn) = state.conns.get_mut(id) else { return };
    conn.asked = false;
    conn.heard = conn.heard.max(at);
    let silent = now.moment.since(conn.heard) >= keep_alive_timeout.min(conn.timeout);
    conn.attention = match (conn.attention, silent) {
        (Attention::Active, true) => Attention::Silent { active: true },
        (Attention::Idle, true) => Attention::Silent { active: false },
        (Attention::Silent { active: true }, false) => Attention::Active,
        (Attention::Silent { active: false }, false) => Attention::Idle,
        (same, _) => same,
    };
    let (session, heard) = (conn.session, conn.heard);
    let dead = now.moment >= conn.heard.plus(conn.timeout);
    if let Some(session) = state.sessions.get_mut(session) {
        session.heard = session.heard.max(heard);
    }
    let over = end_of(state, session).is_none_or(|end| end <= now.moment);
    let is_alone = state.conns.of_session(session).count() == 1;
    // Another one may have been heard since: it has not answered yet, or its turn to be asked
    // has come while this answer was on its way.
    let is_awaited = |conn: &Conn| conn.asked || conn.timer.is_some_and(|due| due <= now.moment);
    if over && !state.conns.of_session(session).any(|(_, conn)| is_awaited(conn)) {
        end_session(state, now, session, Farewell::TimedOut, effects);
    } else if dead && !over && !is_alone {
        cut_silent(state, now, id, effects);
    } else {
        watch(state, now, id);
        refresh(state, now, session, None, effects);
    }
}

/// Ends a connection from which nothing came for its own timeout, while others keep the session
/// alive: else those whose network is gone would take the places of the living. The last one
/// of a session ends with it.
fn cut_silent(state: &mut State, now: Now, id: ConnId, effects: &mut Effects) {
    if let Some(session) = detach(state, id) {
        effects.notices.push(Notice::GoAway { conn: id, farewell: Farewell::Silent });
        refresh(state, now, session, None, effects);
        watch_others(state, now, session, effects);
    }
}

/// The client says whether somebody is at the keys.
pub(super) fn activity(
    state: &mut State,
    now: Now,
    id: ConnId,
    active: bool,
    effects: &mut Effects,
) {
    let Some(conn) = state.conns.get_mut(id) else { return };
    conn.attention = if active { Attention::Active } else { Attention::Idle };
    let session = conn.session;
    heard(state, now, id, now.moment, effects);
    refresh(state, now, session, None, effects);
}

/// The store has run out of room or has room again: then what was not written is.
pub(super) fn storage(state: &mut State, full: bool, effects: &mut Effects) {
    state.storage_full = full;
    if full {
        return;
    }
    while let Some((session, ())) = state.sessions.unsaved.first() {
        let session = *session;
        state.sessions.unsaved.remove(&session);
        let Some(alive) = state.sessions.get(session) else { continue };
        let (timeout, origin) = (alive.timeout, alive.origin.clone());
        let attached = AccountChange::SessionAttached { session, timeout, origin };
        effects.changes.push(Change::Account(attached));
    }
    while let Some((place, ended)) = state.sessions.unwritten.first() {
        let (place, (session, user, last_seen)) = (*place, ended.clone());
        state.sessions.unwritten.remove(&place);
        effects.changes.push(Change::Account(AccountChange::SessionEnded {
            session,
            user,
            last_seen,
        }));
    }
}

/// The socket of a connection is gone; its session lives on until its timeout.
pub(super) fn closed(
    state: &mut State,
    now: Now,
    id: ConnId,
    (heard, ending): (Moment, Ending),
    effects: &mut Effects,
) {
    if let Some(pending) = state.conns.pending.get_mut(&id) {
        pending.abandoned = true;
    }
    let Some(id) = detach(state, id) else { return };
    if let Some(session) = state.sessions.get_mut(id) {
        session.heard = session.heard.max(heard);
    }
    let is_last = state.conns.of_session(id).next().is_none();
    if is_last {
        rest(state, now, id);
    }
    refresh(state, now, id, Some(ending), effects);
    if is_last && end_of(state, id).is_none_or(|end| end <= now.moment) {
        end_session(state, now, id, Farewell::TimedOut, effects);
    }
    watch_others(state, now, id, effects);
}

/// The connection is none of its session any more.
fn detach(state: &mut State, id: ConnId) -> Option<SessionId> {
    let mut conn = state.conns.remove(id)?;
    state.timers.set(Timer::Conn(id), &mut conn.timer, None);
    Some(conn.session)
}

/// Without the timeout of a connection that has gone the end may be near, or here.
fn watch_others(state: &mut State, now: Now, session: SessionId, effects: &mut Effects) {
    let others: Vec<ConnId> = state.conns.of_session(session).map(|(id, _)| id).collect();
    let over = end_of(state, session).is_none_or(|end| end <= now.moment);
    for other in others {
        if over {
            ask(state, other, effects);
        } else if state.conns.get(other).is_some_and(|other| !other.asked) {
            watch(state, now, other);
        }
    }
}

/// Has the shell say when a connection was last heard, unless it is about to.
fn ask(state: &mut State, id: ConnId, effects: &mut Effects) {
    if let Some(conn) = state.conns.get_mut(id).filter(|conn| !conn.asked) {
        conn.asked = true;
        state.timers.set(Timer::Conn(id), &mut conn.timer, None);
        effects.notices.push(Notice::Ask { conn: id });
    }
}

/// Sets when to ask a connection next: when its silence would change something.
pub(super) fn watch(state: &mut State, now: Now, id: ConnId) {
    let keep_alive_timeout = state.rules.keep_alive_timeout;
    let Some(conn) = state.conns.get(id) else { return };
    let silent = matches!(conn.attention, Attention::Silent { .. });
    let next = if silent {
        now.moment.plus(SILENT_ASK_INTERVAL)
    } else {
        conn.heard.plus(keep_alive_timeout.min(conn.timeout))
    };
    // Never before now has passed: an answer that is no news must not be asked for again.
    let ends = [end_of(state, conn.session), Some(conn.heard.plus(conn.timeout))];
    let ends = ends.into_iter().flatten().filter(|end| *end > now.moment);
    let next = ends.fold(next, Moment::min).max(Moment(now.moment.0 + 1));
    if let Some(conn) = state.conns.get_mut(id) {
        state.timers.set(Timer::Conn(id), &mut conn.timer, Some(next));
    }
}

/// A session without a connection waits for its end.
fn rest(state: &mut State, now: Now, id: SessionId) {
    let end = end_of(state, id);
    if let Some(session) = state.sessions.get_mut(id) {
        state.timers.set(Timer::Session(id), &mut session.timer, end);
        session.standing.ends = end.map(|end| now.stamp.plus(end.since(now.moment)));
    }
}

/// When a session ends unless something is heard: the longest timeout of its open
/// connections counts, else that of the last one that attached.
pub(super) fn end_of(state: &State, id: SessionId) -> Option<Moment> {
    let session = state.sessions.get(id)?;
    let longest = state.conns.of_session(id).map(|(_, conn)| conn.timeout).max();
    Some(session.heard.plus(longest.unwrap_or(session.timeout)))
}

/// Works out where a session stands now, and tells if that is news.
pub(super) fn refresh(
    state: &mut State,
    now: Now,
    id: SessionId,
    ending: Option<Ending>,
    effects: &mut Effects,
) {
    let Some(session) = state.sessions.get(id) else { return };
    let user = session.user;
    let mut any = false;
    let (mut active, mut idle) = (false, false);
    for (_, conn) in state.conns.of_session(id) {
        any = true;
        match conn.attention {
            Attention::Active => active = true,
            Attention::Idle => idle = true,
            Attention::Silent { .. } => {}
        }
    }
    let (new, cause) = match (any, ending) {
        _ if active => (PresenceState::Online, PresenceCause::Connected),
        _ if idle => (PresenceState::Away, PresenceCause::Idle),
        (true, _) => (PresenceState::Away, PresenceCause::Silent),
        (false, Some(Ending::Closed)) => (PresenceState::Away, PresenceCause::ConnectionClosed),
        (false, Some(Ending::Lost)) => (PresenceState::Away, PresenceCause::ConnectionLost),
        (false, None) => (session.standing.state, session.standing.cause),
    };
    let ends = if any { None } else { session.standing.ends };
    let same = session.standing.state == new && session.standing.cause == cause;
    let since = if same { session.standing.since } else { now.stamp };
    let standing = Standing { state: new, cause, since, ends };
    if session.standing != standing
        && let Some(session) = state.sessions.get_mut(id)
    {
        session.standing = standing;
    }
    presence::touch(state, now, user, effects);
}

/// The token is void from here on, and the connections are told why.
pub(super) fn end_session(
    state: &mut State,
    now: Now,
    id: SessionId,
    farewell: Farewell,
    effects: &mut Effects,
) {
    let cause = match farewell {
        Farewell::LoggedOut => PresenceCause::LoggedOut,
        Farewell::Displaced => PresenceCause::Displaced,
        Farewell::Revoked => PresenceCause::Revoked,
        Farewell::TimedOut | Farewell::Silent => PresenceCause::TimedOut,
    };
    let conns: Vec<ConnId> = state.conns.of_session(id).map(|(conn, _)| conn).collect();
    for conn in conns {
        if let Some(mut gone) = state.conns.remove(conn) {
            state.timers.set(Timer::Conn(conn), &mut gone.timer, None);
        }
        effects.notices.push(Notice::GoAway { conn, farewell });
    }
    let Some(mut session) = state.sessions.remove(id) else { return };
    state.timers.set(Timer::Session(id), &mut session.timer, None);
    let last_seen = LastSeen { at: now.stamp, cause, device: Arc::clone(&session.device) };
    if let Some(user) = state.users.get_mut(session.user) {
        user.last_seen = Some(last_seen.clone());
    }
    if state.storage_full {
        state.sessions.write_later((id, session.user, last_seen));
    } else {
        effects.changes.push(Change::Account(AccountChange::SessionEnded {
            session: id,
            user: session.user,
            last_seen,
        }));
    }
    presence::touch(state, now, session.user, effects);
}
