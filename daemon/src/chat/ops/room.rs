//! Rooms and the people in them.

use crate::chat::authorize::RoomAction;
use crate::chat::effects::{Answer, Effects, Role};
use crate::chat::input::Now;
use crate::chat::state::State;

pub(in crate::chat) use self::join_room::listeners;

mod create_room;
mod join_room;
mod leave_room;
mod list_members;
mod list_rooms;

pub(super) fn run(
    state: &mut State,
    now: Now,
    action: RoomAction,
    effects: &mut Effects,
) -> Answer {
    match action {
        RoomAction::Create { who, name, topic } => {
            create_room::run(state, now, who, (name, topic), effects)
        }
        RoomAction::Join { who, room } => {
            // Nobody owns what everybody had left before leaving closed a room.
            let is_empty = state.rooms.get(room).is_some_and(|room| room.members == 0);
            let role = if is_empty { Role::Owner } else { Role::Member };
            join_room::run(state, now, (who.user, role), room, effects)
        }
        RoomAction::Stay { who, room } => join_room::stay(state, who, room),
        RoomAction::Leave { who, room } => leave_room::run(state, now, who, room, effects),
        RoomAction::List { who, after, rows, name } => {
            list_rooms::run(state, now, who, (&after, rows), name.as_ref())
        }
        RoomAction::ListMembers { room, presence, after, rows } => {
            list_members::run(state, room, presence, &after, rows)
        }
    }
}
