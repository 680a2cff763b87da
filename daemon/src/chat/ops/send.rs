//! Saying something in a room.

use std::sync::Arc;

use parlor_proto::ids::{ClientMessageId, RoomId};

use super::{log, lost};
use crate::chat::authorize::{First, Who};
use crate::chat::effects::{Answer, Effects, EventKind};
use crate::chat::input::Now;
use crate::chat::rules::Limited;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room): (Who, RoomId),
    (id, text): (ClientMessageId, Arc<str>),
    effects: &mut Effects,
) -> Answer {
    state.charge(now, who.user, Limited::Send);
    let said = EventKind::Message { id, text };
    match log(state, now, room, (who.user, said), effects) {
        Some(event) => Answer::Sent { seq: event.seq, at: event.at, duplicate: false },
        None => lost("the room"),
    }
}

/// The same message came before: the same answer.
pub(super) fn again(first: First) -> Answer {
    Answer::Sent { seq: first.seq, at: first.at, duplicate: true }
}
