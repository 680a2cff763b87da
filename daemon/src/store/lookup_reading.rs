//! What the core wants to know of what somebody has read, as of the open transaction. Asked
//! before anything is allowed.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, Seq, UserId};
use rusqlite::{OptionalExtension as _, Row};

use super::Store;
use super::columns::{MESSAGE, count, event_id, int};
use super::error::Result;
use crate::chat::{Found, NamedCursor, Passed, Reading, ReadingRequest, Stamp};

/// Events that are looked at between two places of one marker; own messages further on still
/// count as such. Each event is looked at once for each member, so there is no need to hurry.
const PASSED_EVENTS_MAX: u32 = 10_000;

impl Store {
    pub(crate) fn find_for_reading(
        &self,
        user: UserId,
        wish: &ReadingRequest,
        reading: impl FnOnce((RoomId, Seq)) -> Option<Reading>,
    ) -> Result<Found> {
        match wish {
            ReadingRequest::MarkRead { room, seq } => match reading((*room, *seq)) {
                Some(reading) => self.passed((*room, *seq), user, reading),
                None => Ok(Found::Nothing),
            },
            ReadingRequest::GetCursors { name: Some(name) } => self.cursors(user, Some(name)),
            ReadingRequest::SetCursor { .. }
            | ReadingRequest::GetCursors { name: None }
            | ReadingRequest::RemoveCursor { .. } => self.cursors(user, None),
            ReadingRequest::ListUnread { .. } | ReadingRequest::ListMentions { .. } => {
                Ok(Found::Nothing)
            }
        }
    }

    fn passed(&self, (room, seq): (RoomId, Seq), user: UserId, from: Reading) -> Result<Found> {
        let Ok(to) = event_id(room, seq) else { return Ok(Found::Nothing) };
        let sql = "SELECT nth FROM event WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1";
        let mut select = self.conn.prepare_cached(sql)?;
        let nth = select.query_row((event_id(room, Seq(0))?, to), |row| Ok(count(row, 0)));
        let nth = nth.optional()?.transpose()?.unwrap_or_default();
        let between = (event_id(room, from.seq)?, to, int(user.0)?);
        let own = if from.own == 0 { 0 } else { self.own(between)? };
        let mentions = if from.mentions == 0 { 0 } else { self.mentions(between, room)? };
        Ok(Found::Passed(Passed { nth, own, mentions }))
    }

    fn own(&self, (after, to, user): (i64, i64, i64)) -> Result<u64> {
        let sql = "SELECT count(*) FROM (SELECT kind, actor FROM event
                       WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3)
                   WHERE kind = ?4 AND actor = ?5";
        let mut select = self.conn.prepare_cached(sql)?;
        let counted = (after, to, PASSED_EVENTS_MAX, MESSAGE, user);
        select.query_row(counted, |row| Ok(count(row, 0)))?
    }

    fn mentions(&self, (after, to, user): (i64, i64, i64), room: RoomId) -> Result<u32> {
        let sql = "SELECT (SELECT count(*) FROM mention
                           WHERE who = ?1 AND id > ?3 AND id <= ?4)
                        + (SELECT count(*) FROM mention
                           WHERE who = ?2 AND id > ?3 AND id <= ?4 AND actor <> ?1)";
        let mut select = self.conn.prepare_cached(sql)?;
        Ok(select.query_row((user, -int(room.0)?, after, to), |row| row.get(0))?)
    }

    fn cursors(&self, user: UserId, name: Option<&Arc<str>>) -> Result<Found> {
        let sql = "SELECT name, room, seq, at FROM cursor
                   WHERE user = ?1 AND (?2 IS NULL OR name = ?2) ORDER BY name, room";
        let mut select = self.conn.prepare_cached(sql)?;
        let cursor = |row: &Row<'_>| {
            let (room, seq) = (RoomId(count(row, 1)?), Seq(count(row, 2)?));
            Ok(NamedCursor { name: row.get(0)?, room, seq, at: Stamp(row.get(3)?) })
        };
        let found = select.query_and_then((int(user.0)?, name), cursor)?;
        Ok(Found::Cursors(found.collect::<Result<_>>()?))
    }
}
