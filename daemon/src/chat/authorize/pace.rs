//! How often a member may say something in one room: slow mode, and the wait of newcomers.

use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::RoomId;

use super::Who;
use crate::chat::effects::{Denial, Role};
use crate::chat::input::Now;
use crate::chat::state::State;

/// Those who keep order in the room wait for nothing.
pub(super) fn has_waited(state: &State, now: Now, who: Who, room: RoomId) -> Result<(), Denial> {
    let (Some(spoken_in), Some(member)) =
        (state.rooms.get(room), state.rooms.member(room, who.user))
    else {
        return Ok(());
    };
    if member.role != Role::Member {
        return Ok(());
    }
    let cooldown = spoken_in.rules.cooldown;
    let as_newcomer = cooldown.saturating_sub(now.stamp.since(member.joined));
    if !as_newcomer.is_zero() {
        return Err(wait(as_newcomer, "you have only just joined this room"));
    }
    let spoke = state.spoke.get(&(room, who.user));
    let slow_mode = spoken_in.rules.slow_mode;
    let in_turn =
        spoke.map_or(Duration::ZERO, |at| slow_mode.saturating_sub(now.moment.since(*at)));
    if !in_turn.is_zero() {
        return Err(wait(in_turn, "this room is in slow mode"));
    }
    Ok(())
}

fn wait(retry_after: Duration, message: &str) -> Denial {
    Denial { retry_after, ..Denial::new(Reason::SlowMode, message) }
}
