//! Which rooms there are for somebody.

use parlor_proto::ids::RoomId;

use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, RoomAnswer};
use crate::chat::input::{Listing, Now};
use crate::chat::permissions::sees;
use crate::chat::rules::Limited;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    who: Who,
    Listing { after, rows, name, containing }: &Listing,
) -> Answer {
    state.charge(now, who.user, Limited::List);
    let seen = |room: &RoomId| sees(state, now, who.user, *room);
    if let Some(name) = name {
        let room = state.rooms.named(name).filter(seen);
        let found = room.and_then(|room| state.rooms.facts(room));
        return Answer::Room(RoomAnswer::List { rooms: found.into_iter().collect(), more: false });
    }
    // What is closed is of interest to those who are in it.
    let wanted = |room: &RoomId| {
        let Some(known) = state.rooms.get(*room) else { return false };
        (!known.archived || state.rooms.member(*room, who.user).is_some())
            && (containing.is_empty()
                || known.label().contains(&**containing)
                || known.topic.to_lowercase().contains(&**containing))
    };
    let mut following = state.rooms.by_name_after(after).filter(seen).filter(wanted);
    let rooms = following
        .by_ref()
        .take(*rows as usize)
        .filter_map(|room| state.rooms.facts(room))
        .collect();
    Answer::Room(RoomAnswer::List { rooms, more: following.next().is_some() })
}
