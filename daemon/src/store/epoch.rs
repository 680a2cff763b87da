//! Has history gone backwards? The database counts its commits, and the count is also kept in
//! a file beside it. A database that is behind that file is an older copy: the events that
//! clients have seen since are gone, so their cursors must not be continued.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use parlor_proto::ids::{Epoch, SessionId};
use rusqlite::{Connection, OptionalExtension as _};

use super::columns::{int, whole};
use super::error::{Result, StoreError};
use super::open::FILE_MODE;

/// In the data folder, beside the database.
pub(super) const FILE: &str = "commit.mark";

/// Always as long, so that a newer number covers an older one whole.
const DIGITS: usize = 20;

/// The row about the whole database.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meta {
    pub(super) epoch: Epoch,
    pub(super) commits: u64,
    pub(super) last_session: SessionId,
}

impl Meta {
    /// The row, if the database has one already.
    pub(super) fn read(conn: &Connection) -> Result<Option<Self>> {
        let sql = "SELECT epoch, commits, last_session FROM meta";
        let row = conn.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let Some((epoch, commits, last_session)) = row.optional()? else { return Ok(None) };
        let epoch: i64 = epoch;
        Ok(Some(Self {
            epoch: Epoch(epoch.cast_unsigned()),
            commits: whole(commits)?,
            last_session: SessionId(whole(last_session)?),
        }))
    }

    /// The row of a database that was just opened, in a new epoch if it is new or behind `mark`.
    pub(super) fn settle(conn: &Connection, mark: &mut Mark) -> Result<Self> {
        let meta = match Self::read(conn)? {
            Some(meta) if mark.found.is_none_or(|number| number <= meta.commits) => meta,
            Some(older) => {
                let renewed = Self { epoch: draw()?, ..older };
                tracing::warn!(
                    found = older.commits,
                    expected = mark.found,
                    "the database is an older copy: a new epoch begins, clients load again"
                );
                renewed.write(conn)?;
                renewed
            }
            None => {
                let first = Self { epoch: draw()?, commits: 0, last_session: SessionId(0) };
                first.write(conn)?;
                first
            }
        };
        mark.set(meta.commits);
        Ok(meta)
    }

    fn write(self, conn: &Connection) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO meta (only, epoch, commits, last_session)
                   VALUES (1, ?1, ?2, ?3)";
        let epoch = self.epoch.0.cast_signed();
        conn.execute(sql, (epoch, int(self.commits)?, int(self.last_session.0)?))?;
        Ok(())
    }
}

/// The file beside the database.
///
/// It is written after each commit and never synced: it may be behind the database, which only
/// makes it notice less, but never ahead of it.
#[derive(Debug)]
pub(super) struct Mark {
    path: PathBuf,
    file: File,
    // What the file said when it was opened, unless it was new or unreadable.
    found: Option<u64>,
    failing: bool,
}

impl Mark {
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(FILE_MODE);
        let mut text = Vec::new();
        let file = options.open(&path).and_then(|file| {
            (&file).take(DIGITS as u64 + 1).read_to_end(&mut text)?;
            Ok(file)
        });
        let file = file.map_err(|error| StoreError::file(&path, &error))?;
        let found = std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok());
        if found.is_none() && !text.is_empty() {
            tracing::warn!(file = %path.display(), "unreadable, written anew");
        }
        Ok(Self { path, file, found, failing: false })
    }

    /// Writes the number of a commit that is durable. That the file cannot be written is no
    /// reason to stop: it stays behind, which is safe.
    pub(super) fn set(&mut self, commits: u64) {
        let line = format!("{commits:0DIGITS$}\n");
        match self.file.write_all_at(line.as_bytes(), 0) {
            Ok(()) => self.failing = false,
            Err(error) if !self.failing => {
                self.failing = true;
                tracing::warn!(file = %self.path.display(), %error, "the mark stays behind");
            }
            Err(_) => {}
        }
    }
}

/// A new epoch; 0 is what a client says that knows none.
fn draw() -> Result<Epoch> {
    let number = getrandom::u64()
        .map_err(|error| StoreError::broken(format!("no random numbers: {error}")))?;
    Ok(Epoch(number.max(1)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn number(folder: &Path) -> Option<u64> {
        Mark::open(folder).unwrap().found
    }

    #[test]
    fn the_mark_says_what_was_written_last() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(number(folder.path()), None);
        for commits in [7, u64::MAX, 12] {
            Mark::open(folder.path()).unwrap().set(commits);
            assert_eq!(number(folder.path()), Some(commits));
        }
    }

    #[test]
    fn an_unreadable_mark_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        for text in [&b"twelve"[..], b"\0\0\0\0", b"\xff", &[b'9'; 64]] {
            fs::write(folder.path().join(FILE), text).unwrap();
            assert_eq!(number(folder.path()), None, "{text:?}");
        }
    }
}
