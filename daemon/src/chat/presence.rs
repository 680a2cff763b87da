//! Where people stand, and telling those who share a room with them: the first change at
//! once, then at most one per user and interval; the last state wins.

use std::collections::BTreeSet;
use std::sync::Arc;

use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::limits::PRESENCES_MAX;

use super::effects::{Audience, Effects, Notice, Presence, PresenceCause, PresenceState};
use super::input::{ConnId, Moment, Now, Stamp};
use super::state::State;
use super::state::timers::Timer;

/// What was last told of somebody.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    presence: Presence,
    /// When, if it was told as a change.
    at: Option<Moment>,
    /// When to look again, if there was more to tell than the interval allows.
    timer: Option<Moment>,
}

/// Where somebody stands: the strongest of all sessions, or how they were last seen.
pub(super) fn of(state: &State, user: UserId) -> Option<Presence> {
    let account = state.users.get(user)?;
    let name = account.name.clone();
    let strongest = state
        .sessions
        .of_user(user)
        .map(|(_, session)| session)
        .max_by_key(|session| (session.standing.state, session.standing.since));
    let presence = match (strongest, &account.last_seen) {
        (Some(session), _) => Presence {
            user,
            name,
            state: session.standing.state,
            cause: session.standing.cause,
            since: session.standing.since,
            device: Arc::clone(&session.device),
            session_ends: session.standing.ends,
        },
        (None, Some(seen)) => Presence {
            since: seen.at,
            device: Arc::clone(&seen.device),
            ..offline(user, name, seen.cause)
        },
        (None, None) => offline(user, name, PresenceCause::NeverSeen),
    };
    Some(presence)
}

fn offline(user: UserId, name: parlor_proto::name::Name, cause: PresenceCause) -> Presence {
    let state = PresenceState::Offline;
    Presence {
        user,
        name,
        state,
        cause,
        since: Stamp::default(),
        device: Arc::default(),
        session_ends: None,
    }
}

/// Something may have changed for this user: tells it now, or when the interval is over.
pub(super) fn touch(state: &mut State, now: Now, user: UserId, effects: &mut Effects) {
    let Some(presence) = of(state, user) else { return };
    let interval = state.rules.presence_interval;
    let due = match state.told.get(&user) {
        // Whoever was never told of is taken for offline.
        None if presence.state == PresenceState::Offline => return,
        Some(told) if told.presence == presence => None,
        // That somebody has gone is always told at once.
        Some(_) if presence.state == PresenceState::Offline => Some(now.moment),
        Some(told) => Some(told.at.map_or(now.moment, |at| at.plus(interval))),
        None => Some(now.moment),
    };
    match due {
        Some(due) if due <= now.moment => tell(state, now, presence, effects),
        later => set_timer(state, user, later),
    }
}

/// The interval is over.
pub(super) fn due(state: &mut State, now: Now, user: UserId, effects: &mut Effects) {
    if let Some(told) = state.told.get_mut(&user) {
        told.timer = None;
    }
    touch(state, now, user, effects);
}

fn tell(state: &mut State, now: Now, presence: Presence, effects: &mut Effects) {
    let user = presence.user;
    set_timer(state, user, None);
    let rooms: Arc<[RoomId]> = state.rooms.of_user(user).collect();
    if rooms.is_empty() {
        // Nobody has been told; a room that is joined later will be.
        state.told.remove(&user);
        return;
    }
    let presences = Arc::new([presence.clone()]);
    effects.notices.push(Notice::Presence { audience: Audience::Rooms(rooms), presences });
    state.told.insert(user, Told { presence, at: Some(now.moment), timer: None });
}

fn set_timer(state: &mut State, user: UserId, at: Option<Moment>) {
    if let Some(told) = state.told.get_mut(&user) {
        state.timers.set(Timer::Presence(user), &mut told.timer, at);
    }
}

/// Tells one connection of everybody who shares one of these rooms and is not offline: what
/// the others were told, so that the next change is news to all of them alike.
pub(super) fn introduce(
    state: &State,
    conn: ConnId,
    rooms: impl IntoIterator<Item = RoomId>,
    effects: &mut Effects,
) {
    let mut known = known(state, rooms, UserId(0));
    known.retain(|presence| presence.state != PresenceState::Offline);
    tell_one(conn, &known, effects);
}

/// The same for a connection that has missed some, of users from `from` on: among these are
/// people it still takes for present who have gone. In order of users, so that whoever misses
/// some again goes on from there.
pub(super) fn introduce_again(
    state: &State,
    conn: ConnId,
    (rooms, from): (Vec<RoomId>, UserId),
    effects: &mut Effects,
) {
    tell_one(conn, &known(state, rooms, from), effects);
}

/// What was told of the members of these rooms.
fn known(state: &State, rooms: impl IntoIterator<Item = RoomId>, from: UserId) -> Vec<Presence> {
    let members = |room| state.rooms.members(room).map(|(user, _)| user);
    let people: BTreeSet<UserId> =
        rooms.into_iter().flat_map(members).filter(|user| *user >= from).collect();
    let told = people.into_iter().filter_map(|user| state.told.get(&user));
    told.map(|told| told.presence.clone()).collect()
}

fn tell_one(conn: ConnId, presences: &[Presence], effects: &mut Effects) {
    for part in presences.chunks(PRESENCES_MAX) {
        let audience = Audience::One(conn);
        effects.notices.push(Notice::Presence { audience, presences: part.into() });
    }
}

/// Tells a room of somebody who has come into it. That is no change of theirs.
pub(super) fn introduce_newcomer(
    state: &mut State,
    user: UserId,
    room: RoomId,
    effects: &mut Effects,
) {
    if !state.told.contains(&user) {
        assume_told(state, user);
    }
    let Some(told) = state.told.get(&user) else { return };
    if told.presence.state != PresenceState::Offline {
        let audience = Audience::Rooms([room].into());
        let presences = [told.presence.clone()].into();
        effects.notices.push(Notice::Presence { audience, presences });
    }
}

/// Takes for known where a user stands now; the next change is told at once.
pub(super) fn assume_told(state: &mut State, user: UserId) {
    if let Some(presence) = of(state, user) {
        state.told.insert(user, Told { presence, at: None, timer: None });
    }
}
