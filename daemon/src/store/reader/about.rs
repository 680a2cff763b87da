//! What is read about messages beside the log itself: reactions and threads.

use parlor_proto::ids::{RoomId, Seq, UserId};
use parlor_proto::limits::PAGE_ROWS_MAX;
use rusqlite::Row;

use super::{Budget, PAGE_BYTES_MAX, Page, Reader};
use crate::chat::{Anchor, EventKind, Message, Permit, ReactionBy, RoomEvent};
use crate::store::columns::{count, event_id, event_place, name};
use crate::store::error::Result;
use crate::store::row::{self, IN_THREAD};

/// Who reacts to a message, the first ones first.
#[derive(Debug)]
pub(crate) struct Reactions {
    pub(crate) reactions: Vec<ReactionBy>,
    pub(crate) more: bool,
}

impl Reader {
    /// Messages of a thread inside the permit, the oldest first.
    pub(crate) fn thread(&self, permit: &Permit, root: Seq) -> Result<Page> {
        let room = permit.room;
        let Anchor::After(after) = permit.anchor else { return Ok(Page::default()) };
        let first = permit.floor.max(after.next());
        if first > permit.ceiling {
            return Ok(Page::default());
        }
        let rows = permit.rows.clamp(1, PAGE_ROWS_MAX);
        let mut select = self.conn.prepare_cached(IN_THREAD)?;
        let ids = (event_id(room, first)?, event_id(room, permit.ceiling)?);
        // One more than wanted tells whether there are more.
        let mut found = select.query((ids.0, ids.1, rows + 1, event_id(room, root)?))?;
        let mut events = Vec::new();
        while let Some(row) = found.next()? {
            events.push(row::event(row)?);
        }
        // There may be much between the first and the last.
        for event in &mut events {
            self.dress(std::slice::from_mut(event))?;
        }
        let all = events.len();
        Budget { rows, bytes: PAGE_BYTES_MAX }.cut(&mut events);
        Ok(Page { has_older: after > Seq(0), has_newer: events.len() < all, events })
    }

    /// Who reacts to a message, after the first `skip`.
    pub(crate) fn reactions(
        &self,
        (room, target): (RoomId, Seq),
        (skip, rows): (u32, u32),
    ) -> Result<Reactions> {
        let sql = "SELECT reaction.reaction, reaction.user, user.name
                   FROM reaction JOIN user ON user.id = reaction.user
                   WHERE reaction.message = ?1
                       AND EXISTS (SELECT 1 FROM reaction_count WHERE message = ?1)
                   ORDER BY reaction.seq LIMIT ?3 OFFSET ?2";
        let rows = rows.clamp(1, PAGE_ROWS_MAX);
        let mut select = self.conn.prepare_cached(sql)?;
        let read = |row: &Row<'_>| {
            let (reaction, user) = (row.get(0)?, UserId(count(row, 1)?));
            Ok(ReactionBy { reaction, user, name: name(row, 2)? })
        };
        let found = select.query_and_then((event_id(room, target)?, skip, rows + 1), read)?;
        let mut reactions: Vec<ReactionBy> = found.collect::<Result<_>>()?;
        let more = reactions.len() > rows as usize;
        reactions.truncate(rows as usize);
        Ok(Reactions { reactions, more })
    }

    /// Adds to messages of one room what is only in answers. Costs two queries over the ids
    /// between the first and the last, however many there are.
    pub(super) fn dress(&self, events: &mut [RoomEvent]) -> Result<()> {
        let seqs = || events.iter().map(|event| event.seq);
        let (Some(first), Some(last), Some(room)) =
            (seqs().min(), seqs().max(), events.first().map(|event| event.room))
        else {
            return Ok(());
        };
        let ids = (event_id(room, first)?, event_id(room, last)?);
        let sql = "SELECT message, reaction, count FROM reaction_count
                   WHERE message BETWEEN ?1 AND ?2 ORDER BY message, first";
        let mut select = self.conn.prepare_cached(sql)?;
        let mut found = select.query(ids)?;
        while let Some(row) = found.next()? {
            if let Some(message) = message_at(events, row)? {
                message.reactions.push((row.get(1)?, row.get(2)?));
            }
        }
        let sql = "SELECT root, messages FROM thread WHERE root BETWEEN ?1 AND ?2";
        let mut select = self.conn.prepare_cached(sql)?;
        let mut found = select.query(ids)?;
        while let Some(row) = found.next()? {
            if let Some(message) = message_at(events, row)? {
                message.thread_count = row.get(1)?;
            }
        }
        Ok(())
    }
}

/// The message among these whose id is in the first column.
fn message_at<'a>(events: &'a mut [RoomEvent], row: &Row<'_>) -> Result<Option<&'a mut Message>> {
    let (_, seq) = event_place(row.get(0)?)?;
    let event = events.iter_mut().find(|event| event.seq == seq);
    Ok(event.and_then(|event| match &mut event.kind {
        EventKind::Message(message) => Some(message),
        EventKind::MemberChanged(_)
        | EventKind::RoomChanged(_)
        | EventKind::MessageEdited(_)
        | EventKind::MessageDeleted { .. }
        | EventKind::ReactionChanged(_) => None,
    }))
}
