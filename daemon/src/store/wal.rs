//! Keeping the write-ahead log short: its pages are copied into the database by the writer
//! itself, between two commits.
//!
//! SQLite would do so on its own, but keeps the errors to itself; and a thread of its own never
//! finds the log at rest, so that it grows without end under a steady load.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use super::Tally;
use super::error::{Result, StoreError};
use super::open::BUSY_TIMEOUT;

/// Pages of the log, of 4 KiB, after which it is copied: 16 MiB. Fewer cost more, since a page
/// that many commits touch is copied once each time; more make the pause longer.
const COPY_AT_PAGES: i64 = 4_000;

/// Reads that go on keep the log from starting over. Then this many more pages come before the
/// next attempt, so that a long read does not make every commit pay for one.
const COPY_AGAIN_PAGES: i64 = 1_000;

/// The longest log, 64 MiB: from here on the readers are waited for.
const PAGES_MAX: i64 = 16_000;

/// A page of the log, with its header.
const PAGE_BYTES: i64 = 4096 + 24;

/// The longest log in bytes: one that was longer is cut back to it.
pub(super) const BYTES_MAX: i64 = PAGES_MAX * PAGE_BYTES;

/// How long they are waited for. Reads take milliseconds; whoever takes longer is no reader of
/// ours.
const READERS_TIMEOUT: Duration = Duration::from_millis(200);

/// How far the copying has come.
#[derive(Debug, Default)]
pub(super) struct Wal {
    // The length at the last attempt, if the log has not started over since.
    tried_at: i64,
    warned: bool,
    pub(super) tally: Arc<Tally>,
}

/// What SQLite says of the log: whether somebody was in the way, and its pages.
#[derive(Clone, Copy, Debug)]
struct Length {
    busy: bool,
    pages: i64,
}

/// The copying is ours.
pub(super) fn configure(conn: &Connection) -> Result<()> {
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "journal_size_limit", BYTES_MAX)?;
    Ok(())
}

impl Wal {
    /// After a commit, and never inside a transaction. What was committed stays committed
    /// whatever this says: a full disk is not even an error here, since the log still takes it.
    pub(super) fn bound(&mut self, conn: &Connection) -> Result<()> {
        match self.copy_if_long(conn) {
            Err(StoreError::Full) => Ok(()),
            other => other,
        }
    }

    fn copy_if_long(&mut self, conn: &Connection) -> Result<()> {
        let Length { pages, .. } = look(conn)?;
        self.tally.log_bytes.set(u64::try_from(pages * PAGE_BYTES).unwrap_or_default());
        if pages < self.tried_at {
            self.tried_at = 0;
            self.warned = false;
        }
        if pages < COPY_AT_PAGES.max(self.tried_at + COPY_AGAIN_PAGES) {
            return Ok(());
        }
        self.tried_at = pages;
        if pages < PAGES_MAX {
            self.tally.copies.add(1);
            copy(conn)
        } else {
            self.tally.cuts.add(1);
            self.cut(conn)
        }
    }

    fn cut(&mut self, conn: &Connection) -> Result<()> {
        let length = cut(conn)?;
        if length.busy && !self.warned {
            self.warned = true;
            tracing::warn!(
                pages = length.pages,
                "the log of the database grows: somebody else reads it without end"
            );
        }
        Ok(())
    }
}

/// Copies everything into the database and empties the log, if nobody is in the way.
pub(super) fn empty(conn: &Connection) -> Result<()> {
    cut(conn).map(drop)
}

fn cut(conn: &Connection) -> Result<Length> {
    conn.busy_timeout(READERS_TIMEOUT)?;
    let length = checkpoint(conn, "PRAGMA wal_checkpoint(TRUNCATE)");
    conn.busy_timeout(BUSY_TIMEOUT)?;
    length
}

fn copy(conn: &Connection) -> Result<()> {
    checkpoint(conn, "PRAGMA wal_checkpoint(PASSIVE)").map(drop)
}

/// Costs a look into shared memory.
fn look(conn: &Connection) -> Result<Length> {
    checkpoint(conn, "PRAGMA wal_checkpoint(NOOP)")
}

fn checkpoint(conn: &Connection, sql: &str) -> Result<Length> {
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row((), |row| Ok(Length { busy: row.get(0)?, pages: row.get(1)? }))?)
}
