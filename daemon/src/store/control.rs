//! What somebody on the machine wants done, left in the database for the daemon, which looks
//! there whenever somebody else has written. Nobody needs a password or a socket for it: who may
//! write the data folder may do everything anyway.

use std::path::Path;

use parlor_proto::ids::UserId;
use parlor_proto::name::Name;
use rusqlite::{Connection, OptionalExtension as _};

use super::columns::{int, name, whole};
use super::error::{Result, StoreError};
use super::{Store, open};
use crate::chat::{Control, ControlWish, SecretHash, Stamp};

/// Wishes that are taken at once.
const WISHES_MAX: u32 = 64;

const GRANT: i64 = 1;
const REVOKE: i64 = 2;
const RESET_CODE: i64 = 3;

/// A visitor's door to the database of a daemon.
#[derive(Debug)]
pub(crate) struct ControlDoor(Connection);

impl ControlDoor {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        open::visit(folder).map(Self)
    }

    /// Leaves a wish about the user of this name; `None` if there is none.
    pub(crate) fn leave(&self, user: &Name, wish: &ControlWish) -> Result<Option<u64>> {
        let (code, hash, expires) = match wish {
            ControlWish::Admin(true) => (GRANT, None, None),
            ControlWish::Admin(false) => (REVOKE, None, None),
            ControlWish::ResetCode { hash, expires } => (RESET_CODE, Some(hash.0), Some(expires.0)),
        };
        let sql = "INSERT INTO control (user, wish, hash, expires)
                   SELECT id, ?2, ?3, ?4 FROM user WHERE name = ?1 AND owner IS NULL";
        let row = (user.as_str(), code, hash, expires);
        if self.0.execute(sql, row)? == 0 {
            return Ok(None);
        }
        whole(self.0.last_insert_rowid()).map(Some)
    }

    /// Whether the daemon has done it.
    pub(crate) fn is_done(&self, id: u64) -> Result<bool> {
        let sql = "SELECT 1 FROM control WHERE id = ?1";
        let waits = self.0.query_row(sql, [int(id)?], |_| Ok(())).optional()?;
        Ok(waits.is_none())
    }

    /// The names of all administrators.
    pub(crate) fn admins(&self) -> Result<Vec<Name>> {
        let sql = "SELECT name FROM user WHERE admin = 1 AND suspended = 0 ORDER BY name";
        self.0.prepare(sql)?.query_and_then((), |row| name(row, 0))?.collect()
    }
}

impl Store {
    /// Changes whenever somebody else has written to the database.
    pub(crate) fn others_wrote(&self) -> Result<i64> {
        let mut pragma = self.conn.prepare_cached("PRAGMA data_version")?;
        Ok(pragma.query_row((), |row| row.get(0))?)
    }

    /// What is to be done, the oldest wish first.
    pub(crate) fn controls(&self) -> Result<Vec<Control>> {
        let sql = "SELECT id, user, wish, hash, expires FROM control ORDER BY id LIMIT ?1";
        let mut select = self.conn.prepare_cached(sql)?;
        let rows = select.query_and_then([WISHES_MAX], |row| {
            let wish = match (row.get(2)?, row.get(3)?, row.get(4)?) {
                (GRANT, ..) => ControlWish::Admin(true),
                (REVOKE, ..) => ControlWish::Admin(false),
                (RESET_CODE, Some(hash), Some(expires)) => {
                    ControlWish::ResetCode { hash: SecretHash(hash), expires: Stamp(expires) }
                }
                (other, ..) => {
                    return Err(StoreError::broken(format!("unknown wish: {other}")));
                }
            };
            Ok(Control { id: whole(row.get(0)?)?, user: UserId(whole(row.get(1)?)?), wish })
        })?;
        rows.collect()
    }

    /// Sets the one-time code that makes the first administrator.
    pub(crate) fn set_claim(&self, hash: SecretHash) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO claim (only, hash) VALUES (1, ?1)";
        self.conn.execute(sql, [hash.0])?;
        Ok(())
    }
}
