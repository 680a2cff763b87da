//! Leave to read a page of a room's log. A member reads from their floor on, up to now.

use parlor_proto::ids::{RequestId, RoomId};

use crate::chat::authorize::Who;
use crate::chat::effects::{Effects, Notice, Permit};
use crate::chat::input::{Anchor, ConnId};
use crate::chat::ops::{answer, lost};
use crate::chat::state::State;

pub(super) fn run(
    state: &State,
    (conn, id): (ConnId, RequestId),
    (who, room): (Who, RoomId),
    (anchor, rows): (Anchor, u32),
    effects: &mut Effects,
) {
    let (Some(read), Some(member)) = (state.rooms.get(room), state.rooms.member(room, who.user))
    else {
        return answer(effects, conn, id, lost("the room"));
    };
    let permit =
        Permit { room, floor: member.floor.max(read.first), ceiling: read.head, anchor, rows };
    effects.notices.push(Notice::Page { conn, id, permit });
}
