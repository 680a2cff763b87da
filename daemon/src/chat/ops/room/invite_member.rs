//! Letting somebody in: they see the room from here on, and may join it.

use parlor_proto::ids::{RoomId, UserId};

use super::ban_member::forget_ban;
use super::join_room::listeners;
use crate::chat::authorize::Who;
use crate::chat::effects::{
    Answer, Effects, EventKind, InvitationFacts, MemberChanged, Membership, Notice,
};
use crate::chat::input::Now;
use crate::chat::ops::{log, logged, lost};
use crate::chat::rules::Limited;
use crate::chat::state::State;
use crate::chat::state::rooms::Invited;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room, user): (Who, RoomId, UserId),
    effects: &mut Effects,
) -> Answer {
    let Some(name) = state.users.name(user) else { return lost("the user") };
    state.charge(now, who.user, Limited::Invite);
    forget_ban(state, room, user, effects);
    let invited = MemberChanged::plain(user, name, Membership::Invited);
    let event = log(state, now, room, (who.user, EventKind::MemberChanged(invited)), effects);
    let at = event.as_ref().map_or(now.stamp, |event| event.at);
    state.rooms.invite(room, user, Invited { by: who.user, at });
    let told = invitation(state, room, user);
    for (conn, _) in listeners(state, user, room) {
        let told = told.iter().cloned();
        effects.notices.extend(told.map(|invitation| Notice::Invited { conn, invitation }));
    }
    logged(event)
}

/// All that somebody may join by invitation.
pub(in crate::chat::ops) fn invitations(state: &State, user: UserId) -> Vec<InvitationFacts> {
    let rooms = state.rooms.invited_to(user);
    rooms.filter_map(|room| invitation(state, room, user)).collect()
}

fn invitation(state: &State, room: RoomId, user: UserId) -> Option<InvitationFacts> {
    let Invited { by, at } = *state.rooms.invitation(room, user)?;
    let (facts, by_name) = (state.rooms.facts(room)?, state.users.name(by)?);
    Some(InvitationFacts { room: facts, by, by_name, at })
}
