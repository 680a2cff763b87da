//! What did I miss: every room with something unread, where people call for one first.

use std::cmp::Reverse;

use crate::chat::authorize::Who;
use crate::chat::effects::{Effects, Look, Notice, UnreadRoom};
use crate::chat::ops::Asked;
use crate::chat::reading::counts;
use crate::chat::state::State;

pub(super) fn run(state: &State, (conn, id): Asked, who: Who, effects: &mut Effects) {
    let unread = state.rooms.of_user(who.user).filter_map(|id| {
        let (room, member) = (state.rooms.get(id)?, state.rooms.member(id, who.user)?);
        let counts = counts(room, &member.reading);
        let (read_seq, head) = (member.reading.seq, room.head);
        let unread = UnreadRoom { facts: state.rooms.facts(id)?, read_seq, head, counts };
        (counts.unread > 0).then_some((room.head_at, unread))
    });
    let mut rooms: Vec<_> = unread.collect();
    // Then where something happened last.
    rooms.sort_by_key(|(at, unread)| (unread.counts.mentions == 0, Reverse(*at)));
    let rooms = rooms.into_iter().map(|(_, unread)| unread).collect();
    let look = Look::Unread { user: who.user, rooms };
    effects.notices.push(Notice::Look { conn, id, look });
}
