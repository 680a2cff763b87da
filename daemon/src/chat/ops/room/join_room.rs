//! Coming into a room.

use parlor_proto::ids::{RoomId, UserId};

use crate::chat::authorize::Who;
use crate::chat::effects::{
    Answer, Effects, EventKind, HistoryRule, Notice, Preferences, Reading, Role, RoomAnswer,
};
use crate::chat::input::{ConnId, Now};
use crate::chat::ops::{log, lost};
use crate::chat::presence;
use crate::chat::state::State;
use crate::chat::state::rooms::Member;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (user, role): (UserId, Role),
    room: RoomId,
    effects: &mut Effects,
) -> Answer {
    let (Some(joined_room), Some(account)) = (state.rooms.get(room), state.users.get(user)) else {
        return lost("the room");
    };
    let name = account.name.clone();
    let before = joined_room.head;
    let join_seq = before.next();
    let floor = match joined_room.rules.history {
        HistoryRule::All => joined_room.open_from,
        HistoryRule::SinceJoin => join_seq,
    };
    // What was said before is not for the newcomer to catch up with.
    let reading = Reading { seq: join_seq, nth: joined_room.messages, ..Reading::default() };
    let (joined, muted_until, preferences) = (now.stamp, None, Preferences::default());
    let member = Member { join_seq, joined, role, muted_until, floor, preferences, reading };
    state.rooms.join(room, user, member);
    let Some(came) = state.rooms.member_changed(room, user, name) else { return lost("the room") };

    // First the newcomer's own connections are subscribed, so that they hear the event too.
    let Some(mut view) = state.rooms.view(room, user) else { return lost("the room") };
    let listeners = listeners(state, user, room);
    for (conn, _) in &listeners {
        effects.notices.push(Notice::RoomAdded { conn: *conn, room: view.clone() });
        let subscribed = Notice::Subscribed { conn: *conn, room, next: join_seq, head: before };
        effects.notices.push(subscribed);
    }
    log(state, now, room, (user, EventKind::MemberChanged(came)), effects);

    // The room learns where the newcomer stands, and the newcomer where the others stand.
    presence::introduce_newcomer(state, user, room, effects);
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
pub(in crate::chat) fn listeners(state: &State, user: UserId, room: RoomId) -> Vec<(ConnId, bool)> {
    let sessions = state.sessions.of_user(user);
    sessions
        .flat_map(|(session, _)| state.conns.of_session(session))
        .filter_map(|(id, conn)| {
            let wants = conn.wants.as_ref().filter(|wants| wants.covers(room))?;
            Some((id, wants.presence))
        })
        .collect()
}
