//! The log of what matters for security, as a chain: each row's hash is over the hash before it
//! and its own columns, so that whoever changes or cuts something out has to change all that
//! follows. Whoever can write the database can do that; a hash noted elsewhere shows it.

use std::fmt;
use std::path::Path;

use parlor_proto::ids::{SessionId, UserId};
use rusqlite::{Connection, OptionalExtension as _, Row};
use sha2::{Digest as _, Sha256};

use super::columns::{count, int, whole};
use super::error::{Result, StoreError};
use super::{Store, open};
use crate::chat::{AuditFacts, AuditPage, AuditRow, Stamp};

/// What an entry that was done says.
const OK: &str = "ok";

/// Expired rows that go when one is added: more than one, so that there are none in the end.
const EXPIRED_AT_ONCE_MAX: u32 = 8;

type Hash = [u8; 32];

/// A row number and the hash of the chain up to there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Link {
    pub(crate) id: u64,
    hash: Hash,
}

/// Whether the chain holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    Whole {
        entries: u64,
        head: Link,
    },
    /// The first row that is not what it was, or is missing.
    Broken {
        at: u64,
    },
}

impl fmt::Display for Link {
    /// Short enough to be noted on paper.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.id, data_encoding::HEXLOWER.encode(&self.hash))
    }
}

/// Adds an entry, and lets old ones go.
pub(super) fn append(conn: &Connection, row: &AuditRow) -> Result<()> {
    let [anchor, head] = ends(conn)?;
    let entry = AuditFacts {
        id: head.id + 1,
        at: row.at,
        actor: row.actor,
        session: row.session,
        address: row.address.map(|address| address.to_string()).unwrap_or_default(),
        action: row.deed.as_str().to_owned(),
        object: row.object.as_ref().to_owned(),
        outcome: row.refused.map_or(OK, |reason| reason.as_str()).to_owned(),
    };
    let head = Link { id: entry.id, hash: hash(&head.hash, &entry) };
    let sql = "INSERT INTO audit (id, at, actor, session, address, action, object, outcome, hash)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let actor = entry.actor.map(|actor| int(actor.0)).transpose()?;
    let session = entry.session.map(|session| int(session.0)).transpose()?;
    let AuditFacts { address, action, object, outcome, .. } = &entry;
    conn.prepare_cached(sql)?.execute((
        int(entry.id)?,
        entry.at.0,
        actor,
        session,
        address,
        action,
        object,
        outcome,
        head.hash,
    ))?;
    let anchor = expire(conn, anchor, row.keep_from)?;
    let sql = "UPDATE audit_chain SET anchor = ?1, anchor_hash = ?2, head = ?3, head_hash = ?4";
    let row = (int(anchor.id)?, anchor.hash, int(head.id)?, head.hash);
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Gives the new beginning of the chain.
fn expire(conn: &Connection, anchor: Link, keep_from: Stamp) -> Result<Link> {
    let sql = "SELECT id, hash FROM (SELECT id, hash, at FROM audit ORDER BY id LIMIT ?1)
               WHERE at < ?2 ORDER BY id DESC LIMIT 1";
    let mut select = conn.prepare_cached(sql)?;
    let last = select.query_row((EXPIRED_AT_ONCE_MAX, keep_from.0), |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Hash>(1)?))
    });
    let Some((id, hash)) = last.optional()? else { return Ok(anchor) };
    conn.prepare_cached("DELETE FROM audit WHERE id <= ?1")?.execute([id])?;
    Ok(Link { id: whole(id)?, hash })
}

/// Where the chain begins and ends.
fn ends(conn: &Connection) -> Result<[Link; 2]> {
    let sql = "SELECT anchor, anchor_hash, head, head_hash FROM audit_chain";
    let mut select = conn.prepare_cached(sql)?;
    let mut rows = select.query(())?;
    let Some(row) = rows.next()? else {
        return Err(StoreError::broken("the row about the audit log is missing"));
    };
    let anchor = Link { id: count(row, 0)?, hash: row.get(1)? };
    Ok([anchor, Link { id: count(row, 2)?, hash: row.get(3)? }])
}

/// Walks the whole chain of the database in `folder`, also beside a running daemon.
pub(crate) fn verify_audit(folder: &Path) -> Result<Verdict> {
    let conn = open::visit(folder)?;
    // One view of all: the daemon may be adding to it.
    let conn = conn.unchecked_transaction()?;
    let [mut link, head] = ends(&conn)?;
    let mut select = conn.prepare("SELECT * FROM audit ORDER BY id")?;
    let mut rows = select.query(())?;
    let mut entries = 0;
    while let Some(row) = rows.next()? {
        let at = link.id + 1;
        let Ok(entry) = facts(row) else { return Ok(Verdict::Broken { at }) };
        let computed = hash(&link.hash, &entry);
        if entry.id != at || row.get::<_, Hash>("hash").ok() != Some(computed) {
            return Ok(Verdict::Broken { at });
        }
        link = Link { id: entry.id, hash: computed };
        entries += 1;
    }
    if link == head {
        Ok(Verdict::Whole { entries, head })
    } else {
        Ok(Verdict::Broken { at: link.id + 1 })
    }
}

impl Store {
    /// Entries before `before`, the newest first, also of the open transaction.
    pub(crate) fn audit(&self, before: Option<u64>, rows: u32) -> Result<AuditPage> {
        let before = before.and_then(|id| int(id).ok()).unwrap_or(i64::MAX);
        let sql = "SELECT * FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
        let mut select = self.conn.prepare_cached(sql)?;
        let found = select.query_and_then((before, rows.saturating_add(1)), facts)?;
        let mut entries = found.collect::<Result<Vec<_>>>()?;
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        let more = entries.len() > rows;
        entries.truncate(rows);
        Ok(AuditPage { entries, more })
    }
}

fn facts(row: &Row<'_>) -> Result<AuditFacts> {
    let optional = |column: &str| row.get::<_, Option<i64>>(column)?.map(whole).transpose();
    Ok(AuditFacts {
        id: whole(row.get("id")?)?,
        at: Stamp(row.get("at")?),
        actor: optional("actor")?.map(UserId),
        session: optional("session")?.map(SessionId),
        address: row.get("address")?,
        action: row.get("action")?,
        object: row.get("object")?,
        outcome: row.get("outcome")?,
    })
}

/// Over every column with its length, so that no two rows are the same bytes.
fn hash(before: &Hash, entry: &AuditFacts) -> Hash {
    let AuditFacts { id, at, actor, session, address, action, object, outcome } = entry;
    let mut hasher = Sha256::new();
    hasher.update(before);
    hasher.update(id.to_be_bytes());
    hasher.update(at.0.to_be_bytes());
    hasher.update(actor.map_or(0, |actor| actor.0).to_be_bytes());
    hasher.update(session.map_or(0, |session| session.0).to_be_bytes());
    for text in [address, action, object, outcome] {
        hasher.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(text);
    }
    hasher.finalize().into()
}
