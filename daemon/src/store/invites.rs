//! Invites: written by `parlord invite`, which may run beside the daemon, used up by accounts.

use std::path::Path;
use std::time::Duration;

use rusqlite::OptionalExtension as _;

use super::columns::int;
use super::error::Result;
use super::{Store, open};
use crate::chat::{Invite, SecretHash, Stamp};

/// How long an invite is kept after it has expired, so that whoever comes late is told why.
const EXPIRED_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Adds an invite to the database in `folder`, also beside a running daemon; there must be a
/// database already.
pub(crate) fn add_invite(
    folder: &Path,
    hash: SecretHash,
    uses: u32,
    expires: Stamp,
    now: Stamp,
) -> Result<()> {
    let conn = open::visit(folder)?;
    let forgotten = now.0.saturating_sub(int(EXPIRED_KEPT.as_secs() * 1000)?);
    conn.execute("DELETE FROM invite WHERE expires < ?1", [forgotten])?;
    let sql = "INSERT INTO invite (hash, uses_left, expires, created) VALUES (?1, ?2, ?3, ?4)";
    conn.execute(sql, (hash.0, uses, expires.0, now.0))?;
    Ok(())
}

impl Store {
    /// The invite with this hash, used up or expired as it may be.
    pub(crate) fn invite(&self, hash: SecretHash) -> Result<Option<Invite>> {
        let sql = "SELECT uses_left, expires FROM invite WHERE hash = ?1";
        let mut select = self.conn.prepare_cached(sql)?;
        let invite = select.query_row([hash.0], |row| {
            Ok(Invite { hash, uses_left: row.get(0)?, expires: Stamp(row.get(1)?) })
        });
        Ok(invite.optional()?)
    }
}
