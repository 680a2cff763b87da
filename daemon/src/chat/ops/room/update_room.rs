//! Another name, topic or rules for a room.

use parlor_proto::ids::RoomId;

use super::join_room::stay;
use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, EventKind, HistoryRule, RoomRules, Visibility};
use crate::chat::input::{Now, RoomUpdate};
use crate::chat::ops::log;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room): (Who, RoomId),
    RoomUpdate { name, topic, rules }: RoomUpdate,
    effects: &mut Effects,
) -> Answer {
    let before = state.rooms.facts(room);
    state.rooms.change(room, |changed| {
        if name.is_some() {
            changed.name = name;
        }
        if let Some(topic) = topic {
            changed.topic = topic;
        }
        if let Some(rules) = rules {
            if uncovers(&changed.rules, &rules) {
                changed.open_from = changed.head.next();
            }
            changed.rules = rules;
        }
    });
    let after = state.rooms.facts(room);
    if let Some(facts) = after.filter(|after| before.as_ref() != Some(after)) {
        log(state, now, room, (who.user, EventKind::RoomChanged(facts)), effects);
    }
    stay(state, who, room)
}

/// What was said to few must not be read by many because the rules are others now.
fn uncovers(before: &RoomRules, after: &RoomRules) -> bool {
    let opens = before.history == HistoryRule::SinceJoin && after.history == HistoryRule::All;
    let shows = before.visibility == Visibility::Private && after.visibility == Visibility::Public;
    opens || shows
}
