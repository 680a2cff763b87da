//! Invites: made by users, and by `parlord invite`, which may run beside the daemon; used up by
//! accounts.

use std::path::Path;
use std::time::Duration;

use parlor_proto::ids::UserId;
use rusqlite::Row;

use super::columns::{hash, int, whole};
use super::error::{Result, StoreError};
use super::{Store, open};
use crate::chat::{Invite, SecretHash, SecretId, Stamp};

/// Invites of one answer, which fits a frame.
const INVITES_LISTED_MAX: u32 = 500;

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
        self.invite_between(hash, hash)
    }

    /// The invite that people call so.
    pub(crate) fn invite_called(&self, id: SecretId) -> Result<Option<Invite>> {
        let (least, greatest) = id.hashes();
        self.invite_between(least, greatest)
    }

    fn invite_between(&self, least: SecretHash, greatest: SecretHash) -> Result<Option<Invite>> {
        let sql = "SELECT hash, creator, uses_left, created, expires FROM invite
                   WHERE hash BETWEEN ?1 AND ?2 LIMIT 1";
        let mut select = self.conn.prepare_cached(sql)?;
        let mut found = select.query_and_then((least.0, greatest.0), invite)?;
        found.next().transpose()
    }

    /// Invites that are good for something, the newest first: of one user, or all.
    pub(crate) fn invites(&self, of: Option<UserId>, now: Stamp) -> Result<Vec<Invite>> {
        let of = of.map(|user| int(user.0)).transpose()?;
        // Apart, so that those of one user are found by their index.
        let sql = if of.is_some() {
            "SELECT hash, creator, uses_left, created, expires FROM invite
             WHERE creator = ?1 AND uses_left > 0 AND expires > ?2
             ORDER BY created DESC LIMIT ?3"
        } else {
            "SELECT hash, creator, uses_left, created, expires FROM invite
             WHERE ?1 IS NULL AND uses_left > 0 AND expires > ?2
             ORDER BY created DESC LIMIT ?3"
        };
        let mut select = self.conn.prepare_cached(sql)?;
        select.query_and_then((of, now.0, INVITES_LISTED_MAX), invite)?.collect()
    }

    /// How many of these there are.
    pub(crate) fn open_invites(&self, of: UserId, now: Stamp) -> Result<u32> {
        let sql = "SELECT count(*) FROM invite
                   WHERE creator = ?1 AND uses_left > 0 AND expires > ?2";
        let mut select = self.conn.prepare_cached(sql)?;
        Ok(select.query_row((int(of.0)?, now.0), |row| row.get(0))?)
    }
}

fn invite(row: &Row<'_>) -> Result<Invite> {
    let creator: Option<i64> = row.get(1)?;
    Ok(Invite {
        hash: hash(row, 0)?,
        creator: creator.map(|creator| Ok::<_, StoreError>(UserId(whole(creator)?))).transpose()?,
        uses_left: row.get(2)?,
        created: Stamp(row.get(3)?),
        expires: Stamp(row.get(4)?),
    })
}
