//! Coming into a room.

use parlor_proto::ids::{RoomId, Seq, UserId};

use super::ban_member::forget_ban;
use super::decline_invitation::tell_uninvited;
use crate::chat::authorize::Who;
use crate::chat::effects::{
    Answer, Effects, EventKind, HistoryRule, Notice, Preferences, Reading, Role, RoomAnswer,
};
use crate::chat::input::{ConnId, Now};
use crate::chat::ops::{log, lost};
use crate::chat::presence;
use crate::chat::rules::Limited;
use crate::chat::state::State;
use crate::chat::state::rooms::{Member, Room};

pub(super) fn run(
    state: &mut State,
    now: Now,
    who: Who,
    room: RoomId,
    effects: &mut Effects,
) -> Answer {
    state.charge(now, who.user, Limited::Join);
    if state.rooms.uninvite(room, who.user).is_some() {
        tell_uninvited(state, who.user, room, effects);
    }
    forget_ban(state, room, who.user, effects);
    enter(state, now, (who.user, Role::Member), room, effects)
}

/// Makes somebody a member.
pub(in crate::chat::ops) fn enter(
    state: &mut State,
    now: Now,
    (user, role): (UserId, Role),
    room: RoomId,
    effects: &mut Effects,
) -> Answer {
    let (Some(entered), Some(name)) = (state.rooms.get(room), state.users.name(user)) else {
        return lost("the room");
    };
    let before = entered.head;
    let join_seq = before.next();
    let member = place_of(entered, join_seq, now, role);
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

/// A newcomer's place: how far back they read is fixed by the rules as they are now.
pub(super) fn place_of(room: &Room, join_seq: Seq, now: Now, role: Role) -> Member {
    let floor = match room.rules.history {
        HistoryRule::All => room.open_from,
        // Who makes a room reads how it began.
        HistoryRule::SinceJoin if role == Role::Owner => Seq(1),
        HistoryRule::SinceJoin => join_seq,
    };
    let joined = now.stamp.max(room.head_at);
    let (muted_until, preferences) = (None, Preferences::default());
    // What was said before is not for the newcomer to catch up with.
    let reading = Reading { seq: join_seq, nth: room.messages, ..Reading::default() };
    Member { join_seq, joined, role, muted_until, floor, preferences, reading }
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
