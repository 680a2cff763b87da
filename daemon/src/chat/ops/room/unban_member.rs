//! Keeping somebody out no longer.

use parlor_proto::ids::{RoomId, UserId};

use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, EventKind, MemberChanged, Membership};
use crate::chat::input::Now;
use crate::chat::ops::{log_for, lost};
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room, user): (Who, RoomId, UserId),
    effects: &mut Effects,
) -> Answer {
    let Some(name) = state.users.name(user) else { return lost("the user") };
    state.rooms.unban(room, user);
    let unbanned = MemberChanged::plain(user, name, Membership::Unbanned);
    log_for(state, now, room, (who.user, EventKind::MemberChanged(unbanned)), effects)
}
