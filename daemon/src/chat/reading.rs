//! How far everybody has read, and what of the rest is meant for them.

use std::collections::BTreeSet;
use std::sync::Arc;

use parlor_proto::ids::{RoomId, Seq, UserId};

use super::effects::{
    Body, Change, Counts, Effects, Format, Notice, ReadMarker, Reading, ReadingChange, RoomEvent,
};
use super::input::{FoundMessage, Now};
use super::mentions::{self, Mentions};
use super::ops::room::listeners;
use super::permissions::{self, Operation};
use super::state::State;
use super::state::rooms::Room;

/// What somebody says in a room, and whom it mentions.
pub(super) fn body_of(
    state: &State,
    now: Now,
    (user, room): (UserId, RoomId),
    (text, format): (Arc<str>, Format),
) -> Body {
    let plain = Body { text, format, ..Body::default() };
    if !plain.text.contains('@') {
        return plain;
    }
    let may_call = permissions::may(state, now, user, (room, Operation::MentionRoom)).is_ok();
    let Mentions { users, everybody } = mentions::find(&plain.text, may_call, |name| {
        state.users.named(name).filter(|user| state.rooms.member(room, *user).is_some())
    });
    Body { mentions: users, mentions_room: everybody, ..plain }
}

/// A message is in the log: its author has read it, if all before it, and others have not.
pub(super) fn said(state: &mut State, event: &RoomEvent, body: &Body, effects: &mut Effects) {
    let (room, author) = (event.room, event.actor);
    let gone = state.rooms.get(room).map_or(0, |room| room.gone);
    let Some(reading) = state.rooms.reading_mut(room, author) else { return };
    let others = (event.nth - 1).saturating_sub(reading.nth.max(gone)).saturating_sub(reading.own);
    if others == 0 {
        *reading = Reading { seq: event.seq, nth: event.nth, own: 0, mentions: 0 };
    } else {
        reading.own += 1;
    }
    let reading = *reading;
    let read = ReadingChange::Read { room, user: author, reading };
    effects.changes.push(Change::Reading(read));
    if body.mentions_room || !body.mentions.is_empty() {
        meant(state, (room, event.seq, author), (&Body::default(), body));
    }
}

/// A message has another body: whoever has not read it is mentioned by what it says now.
pub(super) fn meant(
    state: &mut State,
    (room, seq, author): (RoomId, Seq, UserId),
    (before, after): (&Body, &Body),
) {
    let mut users: BTreeSet<UserId> =
        before.mentions.iter().chain(&*after.mentions).copied().collect();
    if before.mentions_room || after.mentions_room {
        users.extend(state.rooms.members(room).map(|(user, _)| user));
    }
    for user in users {
        let was = mentions(before, user, author);
        let is = mentions(after, user, author);
        if was == is || state.rooms.member(room, user).is_none_or(|m| m.reading.seq >= seq) {
            continue;
        }
        let Some(reading) = state.rooms.reading_mut(room, user) else { continue };
        reading.mentions =
            if is { reading.mentions + 1 } else { reading.mentions.saturating_sub(1) };
    }
}

/// Messages go by their age: whoever has not read them has missed nothing.
pub(super) fn gone(
    state: &mut State,
    room: RoomId,
    messages: &[FoundMessage],
    effects: &mut Effects,
) {
    let mut authors = BTreeSet::new();
    for FoundMessage { seq, author, body, .. } in messages {
        meant(state, (room, *seq, *author), (body, &Body::default()));
        let counts = |reading: &Reading| reading.seq < *seq && reading.own > 0;
        if state.rooms.member(room, *author).is_some_and(|member| counts(&member.reading))
            && let Some(reading) = state.rooms.reading_mut(room, *author)
        {
            reading.own -= 1;
            authors.insert(*author);
        }
    }
    for user in authors {
        if let Some(member) = state.rooms.member(room, user) {
            let read = ReadingChange::Read { room, user, reading: member.reading };
            effects.changes.push(Change::Reading(read));
        }
    }
}

/// Nobody is mentioned by themselves.
fn mentions(body: &Body, user: UserId, author: UserId) -> bool {
    user != author && (body.mentions_room || body.mentions.contains(&user))
}

pub(super) fn counts(room: &Room, reading: &Reading) -> Counts {
    let unread =
        room.messages.saturating_sub(reading.nth.max(room.gone)).saturating_sub(reading.own);
    let unread = u32::try_from(unread).unwrap_or(u32::MAX);
    Counts { unread, mentions: reading.mentions.min(unread) }
}

/// Tells a member's own connections how far the member has read; in a direct room also the others.
pub(super) fn tell(state: &State, (room, user): (RoomId, UserId), effects: &mut Effects) {
    let (Some(read), Some(member)) = (state.rooms.get(room), state.rooms.member(room, user)) else {
        return;
    };
    let seq = member.reading.seq;
    let mut tell = |to: UserId, counts: Option<Counts>| {
        for (conn, _) in listeners(state, to, room) {
            let marker = ReadMarker { room, user, seq, counts };
            effects.notices.push(Notice::ReadMarker { conn, marker });
        }
    };
    tell(user, Some(counts(read, &member.reading)));
    if read.name.is_none() {
        let others = state.rooms.members(room).map(|(other, _)| other);
        others.filter(|other| *other != user).for_each(|other| tell(other, None));
    }
}
