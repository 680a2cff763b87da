//! Which rooms there are for somebody.

use parlor_proto::ids::RoomId;

use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, RoomAnswer, RoomFacts, RoomPlace};
use crate::chat::input::{Listing, Now};
use crate::chat::permissions::{called, sees};
use crate::chat::rules::Limited;
use crate::chat::state::State;
use crate::chat::state::rooms::Room;

/// Rooms that are looked at for one page; then whoever asks may go on.
const ROOMS_LOOKED_AT_MAX: usize = 1_000;

pub(super) fn run(state: &mut State, now: Now, who: Who, listing: &Listing) -> Answer {
    state.charge(now, who.user, Limited::List);
    let (rooms, next) = match &listing.name {
        Some(name) => {
            let called = called(state, now, who.user, name).into_iter();
            (called.filter_map(|room| state.rooms.facts(room)).collect(), None)
        }
        None => page(state, now, who, listing),
    };
    Answer::Room(RoomAnswer::List { rooms, next })
}

fn page(
    state: &State,
    now: Now,
    who: Who,
    Listing { after, rows, containing, .. }: &Listing,
) -> (Vec<RoomFacts>, Option<RoomPlace>) {
    let mut page = Vec::new();
    let mut last = after.clone();
    let following = state.rooms.following((who.user, state.is_admin(who.user)), after);
    for (looked_at, place) in following.enumerate() {
        if looked_at == ROOMS_LOOKED_AT_MAX {
            return (page, Some(last));
        }
        let room = state.rooms.get(place.1);
        let is_wanted = room.is_some_and(|room| is_wanted(state, who, (place.1, room), containing));
        if is_wanted && sees(state, now, who.user, place.1) {
            if page.len() == *rows as usize {
                return (page, Some(last));
            }
            page.extend(state.rooms.facts(place.1));
        }
        last = place;
    }
    (page, None)
}

/// What is closed is of interest to those who are in it.
fn is_wanted(state: &State, who: Who, (id, room): (RoomId, &Room), containing: &str) -> bool {
    (!room.archived || state.rooms.member(id, who.user).is_some())
        && (containing.is_empty()
            || room.label().contains(containing)
            || room.topic.to_lowercase().contains(containing))
}
