//! Leave to read a page of a room's log. Who may read a room may read all of it, up to now.

use parlor_proto::ids::{RequestId, RoomId, Seq};

use crate::chat::effects::{Effects, Notice, Permit};
use crate::chat::input::{Anchor, ConnId};
use crate::chat::ops::{answer, lost};
use crate::chat::state::State;

pub(super) fn run(
    state: &State,
    (conn, id): (ConnId, RequestId),
    room: RoomId,
    (anchor, rows): (Anchor, u32),
    effects: &mut Effects,
) {
    let Some(read) = state.rooms.get(room) else {
        return answer(effects, conn, id, lost("the room"));
    };
    let permit = Permit { room, floor: Seq(1), ceiling: read.head, anchor, rows };
    effects.notices.push(Notice::Page { conn, id, permit });
}
