//! Who is kept out of a room, and why: for those who keep order in it.

use parlor_proto::ids::RoomId;

use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, BanFacts, RoomAnswer};
use crate::chat::input::Now;
use crate::chat::rules::Limited;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room): (Who, RoomId),
    (after, rows): (&str, u32),
) -> Answer {
    state.charge(now, who.user, Limited::List);
    let holding = state.rooms.bans(room).filter(|(_, ban)| ban.holds(now.stamp));
    let facts = holding.filter_map(|(user, ban)| {
        Some(BanFacts {
            user,
            name: state.users.name(user)?,
            issuer: ban.issuer,
            issuer_name: state.users.name(ban.issuer)?,
            reason: ban.reason.clone(),
            at: ban.at,
            until: ban.until,
        })
    });
    let mut bans: Vec<BanFacts> = facts.filter(|ban| ban.name.as_str() > after).collect();
    bans.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    let more = bans.len() > rows as usize;
    bans.truncate(rows as usize);
    Answer::Room(RoomAnswer::Bans { bans, more })
}
