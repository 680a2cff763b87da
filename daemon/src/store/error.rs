//! What may go wrong with the store, told apart by what the caller has to do.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ffi;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// There is no room. Roll back, go on reading, probe until there is room again.
    #[error("the disk is full: free some space where the database is")]
    Full,
    /// Another daemon works in the folder.
    #[error("{} is in use by {}: stop it or take another folder", folder.display(), holder(*pid))]
    Locked { folder: PathBuf, pid: Option<u32> },
    /// A later parlord wrote the database.
    #[error("the database has schema {found}, this parlord knows {known}: run a newer parlord")]
    Newer { found: u32, known: u32 },
    /// Nobody has started a daemon here yet.
    #[error("there is no database: {}: start parlord once", file.display())]
    Missing { file: PathBuf },
    /// The disk, the files or the daemon itself are broken. Nothing may go on as if it were not.
    #[error("database: {0}")]
    Failed(String),
}

/// Short for the results of the store.
pub(super) type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    /// Whether this passes when somebody frees space.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self, Self::Full)
    }

    /// Something that the caller or the file promised does not hold.
    pub(super) fn broken(what: impl Into<String>) -> Self {
        Self::Failed(what.into())
    }

    /// The operating system refused something about a file or folder.
    pub(super) fn file(path: &Path, error: &io::Error) -> Self {
        if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            Self::Full
        } else {
            Self::Failed(format!("{}: {error}", path.display()))
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_extended_error_code() {
            // SQLite says `SHMSIZE` when the index of its log cannot grow. A failed fsync has a
            // code of its own and is never taken for a full disk: the pages may be lost.
            Some(ffi::SQLITE_FULL | ffi::SQLITE_IOERR_SHMSIZE) => Self::Full,
            Some(code) => Self::Failed(format!("{error} (SQLite {code})")),
            None => Self::Failed(error.to_string()),
        }
    }
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(code: i32, full: bool) {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        assert_eq!(StoreError::from(error).is_full(), full, "SQLite {code}");
    }

    #[test]
    fn only_a_lack_of_space_passes_by_itself() {
        check(ffi::SQLITE_FULL, true);
        check(ffi::SQLITE_IOERR_SHMSIZE, true);
        for code in [
            ffi::SQLITE_IOERR_FSYNC,
            ffi::SQLITE_IOERR_DIR_FSYNC,
            ffi::SQLITE_IOERR_WRITE,
            ffi::SQLITE_BUSY,
            ffi::SQLITE_CORRUPT,
            ffi::SQLITE_CONSTRAINT_UNIQUE,
        ] {
            check(code, false);
        }
    }

    #[test]
    fn errors_say_what_to_do() {
        let path = PathBuf::from("/srv/parlor");
        let texts = [
            StoreError::Locked { folder: path.clone(), pid: Some(7) }.to_string(),
            StoreError::Locked { folder: path.clone(), pid: None }.to_string(),
            StoreError::Newer { found: 9, known: 1 }.to_string(),
            StoreError::Missing { file: path.join("parlor.db") }.to_string(),
        ];
        assert_eq!(
            texts,
            [
                "/srv/parlor is in use by process 7: stop it or take another folder",
                "/srv/parlor is in use by another process: stop it or take another folder",
                "the database has schema 9, this parlord knows 1: run a newer parlord",
                "there is no database: /srv/parlor/parlor.db: start parlord once",
            ]
        );
    }
}
