//! Leave to read the messages that mention one, in the rooms that one is in.

use parlor_proto::ids::Seq;

use crate::chat::authorize::Who;
use crate::chat::effects::{Effects, Look, MentionBounds, MentionToken, Notice};
use crate::chat::ops::Asked;
use crate::chat::state::State;

/// Which of them.
pub(super) struct Wish {
    pub(super) from: Option<MentionToken>,
    /// Only after the read markers.
    pub(super) unread: bool,
    pub(super) rows: u32,
}

pub(super) fn run(
    state: &State,
    (conn, id): Asked,
    who: Who,
    Wish { from, unread, rows }: Wish,
    effects: &mut Effects,
) {
    let bounds = state.rooms.of_user(who.user).filter_map(|room| {
        let member = state.rooms.member(room, who.user)?;
        let ceiling = state.rooms.get(room)?.head;
        let after = if unread { member.reading.seq } else { Seq(0) };
        let after = after.max(state.rooms.floor(room, who.user)?.previous());
        Some(MentionBounds { room, after, ceiling })
    });
    let bounds = bounds.collect();
    let look = Look::Mentions { user: who.user, bounds, from, rows };
    effects.notices.push(Notice::Look { conn, id, look });
}
