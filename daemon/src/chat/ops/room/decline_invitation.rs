//! An invitation is refused, or taken back.

use parlor_proto::ids::{RoomId, UserId};

use super::join_room::listeners;
use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, EventKind, MemberChanged, Membership, Notice};
use crate::chat::input::Now;
use crate::chat::ops::{log, logged, lost};
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room, user): (Who, RoomId, UserId),
    effects: &mut Effects,
) -> Answer {
    let Some(name) = state.users.name(user) else { return lost("the user") };
    state.rooms.uninvite(room, user);
    let declined = MemberChanged::plain(user, name, Membership::Declined);
    let event = log(state, now, room, (who.user, EventKind::MemberChanged(declined)), effects);
    tell_uninvited(state, user, room, effects);
    logged(event)
}

/// All connections of somebody whose invitation holds no longer.
pub(super) fn tell_uninvited(state: &State, user: UserId, room: RoomId, effects: &mut Effects) {
    for (conn, _) in listeners(state, user, room) {
        effects.notices.push(Notice::Uninvited { conn, room });
    }
}
