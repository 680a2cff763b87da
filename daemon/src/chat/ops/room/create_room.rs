//! Making a room. Its maker is its first member.

use std::sync::Arc;

use parlor_proto::ids::RoomId;
use parlor_proto::name::Name;

use super::join_room;
use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, EventKind, Role, RoomFacts, RoomRules};
use crate::chat::input::Now;
use crate::chat::ops::{log, lost};
use crate::chat::rules::Limited;
use crate::chat::state::State;
use crate::chat::state::rooms::Room;

pub(super) fn run(
    state: &mut State,
    now: Now,
    who: Who,
    (name, topic, rules): (Name, Arc<str>, RoomRules),
    effects: &mut Effects,
) -> Answer {
    state.charge(now, who.user, Limited::CreateRoom);
    let facts = RoomFacts::group(RoomId::default(), name, topic, (who.user, now.stamp));
    let room = state.rooms.add(Room::new(RoomFacts { rules, ..facts }));
    let Some(facts) = state.rooms.facts(room) else { return lost("the room") };
    log(state, now, room, (who.user, EventKind::RoomChanged(facts)), effects);
    join_room::enter(state, now, (who.user, Role::Owner), room, effects)
}
