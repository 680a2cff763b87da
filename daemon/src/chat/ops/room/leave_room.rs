//! Going out of a room. The last thing heard is one's own going. Who is the last to go closes the
//! room.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, UserId};

use super::archive_room::archive;
use super::join_room::listeners;
use crate::chat::authorize::Who;
use crate::chat::effects::{
    Answer, Effects, EventKind, MemberChanged, Membership, Notice, RoomEvent,
};
use crate::chat::input::Now;
use crate::chat::ops::webhook::void;
use crate::chat::ops::{log, lost};
use crate::chat::permissions::{self, Operation};
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    who: Who,
    room: RoomId,
    effects: &mut Effects,
) -> Answer {
    let is_open = state.rooms.get(room).is_some_and(|room| !room.archived);
    if is_open && state.people_in(room) == 1 {
        archive(state, now, (who.user, room), effects);
    }
    match put_out(state, now, (who.user, room, who.user), Membership::Left, effects) {
        Some(_) => Answer::Done,
        None => lost("the room"),
    }
}

/// Somebody is in the room no longer, or was not in it; `membership` says what it is called.
/// Nothing that comes after this reaches them. A webhook without its room is none.
pub(in crate::chat::ops) fn put_out(
    state: &mut State,
    now: Now,
    (actor, room, user): (UserId, RoomId, UserId),
    membership: Membership,
    effects: &mut Effects,
) -> Option<Arc<RoomEvent>> {
    if state.webhooks.get(user).is_some_and(|webhook| webhook.room == room) {
        void(state, now, user, effects);
    }
    let was_in = state.rooms.member(room, user).is_some();
    let went = MemberChanged::plain(user, state.users.name(user)?, membership);
    state.rooms.leave(room, user);
    let event = log(state, now, room, (actor, EventKind::MemberChanged(went)), effects);
    let read = permissions::may(state, now, user, (room, Operation::Read));
    if let (true, Err(denial)) = (was_in, read) {
        effects.notices.push(Notice::Lost { user, room, denial });
    }
    for (conn, _) in listeners(state, user, room).into_iter().filter(|_| was_in) {
        effects.notices.push(Notice::Unsubscribed { conn, room });
        effects.notices.push(Notice::RoomRemoved { conn, room, cause: membership });
    }
    event
}
