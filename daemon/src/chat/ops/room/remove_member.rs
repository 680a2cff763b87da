//! Putting somebody out, who may come back.

use parlor_proto::ids::{RoomId, UserId};

use super::leave_room::put_out;
use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, Membership};
use crate::chat::input::Now;
use crate::chat::ops::logged;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room, user): (Who, RoomId, UserId),
    effects: &mut Effects,
) -> Answer {
    logged(put_out(state, now, (who.user, room, user), Membership::Removed, effects))
}
