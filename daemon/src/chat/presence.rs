//! Where people stand, and telling those who share a room with them: the first change at
//! once, then at most one per user and interval; the last state wins.

use std::collections::BTreeMap;
use std::sync::Arc;

use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::limits::PRESENCES_MAX;

use super::effects::{Audience, Effects, Notice, Presence, PresenceCause, PresenceState};
use super::input::{ConnId, Moment, Now, Stamp};
use super::state::State;
use super::state::timers::Timer;
use super::state::users::User;

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
            status: Arc::default(),
        },
        (None, Some(seen)) => Presence {
            since: seen.at,
            device: Arc::clone(&seen.device),
            ..offline(user, name, seen.cause)
        },
        (None, None) => offline(user, name, PresenceCause::NeverSeen),
    };
    Some(Presence { status: status_of(account), ..presence })
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
        status: Arc::default(),
    }
}

/// What the user says of it.
fn status_of(account: &User) -> Arc<str> {
    account.profile.status.as_ref().map(|status| Arc::clone(&status.text)).unwrap_or_default()
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
    let rooms: Vec<RoomId> = rooms.into_iter().collect();
    let present = |presence: &Presence| presence.state != PresenceState::Offline;
    tell_one(state, conn, (&rooms, UserId(0)), present, effects);
}

/// The same for a connection that has missed some, of users from `from` on: among these are
/// people it still takes for present who have gone.
pub(super) fn introduce_again(
    state: &State,
    conn: ConnId,
    (rooms, from): (Vec<RoomId>, UserId),
    effects: &mut Effects,
) {
    tell_one(state, conn, (&rooms, from), |_| true, effects);
}

/// What was told of the members of these rooms: one push, in order of users. However many they
/// are, the rest waits until the connection has room for it.
fn tell_one(
    state: &State,
    conn: ConnId,
    (rooms, from): (&[RoomId], UserId),
    matters: impl Fn(&Presence) -> bool,
    effects: &mut Effects,
) {
    let mut people: BTreeMap<UserId, &Presence> = BTreeMap::new();
    for room in rooms {
        let members = state.rooms.members_from(*room, from);
        let told = members.filter_map(|(user, _)| Some((user, &state.told.get(&user)?.presence)));
        people.extend(told.filter(|(_, presence)| matters(presence)).take(PRESENCES_MAX + 1));
    }
    let next = people.keys().nth(PRESENCES_MAX).copied();
    let presences: Arc<[Presence]> = people.into_values().take(PRESENCES_MAX).cloned().collect();
    if !presences.is_empty() {
        let audience = Audience::One(conn);
        effects.notices.push(Notice::Presence { audience, presences });
    }
    if let Some(from) = next {
        effects.notices.push(Notice::MorePresence { conn, from });
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
