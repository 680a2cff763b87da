//! Leaving a direct room. Its people stay the same, so it only goes out of sight, with all that is
//! unread in it, and comes back with the next message.

use parlor_proto::ids::{RoomId, UserId};

use super::join_room::listeners;
use crate::chat::authorize::Who;
use crate::chat::effects::{
    Answer, Change, Effects, Membership, Notice, Preferences, Reading, ReadingChange, RoomChange,
    RoomKind,
};
use crate::chat::ops::lost;
use crate::chat::state::State;

pub(super) fn run(state: &mut State, who: Who, room: RoomId, effects: &mut Effects) -> Answer {
    let user = who.user;
    let Some((seq, nth)) = state.rooms.get(room).map(|room| (room.head, room.messages)) else {
        return lost("the room");
    };
    if !set_hidden(state, (room, user), true, effects) {
        return Answer::Done;
    }
    if let Some(reading) = state.rooms.reading_mut(room, user) {
        *reading = Reading { seq, nth, ..Reading::default() };
        let read = ReadingChange::Read { room, user, reading: *reading };
        effects.changes.push(Change::Reading(read));
    }
    for (conn, _) in listeners(state, user, room) {
        effects.notices.push(Notice::Unsubscribed { conn, room });
        effects.notices.push(Notice::RoomRemoved { conn, room, cause: Membership::Left });
    }
    Answer::Done
}

/// Somebody is about to write in a room: it is in sight of everybody again.
pub(in crate::chat::ops) fn show(state: &mut State, room: RoomId, effects: &mut Effects) {
    if state.rooms.get(room).is_none_or(|room| room.kind() != RoomKind::Direct) {
        return;
    }
    let members: Vec<UserId> = state.rooms.members(room).map(|(user, _)| user).collect();
    for user in members {
        if !set_hidden(state, (room, user), false, effects) {
            continue;
        }
        let Some(view) = state.rooms.view(room, user) else { continue };
        for (conn, _) in listeners(state, user, room) {
            let (next, head) = (view.head.next(), view.head);
            effects.notices.push(Notice::RoomAdded { conn, room: view.clone() });
            effects.notices.push(Notice::Subscribed { conn, room, next, head });
        }
    }
}

/// Says whether it was otherwise.
fn set_hidden(
    state: &mut State,
    (room, user): (RoomId, UserId),
    hidden: bool,
    effects: &mut Effects,
) -> bool {
    if state.rooms.member(room, user).is_none_or(|member| member.preferences.hidden == hidden) {
        return false;
    }
    let Some(member) = state.rooms.member_mut(room, user) else { return false };
    let preferences = Preferences { hidden, ..member.preferences };
    member.preferences = preferences;
    effects.changes.push(Change::Room(RoomChange::Preferred { room, user, preferences }));
    true
}
