//! Closing a room for ever: it can only be read and left.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, Seq, UserId};

use super::decline_invitation::tell_uninvited;
use super::leave_room::put_out;
use crate::chat::authorize::Who;
use crate::chat::effects::{
    Answer, Change, Effects, EventKind, Logged, Membership, RoomChange, RoomEvent,
};
use crate::chat::input::Now;
use crate::chat::ops::{log, logged};
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    who: Who,
    room: RoomId,
    effects: &mut Effects,
) -> Answer {
    let event = archive(state, now, (who.user, room), effects);
    let is_in = state.rooms.member(room, who.user).is_some();
    // How much has been said is for those who may read it.
    let of_others = event.as_ref().filter(|_| !is_in);
    match of_others {
        Some(event) => Answer::Logged(Logged { seq: Seq(0), at: event.at }),
        None => logged(event),
    }
}

/// Nobody can come in any more, so that invitations are void; webhooks have nothing left to do.
pub(super) fn archive(
    state: &mut State,
    now: Now,
    (user, room): (UserId, RoomId),
    effects: &mut Effects,
) -> Option<Arc<RoomEvent>> {
    let webhooks: Vec<UserId> = state.webhooks.of_room(room).collect();
    for webhook in webhooks {
        put_out(state, now, (user, room, webhook), Membership::Removed, effects);
    }
    state.rooms.get_mut(room)?.archived = true;
    let facts = state.rooms.facts(room)?;
    let event = log(state, now, room, (user, EventKind::RoomChanged(facts)), effects);
    let invited: Vec<UserId> = state.rooms.invited(room).collect();
    if !invited.is_empty() {
        effects.changes.push(Change::Room(RoomChange::InvitationsVoid { room }));
    }
    for user in invited {
        state.rooms.uninvite(room, user);
        tell_uninvited(state, user, room, effects);
    }
    event
}
