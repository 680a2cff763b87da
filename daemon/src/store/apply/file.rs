//! Files and uploads: the rows, not the contents.

use rusqlite::Connection;

use super::one;
use crate::chat::{FileChange, FileFacts, Message, NewFile, RoomEvent};
use crate::store::columns::{event_id, int};
use crate::store::error::Result;

pub(super) fn change(conn: &Connection, change: &FileChange) -> Result<()> {
    match change {
        FileChange::UploadBegun { upload, user, new: NewFile { name, size, hash }, at } => {
            let sql = "INSERT INTO upload (id, user, name, size, sha256, created)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let (upload, user, size) = (int(upload.0)?, int(user.0)?, int(*size)?);
            one(conn, sql, (upload, user, name, size, hash.0, at.0))
        }
        FileChange::UploadEnded { upload } => {
            one(conn, "DELETE FROM upload WHERE id = ?1", [int(upload.0)?])
        }
        FileChange::Added { owner, facts, at } => {
            let FileFacts { file, name, size, media_type, hash } = facts;
            let sql = "INSERT INTO file (id, owner, name, size, media_type, sha256, created, loose)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";
            let (file, owner, size) = (int(file.0)?, int(owner.0)?, int(*size)?);
            one(conn, sql, (file, owner, name, size, media_type, hash.0, at.0))
        }
        FileChange::Removed { file } => one(conn, "DELETE FROM file WHERE id = ?1", [int(file.0)?]),
    }
}

/// A message refers to its files.
pub(super) fn attach(conn: &Connection, event: &RoomEvent, message: &Message) -> Result<()> {
    let id = event_id(event.room, event.seq)?;
    let sql = "INSERT INTO attachment (message, file, sha256) VALUES (?1, ?2, ?3)";
    for FileFacts { file, hash, .. } in message.files.iter() {
        one(conn, sql, (id, int(file.0)?, hash.0))?;
    }
    Ok(())
}

/// A message refers to nothing any more.
pub(super) fn detach(conn: &Connection, message: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM attachment WHERE message = ?1")?.execute([message])?;
    Ok(())
}
