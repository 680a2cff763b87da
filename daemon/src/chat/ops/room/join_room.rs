//! Coming into a room.

use parlor_proto::ids::{RoomId, UserId};

use crate::chat::authorize::Who;
use crate::chat::effects::{
    Answer, Effects, EventKind, MemberChanged, Membership, Notice, RoomAnswer,
};
use crate::chat::input::{ConnId, Now};
use crate::chat::ops::{log, lost};
use crate::chat::presence;
use crate::chat::state::State;
use crate::chat::state::rooms::Member;

pub(super) fn run(
    state: &mut State,
    now: Now,
    who: Who,
    room: RoomId,
    effects: &mut Effects,
) -> Answer {
    let (Some(joined_room), Some(user)) = (state.rooms.get(room), state.users.get(who.user)) else {
        return lost("the room");
    };
    let name = user.name.clone();
    let before = joined_room.head;
    let join_seq = before.next();
    state.rooms.join(room, who.user, Member { join_seq, joined: now.stamp });

    // First the newcomer's own connections are subscribed, so that they hear the event too.
    let Some(mut view) = state.rooms.view(room, who.user) else { return lost("the room") };
    let listeners = listeners(state, who.user, room);
    for (conn, _) in &listeners {
        effects.notices.push(Notice::RoomAdded { conn: *conn, room: view.clone() });
        let subscribed = Notice::Subscribed { conn: *conn, room, next: join_seq, head: before };
        effects.notices.push(subscribed);
    }
    let membership = Membership::Joined;
    let came = EventKind::MemberChanged(MemberChanged::plain(who.user, name, membership));
    log(state, now, room, (who.user, came), effects);

    // The room learns where the newcomer stands, and the newcomer where the others stand.
    presence::introduce_newcomer(state, who.user, room, effects);
    for (conn, _) in listeners.iter().filter(|(_, presence)| *presence) {
        presence::introduce(state, *conn, [room], effects);
    }
    view.head = join_seq;
    Answer::Room(RoomAnswer::State(view))
}

/// Joining a room that one is in changes nothing.
pub(super) fn stay(state: &State, who: Who, room: RoomId) -> Answer {
    state
        .rooms
        .view(room, who.user)
        .map_or_else(|| lost("the room"), |view| Answer::Room(RoomAnswer::State(view)))
}

/// The connections of a user that want to hear of a room, and whether of presence too.
pub(super) fn listeners(state: &State, user: UserId, room: RoomId) -> Vec<(ConnId, bool)> {
    let sessions = state.sessions.of_user(user);
    sessions
        .flat_map(|(session, _)| state.conns.of_session(session))
        .filter_map(|(id, conn)| {
            let wants = conn.wants.as_ref().filter(|wants| wants.covers(room))?;
            Some((id, wants.presence))
        })
        .collect()
}
