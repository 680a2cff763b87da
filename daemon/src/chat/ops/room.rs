//! Rooms and the people in them.

use crate::chat::authorize::RoomAction;
use crate::chat::effects::{Answer, Effects};
use crate::chat::input::Now;
use crate::chat::state::State;

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
        RoomAction::Join { who, room } => join_room::run(state, now, who, room, effects),
        RoomAction::Stay { who, room } => join_room::stay(state, who, room),
        RoomAction::Leave { who, room } => leave_room::run(state, now, who, room, effects),
        RoomAction::List { after, rows, name } => {
            list_rooms::run(state, &after, rows, name.as_ref())
        }
        RoomAction::ListMembers { room, after, rows } => {
            list_members::run(state, room, &after, rows)
        }
    }
}
