//! What did I miss: every room with something unread, where people call for one first.

use std::cmp::Reverse;

use parlor_proto::ids::RoomId;

use crate::chat::authorize::Who;
use crate::chat::effects::{Effects, Look, Notice, UnreadPlace, UnreadRoom};
use crate::chat::ops::Asked;
use crate::chat::reading::counts;
use crate::chat::rules::UNREAD_ROOMS_MAX;
use crate::chat::state::State;

pub(super) fn run(
    state: &State,
    (conn, id): Asked,
    who: Who,
    after: Option<UnreadPlace>,
    effects: &mut Effects,
) {
    let of_user = state.rooms.of_user(who.user).filter_map(|room| place(state, who, room));
    let mut places: Vec<_> =
        of_user.filter(|place| after.is_none_or(|after| *place > after)).collect();
    places.sort_unstable();
    let more = places.len() > UNREAD_ROOMS_MAX;
    places.truncate(UNREAD_ROOMS_MAX);
    let next = places.last().copied().filter(|_| more);
    let rooms = places.iter().filter_map(|place| unread(state, who, place.room)).collect();
    let look = Look::Unread { user: who.user, rooms, next };
    effects.notices.push(Notice::Look { conn, id, look });
}

/// Of a room with something unread.
fn place(state: &State, who: Who, id: RoomId) -> Option<UnreadPlace> {
    let (room, member) = (state.rooms.get(id)?, state.rooms.member(id, who.user)?);
    let counts = counts(room, &member.reading);
    let (is_quiet, at) = (counts.mentions == 0, Reverse(room.head_at));
    (counts.unread > 0).then_some(UnreadPlace { is_quiet, at, room: id })
}

fn unread(state: &State, who: Who, id: RoomId) -> Option<UnreadRoom> {
    let (room, member) = (state.rooms.get(id)?, state.rooms.member(id, who.user)?);
    let counts = counts(room, &member.reading);
    let (read_seq, head) = (member.reading.seq, room.head);
    Some(UnreadRoom { facts: state.rooms.facts(id)?, read_seq, head, counts })
}
