//! The life of a batch: a transaction opens with the first change, takes changes as they are
//! decided, and ends in one commit, with one fsync, or as if it had never been.

use std::collections::BTreeMap;

use parlor_proto::ids::{RoomId, Seq, SessionId, UserId};
use rusqlite::Connection;

use super::columns::{count, int};
use super::error::{Result, StoreError};
use super::{Store, apply, wal};
use crate::chat::{Change, EventKind, Membership, Reading, RoomEvent, Stamp};

/// What a probe writes. So much must be free before writing begins again, lest it end at once.
const PROBE_BYTES: i64 = 256 * 1024;

/// What the open transaction still has to write, and whether it may.
#[derive(Debug)]
pub(super) struct Batch {
    /// Heads go into their rooms once per batch, not once per event.
    heads: BTreeMap<RoomId, Head>,
    /// So do the markers of members.
    readings: BTreeMap<(RoomId, UserId), Reading>,
    pub(super) last_session: SessionId,
    // Something failed: only a rollback helps.
    spoiled: bool,
}

/// The events of one room in this batch.
#[derive(Clone, Copy, Debug)]
struct Head {
    first: Seq,
    last: Seq,
    at: Stamp,
}

impl Store {
    /// Runs a change in the open transaction; it is remembered when `commit` returns.
    pub(crate) fn apply(&mut self, change: &Change) -> Result<()> {
        self.in_batch(|conn, batch| apply::change(conn, batch, change))
    }

    /// Does something in the open transaction, and opens it if need be.
    pub(super) fn in_batch(
        &mut self,
        step: impl FnOnce(&Connection, &mut Batch) -> Result<()>,
    ) -> Result<()> {
        let batch = match &mut self.batch {
            Some(batch) => batch,
            none => {
                self.conn.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
                none.insert(Batch::new(self.meta.last_session))
            }
        };
        batch.attempt(|batch| step(&self.conn, batch))
    }

    /// Ends the batch: all that was applied is on the disk. Without changes nothing is done.
    pub(crate) fn commit(&mut self) -> Result<()> {
        let Some(batch) = &mut self.batch else { return Ok(()) };
        let commits = self.meta.commits + 1;
        batch.attempt(|batch| {
            batch.write_heads(&self.conn)?;
            batch.write_readings(&self.conn)?;
            let sql = "UPDATE meta SET commits = ?1, last_session = ?2";
            let row = (int(commits)?, int(batch.last_session.0)?);
            self.conn.prepare_cached(sql)?.execute(row)?;
            self.conn.prepare_cached("COMMIT")?.execute(())?;
            Ok(())
        })?;
        self.meta.commits = commits;
        self.meta.last_session = batch.last_session;
        self.batch = None;
        self.mark.set(commits);
        self.wal.bound(&self.conn)
    }

    /// The end of a planned stop: what is in the log goes into the database, so that a copy of
    /// that one file is whole. A log that stays, because somebody reads or the disk is full, is
    /// no loss: it is read at the next start.
    pub(crate) fn close(mut self) -> Result<()> {
        self.rollback()?;
        match wal::empty(&self.conn) {
            Err(StoreError::Full) => Ok(()),
            emptied => emptied,
        }
    }

    /// Ends the batch as if it had never been.
    pub(crate) fn rollback(&mut self) -> Result<()> {
        self.batch = None;
        // Some errors have already rolled the transaction back.
        if !self.conn.is_autocommit() {
            self.conn.execute_batch("ROLLBACK")?;
        }
        Ok(())
    }

    /// Is there room again? Really writes, in the log and in the database, and takes it back.
    pub(crate) fn probe(&mut self) -> Result<()> {
        self.rollback()?;
        // What waits in the log needs room too; and the log itself gives some back.
        wal::empty(&self.conn)?;
        let write = "INSERT OR REPLACE INTO probe (only, filler) VALUES (1, randomblob(?1))";
        self.conn.execute(write, [PROBE_BYTES])?;
        wal::empty(&self.conn)?;
        self.conn.execute("DELETE FROM probe", ())?;
        Ok(())
    }
}

impl Batch {
    fn new(last_session: SessionId) -> Self {
        Self { heads: BTreeMap::new(), readings: BTreeMap::new(), last_session, spoiled: false }
    }

    /// Does one more thing in the transaction, unless something has failed before.
    fn attempt(&mut self, step: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if self.spoiled {
            return Err(spoiled());
        }
        let outcome = step(self);
        self.spoiled = outcome.is_err();
        outcome
    }

    /// Notes that `event` is now the newest of its room.
    pub(super) fn advance(&mut self, event: &RoomEvent) -> Result<()> {
        let RoomEvent { room, seq, at, .. } = *event;
        if let EventKind::MemberChanged(changed) = &event.kind
            && changed.membership != Membership::Joined
        {
            // Whoever comes back begins anew.
            self.readings.remove(&(room, changed.user));
        }
        match self.heads.get_mut(&room) {
            None => {
                self.heads.insert(room, Head { first: seq, last: seq, at });
            }
            Some(head) if head.last.next() == seq => {
                *head = Head { first: head.first, last: seq, at };
            }
            Some(head) => return Err(gap(room, seq, head.last)),
        }
        Ok(())
    }

    /// Notes how far a member has read.
    pub(super) fn read(&mut self, room: RoomId, user: UserId, reading: Reading) {
        self.readings.insert((room, user), reading);
    }

    fn write_readings(&self, conn: &Connection) -> Result<()> {
        let sql = "UPDATE member SET read_seq = ?3, read_nth = ?4, read_own = ?5
                   WHERE room = ?1 AND user = ?2";
        let mut update = conn.prepare_cached(sql)?;
        for ((room, user), Reading { seq, nth, own, .. }) in &self.readings {
            let row = (int(room.0)?, int(user.0)?, int(seq.0)?, int(*nth)?, int(*own)?);
            if update.execute(row)? != 1 {
                return Err(StoreError::broken(format!("user {user} is not in room {room}")));
            }
        }
        Ok(())
    }

    fn write_heads(&self, conn: &Connection) -> Result<()> {
        let sql = "UPDATE room SET head = ?2, head_at = ?3 WHERE id = ?1 AND head = ?4";
        let mut update = conn.prepare_cached(sql)?;
        for (&room, head) in &self.heads {
            let before = int(head.first.previous().0)?;
            let row = (int(room.0)?, int(head.last.0)?, head.at.0, before);
            if update.execute(row)? != 1 {
                let sql = "SELECT head FROM room WHERE id = ?1";
                let stored = conn.query_row_and_then(sql, [int(room.0)?], |row| count(row, 0))?;
                return Err(gap(room, head.first, Seq(stored)));
            }
        }
        Ok(())
    }
}

fn gap(room: RoomId, seq: Seq, head: Seq) -> StoreError {
    StoreError::broken(format!("room {room}: event {seq} does not follow event {head}"))
}

fn spoiled() -> StoreError {
    StoreError::broken("the transaction has failed: roll it back first")
}
