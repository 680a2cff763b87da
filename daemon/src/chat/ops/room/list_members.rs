//! Who is in a room, and where they stand.

use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::name::Name;

use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, MemberFacts, RoomAnswer};
use crate::chat::input::Now;
use crate::chat::presence;
use crate::chat::rules::Limited;
use crate::chat::state::State;
use crate::chat::state::rooms::Member;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room): (Who, RoomId),
    presence: bool,
    (after, rows): (&str, u32),
) -> Answer {
    state.charge(now, who.user, Limited::List);
    let named = |(id, member)| {
        let name = &state.users.get(id)?.name;
        (name.as_str() > after).then_some((name, id, member))
    };
    let mut following: Vec<(&Name, UserId, &Member)> =
        state.rooms.members(room).filter_map(named).collect();
    following.sort_unstable_by_key(|(name, ..)| *name);
    let more = following.len() > rows as usize;
    let members = following
        .into_iter()
        .take(rows as usize)
        .map(|(name, user, member)| MemberFacts {
            user,
            name: name.clone(),
            display_name: state.users.display_name(user),
            join_seq: member.join_seq,
            joined: member.joined,
            presence: if presence { presence::of(state, user) } else { None },
            role: member.role,
            muted_until: member.muted_until,
        })
        .collect();
    Answer::Room(RoomAnswer::Members { members, more })
}
