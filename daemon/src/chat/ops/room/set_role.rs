//! Giving a member more or less power.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, UserId};

use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, EventKind, Role, RoomEvent};
use crate::chat::input::Now;
use crate::chat::ops::{log, logged, lost};
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room, user): (Who, RoomId, UserId),
    role: Role,
    effects: &mut Effects,
) -> Answer {
    let Some(member) = state.rooms.member_mut(room, user) else { return lost("the member") };
    member.role = role;
    logged(tell_place(state, now, (who.user, room, user), effects))
}

/// The room hears what a member's place is now.
pub(super) fn tell_place(
    state: &mut State,
    now: Now,
    (actor, room, user): (UserId, RoomId, UserId),
    effects: &mut Effects,
) -> Option<Arc<RoomEvent>> {
    let name = state.users.name(user)?;
    let changed = state.rooms.member_changed(room, user, name)?;
    log(state, now, room, (actor, EventKind::MemberChanged(changed)), effects)
}
