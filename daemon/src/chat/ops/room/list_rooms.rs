//! Which rooms there are.

use parlor_proto::name::Name;

use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, RoomAnswer};
use crate::chat::input::Now;
use crate::chat::permissions::sees;
use crate::chat::state::State;

pub(super) fn run(
    state: &State,
    now: Now,
    who: Who,
    (after, rows): (&str, u32),
    name: Option<&Name>,
) -> Answer {
    if let Some(name) = name {
        let seen = state.rooms.named(name).filter(|room| sees(state, now, who.user, *room));
        let found = seen.and_then(|room| state.rooms.facts(room));
        return Answer::Room(RoomAnswer::List { rooms: found.into_iter().collect(), more: false });
    }
    let mut following =
        state.rooms.by_name_after(after).filter(|room| sees(state, now, who.user, *room));
    let rooms =
        following.by_ref().take(rows as usize).filter_map(|room| state.rooms.facts(room)).collect();
    Answer::Room(RoomAnswer::List { rooms, more: following.next().is_some() })
}
