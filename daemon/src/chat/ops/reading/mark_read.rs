//! Saying how far one has read. The marker never goes back, and not beyond the head.

use parlor_proto::ids::{RoomId, Seq};

use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Change, Effects, Reading, ReadingChange};
use crate::chat::input::{Now, Passed};
use crate::chat::ops::lost;
use crate::chat::reading;
use crate::chat::rules::Limited;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room): (Who, RoomId),
    (seq, passed): (Seq, Passed),
    effects: &mut Effects,
) -> Answer {
    let user = who.user;
    let Some(read) = state.rooms.get(room) else { return lost("the room") };
    let (head, messages) = (read.head, read.messages);
    let Some(was) = state.rooms.member(room, user).map(|member| member.reading) else {
        return lost("the member");
    };
    let reading = if seq >= head {
        Reading { seq: head, nth: messages, own: 0, mentions: 0 }
    } else {
        Reading {
            seq,
            nth: passed.nth.max(was.nth), // Events may have gone by their age.
            own: was.own.saturating_sub(passed.own),
            mentions: was.mentions.saturating_sub(passed.mentions),
        }
    };
    if reading.seq <= was.seq {
        return Answer::Done;
    }
    state.charge(now, user, Limited::Mark);
    if let Some(member) = state.rooms.reading_mut(room, user) {
        *member = reading;
    }
    effects.changes.push(Change::Reading(ReadingChange::Read { room, user, reading }));
    reading::tell(state, (room, user), effects);
    Answer::Done
}
