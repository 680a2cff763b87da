//! Letting a member say nothing for a while, or speak again.

use parlor_proto::ids::{RoomId, UserId};

use super::set_role::tell_place;
use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects};
use crate::chat::input::{Now, Stamp};
use crate::chat::ops::{logged, lost};
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room, user): (Who, RoomId, UserId),
    until: Option<Stamp>,
    effects: &mut Effects,
) -> Answer {
    let Some(member) = state.rooms.member_mut(room, user) else { return lost("the member") };
    member.muted_until = until;
    logged(tell_place(state, now, (who.user, room, user), effects))
}
