//! What the index reads of the log, in statements of their own so that nobody else's pages are
//! slowed by columns that only the index wants.

use parlor_proto::ids::{RoomId, Seq, UserId};
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::chat::Stamp;
use crate::store::columns::{
    MESSAGE, MESSAGE_DELETED, MESSAGE_EDITED, count, event_id, event_place,
};
use crate::store::detail::Detail;
use crate::store::error::Result;

/// A room and its newest event.
pub(super) type Head = (RoomId, Seq);

/// A message as it is now.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: i64,
    pub(super) room: RoomId,
    pub(super) at: Stamp,
    pub(super) author: UserId,
    pub(super) text: String,
}

/// What an event means to the index.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Said(Message),
    /// An earlier message is not what it was.
    Touched {
        target: i64,
    },
    /// Nothing to be found by.
    Other,
}

/// The heads of all rooms.
pub(super) fn heads(log: &Connection) -> Result<Vec<Head>> {
    let mut select = log.prepare_cached("SELECT id, head FROM room")?;
    let rows =
        select.query_and_then((), |row| Ok((RoomId(count(row, 0)?), Seq(count(row, 1)?))))?;
    rows.collect()
}

/// When the first event after this one was, and no later than that one.
pub(super) fn next_at(log: &Connection, after: i64, last: i64) -> Result<Option<Stamp>> {
    let sql = "SELECT at FROM event WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT 1";
    let at = log.prepare_cached(sql)?.query_row((after, last), |row| row.get(0)).optional()?;
    Ok(at.map(Stamp))
}

/// Events after one and up to another, each with its rowid and its time.
pub(super) fn entries(
    log: &Connection,
    (after, last): (i64, i64),
    rows_max: u32,
) -> Result<Vec<(i64, Stamp, Entry)>> {
    let sql = "SELECT id, at, actor, kind, text, detail FROM event
               WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3";
    let mut select = log.prepare_cached(sql)?;
    let rows = select.query_and_then((after, last, rows_max), |row| {
        let entry = match row.get(3)? {
            MESSAGE => said(row)?.map_or(Entry::Other, Entry::Said),
            MESSAGE_EDITED | MESSAGE_DELETED => touched(row)?,
            _ => Entry::Other,
        };
        Ok((row.get(0)?, Stamp(row.get(1)?), entry))
    })?;
    rows.collect()
}

/// A message, if it is one and still says something.
pub(super) fn message(log: &Connection, id: i64) -> Result<Option<Message>> {
    let sql = "SELECT id, at, actor, kind, text FROM event WHERE id = ?1 AND kind = 1";
    let mut select = log.prepare_cached(sql)?;
    let mut rows = select.query([id])?;
    rows.next()?.map_or(Ok(None), said)
}

/// When an event was, whatever it is.
pub(super) fn at(log: &Connection, id: i64) -> Result<Option<Stamp>> {
    let mut select = log.prepare_cached("SELECT at FROM event WHERE id = ?1")?;
    Ok(select.query_row([id], |row| row.get(0)).optional()?.map(Stamp))
}

fn touched(row: &Row<'_>) -> Result<Entry> {
    let (room, _) = event_place(row.get(0)?)?;
    let detail = Detail::read(row.get_ref(5)?.as_blob_or_null().map_err(rusqlite::Error::from)?)?;
    Ok(Entry::Touched { target: event_id(room, Seq(detail.target))? })
}

fn said(row: &Row<'_>) -> Result<Option<Message>> {
    let id = row.get(0)?;
    let (room, _) = event_place(id)?;
    let (at, author) = (Stamp(row.get(1)?), UserId(count(row, 2)?));
    let text: Option<String> = row.get(4)?;
    Ok(text.map(|text| Message { id, room, at, author, text }))
}
