//! Putting somebody out, or not letting them in, and keeping them out.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, UserId};

use super::decline_invitation::tell_uninvited;
use super::leave_room::put_out;
use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Change, Effects, Membership, RoomChange};
use crate::chat::input::{Now, Stamp};
use crate::chat::ops::{logged, lost};
use crate::chat::state::State;
use crate::chat::state::rooms::Ban;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room, user): (Who, RoomId, UserId),
    (reason, until): (Arc<str>, Option<Stamp>),
    effects: &mut Effects,
) -> Answer {
    forget_those_that_are_over(state, now, room, effects);
    if state.rooms.uninvite(room, user).is_some() {
        tell_uninvited(state, user, room, effects);
    }
    let Some(at) = state.rooms.get(room).map(|room| now.stamp.max(room.head_at)) else {
        return lost("the room");
    };
    let issuer = who.user;
    let ban = Ban { issuer, reason: Arc::clone(&reason), at, until };
    // First, so that who goes is told what holds for who is kept out.
    state.rooms.keep_out(room, user, ban);
    let event = put_out(state, now, (issuer, room, user), Membership::Banned, effects);
    let banned = RoomChange::Banned { room, user, issuer, reason, at, until };
    effects.changes.push(Change::Room(banned));
    logged(event)
}

/// Bans are looked through when there is another: only then are there more of them.
fn forget_those_that_are_over(state: &mut State, now: Now, room: RoomId, effects: &mut Effects) {
    let over: Vec<UserId> = state
        .rooms
        .bans(room)
        .filter(|(_, ban)| !ban.holds(now.stamp))
        .map(|(user, _)| user)
        .collect();
    for user in over {
        forget_ban(state, room, user, effects);
    }
}

/// If there is one, which holds no longer.
pub(in crate::chat::ops) fn forget_ban(
    state: &mut State,
    room: RoomId,
    user: UserId,
    effects: &mut Effects,
) {
    if state.rooms.unban(room, user).is_some() {
        effects.changes.push(Change::Room(RoomChange::BanForgotten { room, user }));
    }
}
