//! The file of the index: recognized, or thrown away and begun anew.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parlor_proto::ids::Epoch;
use rusqlite::{Connection, OpenFlags};

use super::frontier::Frontier;
use super::tokens::Tokenizer;
use super::{Index, Searcher};
use crate::store::error::{Result, StoreError};
use crate::store::reader::Reader;
use crate::store::{Store, open};

/// In the data folder, beside the database.
pub(in crate::store) const FILE: &str = "search.db";

/// What SQLite keeps beside a database.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// "Pars": an index of ours.
const APPLICATION_ID: i32 = 0x5061_7273;

/// Any other is thrown away.
const VERSION: u32 = 1;

/// Pages kept in memory by the one who writes: merging reads much once.
const CACHE_KIB: i64 = 8 * 1024;

/// The longest log of the index; it is cut to this when it starts over.
const LOG_BYTES_MAX: i64 = 16 * 1024 * 1024;

const SCHEMA: &str = include_str!("schema.sql");

impl Store {
    /// The index of this database, to be moved to the thread that fills it.
    pub(crate) fn index(&self) -> Result<Index> {
        Index::open(&self.folder, self.reader()?, self.meta.epoch)
    }

    pub(in crate::store) fn has_index(&self) -> Result<bool> {
        let path = self.folder.join(FILE);
        path.try_exists().map_err(|error| StoreError::file(&path, &error))
    }

    /// Removes the index: where nobody keeps it up, it would keep what the log forgets.
    pub(crate) fn remove_index(&self) -> Result<()> {
        remove(&self.folder)
    }
}

impl Index {
    fn open(folder: &Path, log: Reader, epoch: Epoch) -> Result<Self> {
        let fit = recognize(folder, epoch).and_then(|conn| {
            let mut frontier = Frontier::load(&conn)?;
            frontier.look(&log.conn)?;
            Ok((conn, frontier))
        });
        let (conn, frontier) = match fit {
            Ok(fit) => fit,
            Err(Unfit::Full) => return Err(StoreError::Full),
            Err(unfit) => {
                if let Unfit::Because(why) = unfit {
                    tracing::warn!(%why, "the search index is made anew");
                }
                remove(folder)?;
                (make(folder, epoch)?, Frontier::default())
            }
        };
        begin_writing(&conn)?;
        let (folder, generation) = (folder.to_owned(), Arc::default());
        let tokenizer = Tokenizer::default();
        Ok(Self { conn, log, folder, epoch, generation, frontier, tokenizer })
    }

    /// A way to search, to be moved to the thread that does; it reads the log by this.
    pub(crate) fn searcher(&self, log: Reader) -> Result<Searcher> {
        let conn = open::connect_to_read(&self.folder.join(FILE))?;
        let (folder, generation) = (self.folder.clone(), Arc::clone(&self.generation));
        let (opened, tokenizer) = (generation.load(Ordering::Acquire), Tokenizer::default());
        Ok(Searcher { conn, log, folder, generation, opened, tokenizer })
    }

    /// Throws the index away and begins anew.
    pub(crate) fn renew(&mut self) -> Result<()> {
        remove(&self.folder)?;
        self.conn = make(&self.folder, self.epoch)?;
        begin_writing(&self.conn)?;
        self.frontier = Frontier::load(&self.conn)?;
        self.generation.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// At the end: everything goes into the file, and the file to the disk.
    pub(crate) fn close(self) {
        if let Err(error) = self.settle() {
            tracing::warn!(%error, "the search index is not whole on the disk");
        }
    }

    pub(super) fn settle(&self) -> Result<()> {
        self.conn.pragma_update(None, "synchronous", "FULL")?;
        self.empty_log()?;
        self.conn.execute("UPDATE meta SET boot = NULL", ())?;
        self.empty_log()
    }

    /// As far as nobody is in the way.
    fn empty_log(&self) -> Result<()> {
        Ok(self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))?)
    }
}

impl Searcher {
    /// Lets go of an index that was thrown away.
    pub(super) fn keep_up(&mut self) -> Result<()> {
        let generation = self.generation.load(Ordering::Acquire);
        if generation != self.opened {
            self.conn = open::connect_to_read(&self.folder.join(FILE))?;
            self.opened = generation;
        }
        Ok(())
    }
}

/// Why a file cannot be gone on with.
#[derive(Debug)]
enum Unfit {
    Missing,
    Full,
    Because(String),
}

impl From<StoreError> for Unfit {
    fn from(error: StoreError) -> Self {
        if error.is_full() { Self::Full } else { Self::Because(error.to_string()) }
    }
}

fn recognize(folder: &Path, epoch: Epoch) -> std::result::Result<Connection, Unfit> {
    let path = folder.join(FILE);
    if !path.try_exists().map_err(|error| StoreError::file(&path, &error))? {
        return Err(Unfit::Missing);
    }
    let conn = connect(&path)?;
    let ask = |pragma| conn.pragma_query_value(None, pragma, |row| row.get(0));
    let (id, version): (i32, i32) = (
        ask("application_id").map_err(StoreError::from)?,
        ask("user_version").map_err(StoreError::from)?,
    );
    if (id, version) != (APPLICATION_ID, VERSION.cast_signed()) {
        return Err(Unfit::Because(format!("it is of another kind: {id:#x}, version {version}")));
    }
    let sql = "SELECT epoch, boot FROM meta";
    let row = conn.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?)));
    let (found, written_since): (i64, Option<String>) = row.map_err(StoreError::from)?;
    if written_since.is_some() && written_since != boot() {
        return Err(Unfit::Because("the machine went down while it was written".to_owned()));
    }
    if found.cast_unsigned() != epoch.0 {
        return Err(Unfit::Because("it is of another epoch".to_owned()));
    }
    Ok(conn)
}

fn make(folder: &Path, epoch: Epoch) -> Result<Connection> {
    open::make_file(folder, FILE)?;
    let mut conn = connect(&folder.join(FILE))?;
    let transaction = conn.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    let sql = "INSERT INTO meta (only, epoch, removed) VALUES (1, ?1, 0)";
    transaction.execute(sql, [epoch.0.cast_signed()])?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(conn)
}

/// Marks the file as written to without waiting for the disk, which those who send wait for: an
/// fsync of this file would hold up theirs. What the machine has not written when it goes down
/// makes the file worthless; the next start sees that the machine has, and makes it anew.
fn begin_writing(conn: &Connection) -> Result<()> {
    let boot = boot();
    let sync = if boot.is_some() { "OFF" } else { "NORMAL" };
    conn.execute("UPDATE meta SET boot = ?1", [boot])?;
    Ok(conn.pragma_update(None, "synchronous", sync)?)
}

/// Different each time that the machine starts. `None`: not known here.
fn boot() -> Option<String> {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned()).filter(|id| !id.is_empty())
}

fn connect(path: &Path) -> Result<Connection> {
    let conn = open::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, CACHE_KIB)?;
    conn.pragma_update_and_check(None, "journal_mode", "WAL", open::expect_wal)??;
    conn.pragma_update(None, "secure_delete", true)?;
    conn.pragma_update(None, "journal_size_limit", LOG_BYTES_MAX)?;
    Ok(conn)
}

/// Removes the index and all that SQLite has put beside it.
pub(in crate::store) fn remove(folder: &Path) -> Result<()> {
    for suffix in SUFFIXES {
        let path = folder.join(format!("{FILE}{suffix}"));
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::file(&path, &error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}
