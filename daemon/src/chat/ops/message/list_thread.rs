//! Leave to read what was said in a thread.

use parlor_proto::ids::{RoomId, Seq};

use crate::chat::authorize::Who;
use crate::chat::effects::{Effects, Look, Notice, Permit};
use crate::chat::input::Anchor;
use crate::chat::ops::{Asked, answer, lost};
use crate::chat::state::State;

pub(super) fn run(
    state: &State,
    (conn, id): Asked,
    (who, room, root): (Who, RoomId, Seq),
    (after, rows): (Seq, u32),
    effects: &mut Effects,
) {
    let (Some(read), Some(floor)) = (state.rooms.get(room), state.rooms.floor(room, who.user))
    else {
        return answer(effects, conn, id, lost("the room"));
    };
    let (ceiling, anchor) = (read.head, Anchor::After(after));
    let look = Look::Thread { permit: Permit { room, floor, ceiling, anchor, rows }, root };
    effects.notices.push(Notice::Look { conn, id, look });
}
