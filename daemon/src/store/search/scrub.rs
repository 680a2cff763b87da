//! Taking out of the file what was taken out of the index. The words of a message that was
//! removed stay in the index's segments until these are merged, and what the log has dropped
//! without a word about it, for its age, has to be looked for.

use rusqlite::Connection;
use rusqlite::limits::Limit;

use super::{Index, log};
use crate::store::error::Result;

/// Places of one step of the sweep, and pages of one step of merging: milliseconds each.
const SWEEP_PLACES: u32 = 500;
const MERGE_PAGES: i64 = 64;

/// A merge that has written less has found nothing to merge.
const IDLE_CHANGES: u64 = 2;

/// How far a scrub has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scrub {
    /// Places up to this one are those of messages that there are.
    Sweep {
        to: i64,
    },
    /// The segments are about to be merged into one.
    Begin,
    Merge,
}

impl Scrub {
    /// A whole scrub, and one that looks for nothing.
    pub(crate) const SWEEP: Self = Self::Sweep { to: -1 };
    pub(crate) const MERGE: Self = Self::Begin;
}

impl Index {
    /// One step, and what comes next; `None` if nothing does. Other work may be done in between.
    pub(crate) fn scrub(&self, step: Scrub) -> Result<Option<Scrub>> {
        let transaction = self.conn.unchecked_transaction()?;
        let next = match step {
            Scrub::Sweep { to } => {
                Some(sweep(&transaction, &self.log.conn, to)?.unwrap_or(Scrub::Begin))
            }
            Scrub::Begin if !has_remains(&transaction)? => None,
            Scrub::Begin => {
                transaction.execute("UPDATE meta SET removed = 0", ())?;
                // Below zero: all segments, and not only where there are too many.
                merge(&transaction, -MERGE_PAGES)?;
                Some(Scrub::Merge)
            }
            Scrub::Merge => merge(&transaction, MERGE_PAGES)?.then_some(Scrub::Merge),
        };
        transaction.commit()?;
        Ok(next)
    }

    /// Takes everything out at once, and leaves no free page: for `parlord compact`.
    pub(crate) fn compact(mut self) -> Result<()> {
        while self.advance()? > 0 {}
        let mut step = Some(Scrub::SWEEP);
        while let Some(Scrub::Sweep { .. }) = step {
            step = step.map_or(Ok(None), |step| self.scrub(step))?;
        }
        self.conn.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?; // As VACUUM needs.
        self.conn.execute_batch(
            "INSERT INTO word (word) VALUES ('optimize');
             UPDATE meta SET removed = 0;
             VACUUM;",
        )?;
        self.settle()
    }
}

/// Removes places whose messages are gone.
fn sweep(index: &Connection, log: &Connection, to: i64) -> Result<Option<Scrub>> {
    let sql = "SELECT id, event FROM place WHERE id > ?1 ORDER BY id LIMIT ?2";
    let mut select = index.prepare_cached(sql)?;
    let places = select.query_map((to, SWEEP_PLACES), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let places: Vec<(i64, i64)> = places.collect::<rusqlite::Result<_>>()?;
    for (place, event) in &places {
        if log::message(log, *event)?.is_none() {
            remove(index, *place)?;
        }
    }
    Ok(places.last().map(|(place, _)| Scrub::Sweep { to: *place }))
}

pub(super) fn remove(index: &Connection, place: i64) -> Result<()> {
    index.prepare_cached("DELETE FROM word WHERE rowid = ?1")?.execute([place])?;
    index.prepare_cached("DELETE FROM place WHERE id = ?1")?.execute([place])?;
    index.prepare_cached("UPDATE meta SET removed = removed + 1")?.execute(())?;
    Ok(())
}

fn has_remains(index: &Connection) -> Result<bool> {
    let sql = "SELECT removed > 0 FROM meta";
    Ok(index.prepare_cached(sql)?.query_row((), |row| row.get(0))?)
}

/// Whether there was something to merge.
fn merge(index: &Connection, pages: i64) -> Result<bool> {
    let before = index.total_changes();
    let sql = "INSERT INTO word (word, rank) VALUES ('merge', ?1)";
    index.prepare_cached(sql)?.execute([pages])?;
    Ok(index.total_changes() - before >= IDLE_CHANGES)
}
