//! Finding out which events are too old. Stamps never go back within a room, so a room's log is
//! searched by halves.

use parlor_proto::ids::{RoomId, Seq};
use rusqlite::OptionalExtension as _;

use super::Store;
use super::columns::event_id;
use super::error::{Result, StoreError};
use crate::chat::{Oldest, Overdue, Stamp};

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
        Ok(Oldest { room, seq: low, at: self.time_of(room, low)? })
    }

    fn time_of(&self, room: RoomId, seq: Seq) -> Result<Stamp> {
        let mut select = self.conn.prepare_cached("SELECT at FROM event WHERE id = ?1")?;
        let at = select.query_row([event_id(room, seq)?], |row| row.get(0)).optional()?;
        let missing = || StoreError::broken(format!("room {room}: event {seq} is missing"));
        at.map(Stamp).ok_or_else(missing)
    }
}
