//! The only disk: one SQLite database, one writer, and readers that see what is committed.
//!
//! The engine's thread owns the [`Store`]. It applies changes as they are decided, in one open
//! transaction, and commits once per batch: when `commit` returns, everything applied is on the
//! disk. Reader threads own a [`Reader`] each. Nothing here decides anything; what contradicts
//! what is stored is refused as an error of the daemon.

use std::path::PathBuf;

use rusqlite::Connection;

mod apply;
mod columns;
mod commit;
mod epoch;
mod error;
mod invites;
mod lock;
mod open;
mod reader;
mod replay;
mod row;
mod schema;
mod wal;

#[cfg(test)]
mod tests;

pub(crate) use self::error::StoreError;
pub(crate) use self::invites::add_invite;
pub(crate) use self::reader::Reader;
pub(crate) use self::row::EVENT_BYTES_MAX;

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
