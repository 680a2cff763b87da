//! Which rooms there are.

use parlor_proto::name::Name;

use crate::chat::effects::{Answer, RoomAnswer};
use crate::chat::state::State;

pub(super) fn run(state: &State, after: &str, rows: u32, name: Option<&Name>) -> Answer {
    if let Some(name) = name {
        let found = state.rooms.named(name).and_then(|room| state.rooms.facts(room));
        return Answer::Room(RoomAnswer::List { rooms: found.into_iter().collect(), more: false });
    }
    let mut following = state.rooms.by_name_after(after);
    let rooms =
        following.by_ref().take(rows as usize).filter_map(|room| state.rooms.facts(room)).collect();
    Answer::Room(RoomAnswer::List { rooms, more: following.next().is_some() })
}
