//! Making a room. Its maker is its first member.

use std::sync::Arc;

use parlor_proto::ids::Seq;
use parlor_proto::name::Name;

use super::{join_room, log, lost};
use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, EventKind};
use crate::chat::input::{Now, Stamp};
use crate::chat::rules::Limited;
use crate::chat::state::State;
use crate::chat::state::rooms::Room;

pub(super) fn run(
    state: &mut State,
    now: Now,
    who: Who,
    (name, topic): (Name, Arc<str>),
    effects: &mut Effects,
) -> Answer {
    state.charge(now, who.user, Limited::CreateRoom);
    let room = state.rooms.add(Room {
        name,
        topic,
        creator: who.user,
        created: now.stamp,
        head: Seq(0),
        head_at: Stamp::default(),
        members: 0,
    });
    let Some(facts) = state.rooms.facts(room) else { return lost("the room") };
    log(state, now, room, (who.user, EventKind::RoomChanged(facts)), effects);
    join_room::run(state, now, who, room, effects)
}
