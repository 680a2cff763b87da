//! Finding out which events are too old. Stamps never go back within a room, so a room's log is
//! searched by halves.

use std::ops::RangeInclusive;

use parlor_proto::ids::{RoomId, Seq, UserId};
use rusqlite::OptionalExtension as _;

use super::Store;
use super::columns::{MESSAGE, count, event_id, event_ids, event_place};
use super::detail::Detail;
use super::error::{Result, StoreError};
use crate::chat::{FoundMessage, Oldest, Overdue, Stamp};

impl Store {
    /// The first event of a room that is not too old, within the bounds given.
    pub(crate) fn oldest(&self, overdue: &Overdue) -> Result<Oldest> {
        let Overdue { room, first, last, before } = *overdue;
        let (mut low, mut high) = (first, last);
        while low < high {
            let middle = Seq(low.0 + (high.0 - low.0) / 2);
            if self.time_of(room, middle)? < before {
                low = middle.next();
            } else {
                high = middle;
            }
        }
        let sql = "SELECT at, nth - (kind = ?2) FROM event WHERE id = ?1";
        let mut select = self.conn.prepare_cached(sql)?;
        let (at, before) = select.query_row((event_id(room, low)?, MESSAGE), |row| {
            Ok((Stamp(row.get(0)?), count(row, 1)))
        })?;
        let messages = self.messages(room, first..=low.previous())?;
        Ok(Oldest { room, seq: low, at, before: before?, messages })
    }

    /// Messages of a room, without their texts.
    fn messages(&self, room: RoomId, seqs: RangeInclusive<Seq>) -> Result<Vec<FoundMessage>> {
        if seqs.is_empty() {
            return Ok(Vec::new());
        }
        let (first, last) = event_ids(room, &seqs)?;
        let sql = "SELECT id, actor, detail FROM event
                   WHERE id BETWEEN ?1 AND ?2 AND kind = ?3 ORDER BY id";
        let mut select = self.conn.prepare_cached(sql)?;
        let found = select.query_and_then((first, last, MESSAGE), |row| {
            let (_, seq) = event_place(row.get(0)?)?;
            let detail: Option<Vec<u8>> = row.get(2)?;
            let found = Detail::read(detail.as_deref())?.found(None)?;
            Ok(FoundMessage { seq, author: UserId(count(row, 1)?), ..found })
        })?;
        found.collect()
    }

    fn time_of(&self, room: RoomId, seq: Seq) -> Result<Stamp> {
        let mut select = self.conn.prepare_cached("SELECT at FROM event WHERE id = ?1")?;
        let at = select.query_row([event_id(room, seq)?], |row| row.get(0)).optional()?;
        let missing = || StoreError::broken(format!("room {room}: event {seq} is missing"));
        at.map(Stamp).ok_or_else(missing)
    }
}
