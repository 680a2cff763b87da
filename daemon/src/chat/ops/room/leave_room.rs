//! Going out of a room. The last thing heard is one's own going.

use parlor_proto::ids::RoomId;

use super::join_room::listeners;
use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, EventKind, MemberChanged, Membership, Notice};
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
