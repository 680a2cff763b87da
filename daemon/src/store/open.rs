//! Opening: the folder, its files, and connections that all have the same habits.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::contents::Contents;
use super::epoch::{Mark, Meta};
use super::error::{Result, StoreError};
use super::lock::FolderLock;
use super::reader::Reader;
use super::schema;
use super::wal::{self, Wal};
use super::{Store, Tally};

/// The database, in the data folder. SQLite puts `-wal` and `-shm` beside it.
pub(super) const FILE: &str = "parlor.db";

/// Everything in the folder is for the daemon's user alone.
pub(super) const FILE_MODE: u32 = 0o600;
pub(super) const FOLDER_MODE: u32 = 0o700;

/// How long one connection waits for another that writes: `parlord invite` beside the daemon.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Pages kept in memory, in KiB: by the writer, whose index of sent messages is read at random,
/// and by each reader, which mostly reads what was just written.
const WRITER_CACHE_KIB: i64 = 64 * 1024;
const READER_CACHE_KIB: i64 = 4 * 1024;

/// Prepared statements that a connection keeps; there are about fifty.
const STATEMENTS_KEPT_MAX: usize = 64;

/// The longest value or row, in bytes. The longest that is really written is the probe's.
const ROW_BYTES_MAX: i32 = 1024 * 1024;

impl Store {
    /// Opens the database in `folder`, making both if they are not there, and takes the folder.
    ///
    /// The file is not read through for damage: that would take longer the more there is in it,
    /// at every start. Each page is checked when it is read, the log has checksums, and `replay`
    /// compares the head of each room with its newest event.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let folder = make_folder(folder)?;
        let lock = FolderLock::take(&folder)?;
        make_file(&folder, FILE)?;
        let mut conn =
            connect(&folder.join(FILE), OpenFlags::SQLITE_OPEN_READ_WRITE, WRITER_CACHE_KIB)?;
        schema::recognize(&conn)?; // Before anything is written.
        conn.pragma_update_and_check(None, "journal_mode", "WAL", expect_wal)??;
        conn.pragma_update(None, "synchronous", "FULL")?;
        // What is deleted is overwritten where it stands; its older copies are in the log, until
        // that starts over.
        conn.pragma_update(None, "secure_delete", true)?;
        wal::configure(&conn)?;
        schema::migrate(&mut conn)?;
        let mut mark = Mark::open(&folder)?;
        let meta = Meta::settle(&conn, &mut mark)?;
        Ok(Self { conn, folder, meta, mark, batch: None, wal: Wal::default(), _lock: lock })
    }

    pub(crate) fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.wal.tally)
    }

    /// What lies beside the database.
    pub(crate) fn contents(&self) -> Result<Contents> {
        Contents::open(&self.folder)
    }

    /// One more connection for reading, to be moved to the thread that reads.
    pub(crate) fn reader(&self) -> Result<Reader> {
        Ok(Reader { conn: connect_to_read(&self.folder.join(FILE))? })
    }
}

/// A connection beside those of a running daemon; refuses to make a database.
pub(super) fn visit(folder: &Path) -> Result<Connection> {
    exists(folder)?;
    let folder = folder.canonicalize().map_err(|error| StoreError::file(folder, &error))?;
    let file = folder.join(FILE);
    let conn = connect(&file, OpenFlags::SQLITE_OPEN_READ_WRITE, READER_CACHE_KIB)?;
    schema::check(&conn)?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    wal::configure(&conn)?;
    Ok(conn)
}

/// Refuses a folder in which no daemon was ever started.
pub(super) fn exists(folder: &Path) -> Result<()> {
    let file = folder.join(FILE);
    match file.try_exists() {
        Ok(true) => Ok(()),
        Ok(false) => Err(StoreError::Missing { file }),
        Err(error) => Err(StoreError::file(&file, &error)),
    }
}

/// A connection that cannot write.
pub(super) fn connect_to_read(file: &Path) -> Result<Connection> {
    let conn = connect(file, OpenFlags::SQLITE_OPEN_READ_ONLY, READER_CACHE_KIB)?;
    conn.pragma_update(None, "query_only", true)?;
    Ok(conn)
}

pub(super) fn connect(file: &Path, access: OpenFlags, cache_kib: i64) -> Result<Connection> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(file, flags)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_KEPT_MAX);
    conn.set_limit(Limit::SQLITE_LIMIT_LENGTH, ROW_BYTES_MAX)?;
    conn.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // Plans never depend on bound values; otherwise each `LIMIT ?` is parsed anew each time.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "mmap_size", 0)?; // An I/O error must be a result, not a signal.
    conn.pragma_update(None, "cache_size", -cache_kib)?;
    Ok(conn)
}

pub(super) fn expect_wal(row: &rusqlite::Row<'_>) -> rusqlite::Result<Result<()>> {
    let mode: String = row.get(0)?;
    Ok(if mode == "wal" {
        Ok(())
    } else {
        Err(StoreError::broken(format!("no write-ahead log on this file system: {mode}")))
    })
}

fn make_folder(folder: &Path) -> Result<PathBuf> {
    let made = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder);
    made.and_then(|()| folder.canonicalize()).map_err(|error| StoreError::file(folder, &error))
}

/// Makes the file before SQLite does, which would let others read it. The log takes its mode
/// from it.
pub(super) fn make_file(folder: &Path, name: &str) -> Result<()> {
    let path = folder.join(name);
    let made = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&path);
    let kept = match made {
        Ok(_) => File::open(folder).and_then(|folder| folder.sync_all()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::set_permissions(&path, Permissions::from_mode(FILE_MODE))
        }
        Err(error) => Err(error),
    };
    kept.map_err(|error| StoreError::file(&path, &error))
}
