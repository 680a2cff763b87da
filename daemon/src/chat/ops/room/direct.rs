//! The room of a set of people, made when the first of them says something.

use parlor_proto::ids::{RoomId, Seq, UserId};

use super::join_room::{listeners, place_of};
use crate::chat::authorize::Who;
use crate::chat::effects::{
    Effects, EventKind, HistoryRule, Notice, Role, RoomFacts, RoomRules, Visibility,
};
use crate::chat::input::Now;
use crate::chat::ops::log;
use crate::chat::presence;
use crate::chat::rules::Limited;
use crate::chat::state::State;
use crate::chat::state::rooms::Room;

/// Everybody is in it from its first event on.
pub(in crate::chat::ops) fn make(
    state: &mut State,
    now: Now,
    who: Who,
    people: &[UserId],
    effects: &mut Effects,
) -> Option<RoomId> {
    state.charge(now, who.user, Limited::CreateRoom);
    let named = people.iter().map(|user| Some((*user, state.users.name(*user)?)));
    let facts = RoomFacts {
        room: RoomId::default(),
        name: None,
        topic: "".into(),
        creator: who.user,
        created: now.stamp,
        members: 0,
        rules: RoomRules {
            visibility: Visibility::Private,
            history: HistoryRule::All,
            ..RoomRules::default()
        },
        open_from: Seq(1),
        archived: false,
        direct: named.collect::<Option<_>>()?,
    };
    let room = state.rooms.add(Room::new(facts));
    for (user, join_seq) in people.iter().zip(2..) {
        let member = place_of(state.rooms.get(room)?, Seq(join_seq), now, Role::Member);
        state.rooms.join(room, *user, member);
    }
    for user in people {
        let view = state.rooms.view(room, *user)?;
        for (conn, _) in listeners(state, *user, room) {
            effects.notices.push(Notice::RoomAdded { conn, room: view.clone() });
            let (next, head) = (Seq(1), Seq(0));
            effects.notices.push(Notice::Subscribed { conn, room, next, head });
        }
    }
    let facts = state.rooms.facts(room)?;
    log(state, now, room, (who.user, EventKind::RoomChanged(facts)), effects);
    for user in people {
        let came = state.rooms.member_changed(room, *user, state.users.name(*user)?)?;
        log(state, now, room, (who.user, EventKind::MemberChanged(came)), effects);
    }
    for user in people {
        presence::introduce_newcomer(state, *user, room, effects);
    }
    Some(room)
}
