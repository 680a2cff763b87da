//! What one has read, and what not.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, Seq, UserId};

use super::{Asked, answer};
use crate::chat::authorize::ReadingAction;
use crate::chat::effects::{Answer, Change, Effects, NamedCursor, ReadingAnswer, ReadingChange};
use crate::chat::input::Now;
use crate::chat::rules::Limited;
use crate::chat::state::State;

mod list_mentions;
mod list_unread;
mod mark_read;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): Asked,
    action: ReadingAction,
    effects: &mut Effects,
) {
    let done = match action {
        ReadingAction::MarkRead { who, room, seq, passed } => {
            mark_read::run(state, now, (who, room), (seq, passed), effects)
        }
        ReadingAction::Settled => Answer::Done,
        ReadingAction::ListUnread { who, after } => {
            state.charge(now, who.user, Limited::Page);
            return list_unread::run(state, (conn, id), who, after, effects);
        }
        ReadingAction::ListMentions { who, from, unread, rows } => {
            state.charge(now, who.user, Limited::Page);
            let wish = list_mentions::Wish { from, unread, rows };
            return list_mentions::run(state, (conn, id), who, wish, effects);
        }
        ReadingAction::SetCursor { who, cursor } => {
            set_cursor(state, now, who.user, cursor, effects)
        }
        ReadingAction::Cursors { who, cursors } => {
            let is_in = |cursor: &NamedCursor| state.rooms.member(cursor.room, who.user).is_some();
            let cursors = cursors.into_iter().filter(is_in).collect();
            Answer::Reading(ReadingAnswer::Cursors { epoch: state.epoch, cursors })
        }
        ReadingAction::RemoveCursor { who, name } => {
            state.charge(now, who.user, Limited::Mark);
            let removed = ReadingChange::CursorsRemoved { user: who.user, name };
            effects.changes.push(Change::Reading(removed));
            Answer::Done
        }
    };
    answer(effects, conn, id, done);
}

/// The core holds no cursors: they are looked up when they are asked for.
fn set_cursor(
    state: &mut State,
    now: Now,
    user: UserId,
    (name, room, seq): (Arc<str>, RoomId, Seq),
    effects: &mut Effects,
) -> Answer {
    state.charge(now, user, Limited::Mark);
    let cursor = NamedCursor { name, room, seq, at: now.stamp };
    effects.changes.push(Change::Reading(ReadingChange::CursorSet { user, cursor }));
    Answer::Done
}
