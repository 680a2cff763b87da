//! Taking a message out of the log. Its place stays, so that seqs have no gap.

use parlor_proto::ids::{RoomId, Seq};

use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, EventKind};
use crate::chat::input::Now;
use crate::chat::ops::log_for;
use crate::chat::rules::Limited;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room): (Who, RoomId),
    target: Seq,
    effects: &mut Effects,
) -> Answer {
    state.charge(now, who.user, Limited::ChangeMessage);
    let deleted = EventKind::MessageDeleted { target };
    log_for(state, now, room, (who.user, deleted), effects)
}
