//! Leave to see who reacts to a message.

use parlor_proto::ids::{RoomId, Seq};

use crate::chat::effects::{Effects, Look, Notice};
use crate::chat::ops::Asked;

pub(super) fn run(
    (conn, id): Asked,
    (room, target): (RoomId, Seq),
    (skip, rows): (u32, u32),
    effects: &mut Effects,
) {
    let look = Look::Reactions { room, target, skip, rows };
    effects.notices.push(Notice::Look { conn, id, look });
}
