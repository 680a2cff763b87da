//! The only disk: one SQLite database, one writer, and readers that see what is committed.
//!
//! The engine's thread owns the [`Store`]. It applies changes as they are decided, in one open
//! transaction, and commits once per batch: when `commit` returns, everything applied is on the
//! disk. Reader threads own a [`Reader`] each. Nothing here decides anything; what contradicts
//! what is stored is refused as an error of the daemon.

use std::path::PathBuf;

use rusqlite::Connection;

use crate::tally::{Count, Level};

mod apply;
mod audit;
mod columns;
mod commit;
mod compact;
mod contents;
mod control;
mod detail;
mod devices;
mod epoch;
mod error;
mod invites;
mod leftovers;
mod lock;
mod lookup_file;
mod lookup_message;
mod lookup_reading;
mod open;
mod reader;
mod replay;
mod retention;
mod row;
mod schema;
mod search;
mod wal;

#[cfg(test)]
mod tests;

pub(crate) use self::audit::{Verdict, verify_audit};
pub(crate) use self::compact::compact;
pub(crate) use self::contents::{Contents, SHELVES};
pub(crate) use self::control::ControlDoor;
pub(crate) use self::error::StoreError;
pub(crate) use self::invites::add_invite;
pub(crate) use self::reader::{Page, Reader};
pub(crate) use self::row::EVENT_BYTES_MAX;
pub(crate) use self::search::{Budget, Index, Scrub, Searcher};

/// What the writer has done.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Bytes of the log in use.
    pub(crate) log_bytes: Level,
    /// How often the log was copied into the database, and how often also cut back to nothing.
    pub(crate) copies: Count,
    pub(crate) cuts: Count,
}

/// The database, held by the one thread that writes.
#[derive(Debug)]
pub(crate) struct Store {
    conn: Connection,
    folder: PathBuf,
    // As committed.
    meta: epoch::Meta,
    mark: epoch::Mark,
    // The open transaction, if there is one.
    batch: Option<commit::Batch>,
    wal: wal::Wal,
    // Last, so that the folder is free only when the database is closed.
    _lock: lock::FolderLock,
}
