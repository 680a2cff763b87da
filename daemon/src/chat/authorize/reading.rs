//! Who may say what they have read, and ask what they have missed. Everybody may, of their own.

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::limits::CURSORS_MAX;

use super::{Who, has_storage, is_within_rate, may, somebody};
use crate::chat::effects::{Denial, MentionToken, NamedCursor, UnreadPlace};
use crate::chat::input::{ConnId, Found, Now, Passed, ReadingRequest};
use crate::chat::permissions::Operation;
use crate::chat::rules::Limited;
use crate::chat::state::State;

#[derive(Debug)]
pub(in crate::chat) enum ReadingAction {
    MarkRead {
        who: Who,
        room: RoomId,
        seq: Seq,
        passed: Passed,
    },
    /// It has been read or forgotten already.
    Settled,
    ListUnread {
        who: Who,
        after: Option<UnreadPlace>,
    },
    ListMentions {
        who: Who,
        from: Option<MentionToken>,
        unread: bool,
        rows: u32,
    },
    SetCursor {
        who: Who,
        cursor: (Arc<str>, RoomId, Seq),
    },
    Cursors {
        who: Who,
        cursors: Vec<NamedCursor>,
    },
    RemoveCursor {
        who: Who,
        name: Arc<str>,
    },
}

pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    (request, found): (ReadingRequest, Found),
) -> Result<ReadingAction, Denial> {
    Ok(match request {
        ReadingRequest::MarkRead { room, seq } => {
            let who = may(state, now, conn, (room, Operation::MarkRead))?;
            if state.rooms.member(room, who.user).is_none_or(|member| member.reading.seq >= seq) {
                return Ok(ReadingAction::Settled);
            }
            may_keep(state, now, who)?;
            let passed = if let Found::Passed(passed) = found { passed } else { Passed::default() };
            ReadingAction::MarkRead { who, room, seq, passed }
        }
        ReadingRequest::ListUnread { after } => {
            let who = somebody(state, conn)?;
            is_within_rate(state, now, who, Limited::Page)?;
            ReadingAction::ListUnread { who, after }
        }
        ReadingRequest::ListMentions { from, unread, rows } => {
            let who = somebody(state, conn)?;
            is_within_rate(state, now, who, Limited::Page)?;
            ReadingAction::ListMentions { who, from, unread, rows }
        }
        ReadingRequest::SetCursor { name, room, seq } => {
            let who = may(state, now, conn, (room, Operation::Read))?;
            let kept = kept(found);
            let is_there = |cursor: &NamedCursor| (&cursor.name, cursor.room) == (&name, room);
            if kept.len() >= CURSORS_MAX && !kept.iter().any(is_there) {
                let message = format!("a user has at most {CURSORS_MAX} cursors: remove some");
                return Err(Denial::new(Reason::LimitExceeded, message));
            }
            may_keep(state, now, who)?;
            ReadingAction::SetCursor { who, cursor: (name, room, seq) }
        }
        ReadingRequest::GetCursors { .. } => {
            ReadingAction::Cursors { who: somebody(state, conn)?, cursors: kept(found) }
        }
        ReadingRequest::RemoveCursor { name } => {
            let who = somebody(state, conn)?;
            if !kept(found).iter().any(|cursor| cursor.name == name) {
                return Ok(ReadingAction::Settled);
            }
            may_keep(state, now, who)?;
            ReadingAction::RemoveCursor { who, name }
        }
    })
}

/// Whether a marker of somebody may be set now.
pub(in crate::chat) fn may_mark(state: &State, now: Now, conn: ConnId) -> bool {
    somebody(state, conn).and_then(|who| may_keep(state, now, who)).is_ok()
}

fn may_keep(state: &State, now: Now, who: Who) -> Result<(), Denial> {
    has_storage(state)?;
    is_within_rate(state, now, who, Limited::Mark)
}

fn kept(found: Found) -> Vec<NamedCursor> {
    if let Found::Cursors(cursors) = found { cursors } else { Vec::new() }
}
