//! How far members have read, whom messages mention, and the cursors that scripts keep.

use rusqlite::Connection;

use super::one;
use crate::chat::{Body, NamedCursor, ReadingChange};
use crate::store::columns::{event_place, int};
use crate::store::commit::Batch;
use crate::store::error::Result;

pub(super) fn change(conn: &Connection, batch: &mut Batch, change: &ReadingChange) -> Result<()> {
    match change {
        ReadingChange::Read { room, user, reading } => {
            batch.read(*room, *user, *reading);
            Ok(())
        }
        ReadingChange::CursorSet { user, cursor: NamedCursor { name, room, seq, at } } => {
            let sql = "INSERT INTO cursor (user, name, room, seq, at) VALUES (?1, ?2, ?3, ?4, ?5)
                       ON CONFLICT (user, name, room)
                       DO UPDATE SET seq = excluded.seq, at = excluded.at";
            // What a client says may be beyond what can be kept, and is then beyond every head.
            let seq = int(seq.0).unwrap_or(i64::MAX);
            one(conn, sql, (int(user.0)?, name, int(room.0)?, seq, at.0))
        }
        ReadingChange::CursorsRemoved { user, name } => {
            let sql = "DELETE FROM cursor WHERE user = ?1 AND name = ?2";
            conn.prepare_cached(sql)?.execute((int(user.0)?, name))?;
            Ok(())
        }
    }
}

/// Notes whom the message with this id mentions. It must be in the log already.
pub(super) fn mention(conn: &Connection, id: i64, body: &Body) -> Result<()> {
    let (room, _) = event_place(id)?;
    let everybody = body.mentions_room.then(|| int(room.0).map(|room| -room));
    // Whoever is called with everybody is not called twice.
    let users = body.mentions.iter().filter(|_| !body.mentions_room).map(|user| int(user.0));
    let sql = "INSERT INTO mention (who, id, at, actor)
               SELECT ?1, id, at, actor FROM event WHERE id = ?2 AND actor <> ?1";
    for who in everybody.into_iter().chain(users) {
        conn.prepare_cached(sql)?.execute((who?, id))?;
    }
    Ok(())
}

/// The message mentions nobody any more.
pub(super) fn unmention(conn: &Connection, id: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM mention WHERE id = ?1")?.execute([id])?;
    Ok(())
}
