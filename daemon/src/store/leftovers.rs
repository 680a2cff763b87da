//! What is left of messages that are gone: everybody's reactions to them, of which there may be
//! more than the engine has time for at once. Nobody reads them; they go a few at a time.

use rusqlite::{Connection, OptionalExtension as _};

use super::Store;
use super::error::Result;

/// Reactions that go at once: a few milliseconds.
const REACTIONS_MAX: u32 = 500;

/// A message, or several of one room, will be gone when the batch ends.
pub(super) fn leave(conn: &Connection, (first, last): (i64, i64)) -> Result<()> {
    let sql = "INSERT INTO leftover (first, last)
               SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM reaction WHERE message BETWEEN ?1 AND ?2)
               ON CONFLICT (first) DO UPDATE SET last = max(last, excluded.last)";
    conn.prepare_cached(sql)?.execute((first, last))?;
    Ok(())
}

impl Store {
    /// Takes some of it out, in the open transaction. Says whether there may be more.
    pub(crate) fn sweep(&mut self) -> Result<bool> {
        let sql = "SELECT first, last FROM leftover ORDER BY first LIMIT 1";
        let select =
            self.conn.prepare_cached(sql)?.query_row((), |row| Ok((row.get(0)?, row.get(1)?)));
        let Some(range): Option<(i64, i64)> = select.optional()? else { return Ok(false) };
        self.in_batch(|conn, _| {
            let sql = "DELETE FROM reaction WHERE (message, seq) IN (
                           SELECT message, seq FROM reaction
                           WHERE message BETWEEN ?1 AND ?2 LIMIT ?3)";
            let gone = conn.prepare_cached(sql)?.execute((range.0, range.1, REACTIONS_MAX))?;
            if gone < REACTIONS_MAX as usize {
                conn.prepare_cached("DELETE FROM leftover WHERE first = ?1")?.execute([range.0])?;
            }
            Ok(())
        })?;
        Ok(true)
    }
}
