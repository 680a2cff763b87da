//! What events about messages do to the log: a message is kept in its present state, and what
//! nobody is to read any more is gone from the messages that it stood in.

use parlor_proto::ids::{RoomId, Seq};
use rusqlite::{Connection, OptionalExtension as _};

use super::{file, one, reading};
use crate::chat::{Message, MessageEdited, ReactionChanged, RoomEvent};
use crate::store::columns::{
    MESSAGE, MESSAGE_DELETED, MESSAGE_EDITED, REACTION_CHANGED, event_id, int,
};
use crate::store::detail::Detail;
use crate::store::error::{Result, StoreError};
use crate::store::leftovers;

pub(super) fn said(
    conn: &Connection,
    event: &RoomEvent,
    message: &Message,
    detail: Option<Vec<u8>>,
) -> Result<()> {
    let sql =
        "INSERT INTO event (id, at, actor, nth, kind, client_message_id, text, thread, detail)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let (id, at, actor, nth) = common(event)?;
    let thread = message.thread.map(|seq| event_id(event.room, seq)).transpose()?;
    let text = &message.body.text;
    one(conn, sql, (id, at, actor, nth, MESSAGE, message.id.0, text, thread, detail))?;
    if !message.files.is_empty() {
        file::attach(conn, event, message)?;
    }
    if message.body.mentions_room || !message.body.mentions.is_empty() {
        reading::mention(conn, id, &message.body)?;
    }
    if let Some(root) = thread {
        // The message that began it may have gone by its age.
        let sql = "INSERT INTO thread (root, messages) SELECT id, 1 FROM event WHERE id = ?1
                   ON CONFLICT (root) DO UPDATE SET messages = messages + 1";
        conn.prepare_cached(sql)?.execute([root])?;
    }
    Ok(())
}

/// The message gets the edit's text, and an earlier edit loses its own.
pub(super) fn edited(
    conn: &Connection,
    event: &RoomEvent,
    edited: &MessageEdited,
    detail: Option<Vec<u8>>,
) -> Result<()> {
    add(conn, event, (MESSAGE_EDITED, Some(&edited.body.text)), detail)?;
    let now = original(conn, event.room, edited.target)?;
    if let Some(earlier) = now.last_edit() {
        empty_edit(conn, event.room, earlier)?;
    }
    let mentioned = now.mentions_anybody();
    let now = now.with_edit(edited, event.seq, event.at).bytes();
    let id = event_id(event.room, edited.target)?;
    let sql = "UPDATE event SET text = ?2, detail = ?3 WHERE id = ?1";
    one(conn, sql, (id, &edited.body.text, now))?;
    if mentioned {
        reading::unmention(conn, id)?;
    }
    reading::mention(conn, id, &edited.body)
}

/// The texts of the message and of its last edit are gone; the earlier ones' are already.
pub(super) fn deleted(
    conn: &Connection,
    event: &RoomEvent,
    target: Seq,
    detail: Option<Vec<u8>>,
) -> Result<()> {
    add(conn, event, (MESSAGE_DELETED, None), detail)?;
    let was = original(conn, event.room, target)?;
    if let Some(earlier) = was.last_edit() {
        empty_edit(conn, event.room, earlier)?;
    }
    let id = event_id(event.room, target)?;
    if was.mentions_anybody() {
        reading::unmention(conn, id)?;
    }
    leftovers::leave(conn, (id, id))?;
    if was.has_files() {
        file::detach(conn, id)?;
    }
    conn.prepare_cached("DELETE FROM reaction_count WHERE message = ?1")?.execute([id])?;
    let sql = "UPDATE event SET text = NULL, detail = ?2 WHERE id = ?1";
    one(conn, sql, (id, was.with_deletion().bytes()))
}

pub(super) fn reacted(
    conn: &Connection,
    event: &RoomEvent,
    changed: &ReactionChanged,
    detail: Option<Vec<u8>>,
) -> Result<()> {
    add(conn, event, (REACTION_CHANGED, None), detail)?;
    let ReactionChanged { target, reaction, present, count } = changed;
    let (message, seq) = (event_id(event.room, *target)?, int(event.seq.0)?);
    let user = int(event.actor.0)?;
    if *present {
        let sql = "INSERT INTO reaction (message, seq, user, reaction) VALUES (?1, ?2, ?3, ?4)";
        one(conn, sql, (message, seq, user, reaction))?;
    } else {
        let sql = "DELETE FROM reaction WHERE message = ?1 AND user = ?2 AND reaction = ?3";
        one(conn, sql, (message, user, reaction))?;
    }
    if *count == 0 {
        let sql = "DELETE FROM reaction_count WHERE message = ?1 AND reaction = ?2";
        return one(conn, sql, (message, reaction));
    }
    let sql = "INSERT INTO reaction_count (message, reaction, count, first) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (message, reaction) DO UPDATE SET count = excluded.count";
    one(conn, sql, (message, reaction, count, seq))
}

fn add(
    conn: &Connection,
    event: &RoomEvent,
    (kind, text): (i64, Option<&std::sync::Arc<str>>),
    detail: Option<Vec<u8>>,
) -> Result<()> {
    let sql = "INSERT INTO event (id, at, actor, nth, kind, text, detail)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (id, at, actor, nth) = common(event)?;
    one(conn, sql, (id, at, actor, nth, kind, text, detail))
}

/// Nobody is to read any more what an edit said.
pub(super) fn empty_edit(conn: &Connection, room: RoomId, seq: Seq) -> Result<()> {
    let id = event_id(room, seq)?;
    let Some(detail) = detail_of(conn, id, MESSAGE_EDITED)? else {
        return Err(StoreError::broken(format!("room {room}: event {seq} is no edit")));
    };
    let sql = "UPDATE event SET text = NULL, detail = ?2 WHERE id = ?1";
    one(conn, sql, (id, detail.emptied().bytes()))
}

fn original(conn: &Connection, room: RoomId, seq: Seq) -> Result<Detail> {
    let found = detail_of(conn, event_id(room, seq)?, MESSAGE)?;
    found.ok_or_else(|| StoreError::broken(format!("room {room}: event {seq} is no message")))
}

fn detail_of(conn: &Connection, id: i64, kind: i64) -> Result<Option<Detail>> {
    let sql = "SELECT detail FROM event WHERE id = ?1 AND kind = ?2";
    let mut select = conn.prepare_cached(sql)?;
    let found: Option<Option<Vec<u8>>> =
        select.query_row((id, kind), |row| row.get(0)).optional()?;
    found.map(|bytes| Detail::read(bytes.as_deref())).transpose()
}

/// Id, time, actor and the number of messages so far.
fn common(event: &RoomEvent) -> Result<(i64, i64, i64, i64)> {
    let id = event_id(event.room, event.seq)?;
    Ok((id, event.at.0, int(event.actor.0)?, int(event.nth)?))
}
