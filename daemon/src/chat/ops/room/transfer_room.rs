//! Giving a room to somebody else in it.

use parlor_proto::ids::{RoomId, UserId};

use super::set_role::tell_place;
use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, Role};
use crate::chat::input::Now;
use crate::chat::ops::{logged, lost};
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room, user): (Who, RoomId, UserId),
    effects: &mut Effects,
) -> Answer {
    for (user, role) in [(who.user, Role::Moderator), (user, Role::Owner)] {
        let Some(member) = state.rooms.member_mut(room, user) else { return lost("the member") };
        member.role = role;
        if role == Role::Owner {
            member.muted_until = None;
        }
    }
    tell_place(state, now, (who.user, room, who.user), effects);
    logged(tell_place(state, now, (who.user, room, user), effects))
}
