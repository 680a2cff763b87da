//! Going out of a room. The last thing heard is one's own going. Who is the last to go closes the
//! room.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, UserId};

use super::join_room::listeners;
use crate::chat::authorize::Who;
use crate::chat::effects::{
    Answer, Effects, EventKind, MemberChanged, Membership, Notice, RoomEvent,
};
use crate::chat::input::Now;
use crate::chat::ops::{log, lost};
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    who: Who,
    room: RoomId,
    effects: &mut Effects,
) -> Answer {
    if state.rooms.get(room).is_some_and(|room| room.members == 1 && !room.archived) {
        archive(state, now, (who.user, room), effects);
    }
    let Some(user) = state.users.get(who.user) else { return lost("the user") };
    let name = user.name.clone();
    state.rooms.leave(room, who.user);
    let membership = Membership::Left;
    let went = EventKind::MemberChanged(MemberChanged::plain(who.user, name, membership));
    log(state, now, room, (who.user, went), effects);
    for (conn, _) in listeners(state, who.user, room) {
        effects.notices.push(Notice::Unsubscribed { conn, room });
        effects.notices.push(Notice::RoomRemoved { conn, room });
    }
    Answer::Done
}

/// Closes a room for ever.
pub(super) fn archive(
    state: &mut State,
    now: Now,
    (user, room): (UserId, RoomId),
    effects: &mut Effects,
) -> Option<Arc<RoomEvent>> {
    state.rooms.get_mut(room)?.archived = true;
    let facts = state.rooms.facts(room)?;
    log(state, now, room, (user, EventKind::RoomChanged(facts)), effects)
}
