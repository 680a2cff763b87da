//! How one member wants to have a room, on all devices.

use parlor_proto::ids::RoomId;

use super::join_room::listeners;
use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Change, Effects, Notice, Preferences, RoomChange};
use crate::chat::input::ConnId;
use crate::chat::ops::lost;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    (who, asking): (Who, ConnId),
    room: RoomId,
    preferences: Preferences,
    effects: &mut Effects,
) -> Answer {
    let user = who.user;
    let Some(member) = state.rooms.member(room, user) else { return lost("the member") };
    // What is out of sight stays so.
    let preferences = Preferences { hidden: member.preferences.hidden, ..preferences };
    if member.preferences == preferences {
        return Answer::Done;
    }
    if let Some(member) = state.rooms.member_mut(room, user) {
        member.preferences = preferences;
    }
    effects.changes.push(Change::Room(RoomChange::Preferred { room, user, preferences }));
    for (conn, _) in listeners(state, user, room).into_iter().filter(|(conn, _)| *conn != asking) {
        effects.notices.push(Notice::PreferencesChanged { conn, room, preferences });
    }
    Answer::Done
}
