//! Walking along the log: what was said goes into the index, what was changed is changed there,
//! and how far this has come is written in the same transaction.

use std::collections::{BTreeMap, BTreeSet};

use parlor_proto::ids::{RoomId, Seq};
use rusqlite::{Connection, OptionalExtension as _};

use super::frontier::Frontier;
use super::log::{self, Entry, Message};
use super::tokens::Tokenizer;
use super::{Index, PLACE_BITS, first_place, room_word, scrub};
use crate::store::columns::{event_place, int};
use crate::store::error::{Result, StoreError};

/// Events of one transaction, and the bytes of their texts: some 20 ms of work, after which
/// others have their turn and the daemon may stop.
const BATCH_EVENTS_MAX: usize = 1_000;
const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// Events of one room at a time.
const STRETCH_EVENTS_MAX: u32 = 200;

/// What one transaction will write.
#[derive(Debug, Default)]
struct Batch {
    said: Vec<Message>,
    touched: BTreeSet<i64>,
    done: BTreeMap<RoomId, Seq>,
    events: usize,
    bytes: usize,
}

impl Index {
    /// Indexes some of what the log has and the index has not. Returns how many events are left.
    ///
    /// After an error nothing of it has happened, and it can be tried again.
    pub(crate) fn advance(&mut self) -> Result<u64> {
        let outcome = self.try_advance();
        if outcome.is_err() {
            self.forget_what_failed()?;
        }
        outcome
    }

    fn try_advance(&mut self) -> Result<u64> {
        self.frontier.look(&self.log.conn)?;
        let batch = self.read()?;
        if !batch.done.is_empty() {
            self.write(batch)?;
        }
        Ok(self.frontier.behind())
    }

    fn forget_what_failed(&mut self) -> Result<()> {
        if !self.conn.is_autocommit() {
            self.conn.execute_batch("ROLLBACK")?;
        }
        self.frontier = Frontier::load(&self.conn)?;
        Ok(())
    }

    fn read(&mut self) -> Result<Batch> {
        let log = &self.log.conn;
        let mut batch = Batch::default();
        while !batch.is_full() {
            let Some(stretch) = self.frontier.next()? else { break };
            let mut entries = log::entries(log, stretch.ids, STRETCH_EVENTS_MAX)?.into_iter();
            let mut done = None;
            if let Some((id, _, entry)) = entries.next() {
                done = Some(id);
                batch.add(entry);
            }
            for (id, at, entry) in entries {
                if at > stretch.until || batch.is_full() {
                    break;
                }
                done = Some(id);
                batch.add(entry);
            }
            // If nothing was left of it, then up to the end of it.
            let (_, seq) = event_place(done.unwrap_or(stretch.ids.1))?;
            batch.done.insert(stretch.room, seq);
            self.frontier.advance(log, stretch.room, seq)?;
        }
        Ok(batch)
    }

    fn write(&mut self, mut batch: Batch) -> Result<()> {
        // In order of their places: the index would end a segment whenever one goes back.
        batch.said.sort_unstable_by_key(|message| (message.at, message.id));
        let conn = self.conn.unchecked_transaction()?;
        for message in &batch.said {
            add(&conn, &mut self.tokenizer, message)?;
        }
        for &target in &batch.touched {
            refresh(&conn, &self.log.conn, &mut self.tokenizer, target)?;
        }
        for (room, seq) in &batch.done {
            let sql = "INSERT OR REPLACE INTO progress (room, seq) VALUES (?1, ?2)";
            conn.prepare_cached(sql)?.execute((int(room.0)?, int(seq.0)?))?;
        }
        Ok(conn.commit()?)
    }
}

impl Batch {
    fn is_full(&self) -> bool {
        self.events >= BATCH_EVENTS_MAX || self.bytes >= BATCH_BYTES_MAX
    }

    fn add(&mut self, entry: Entry) {
        self.events += 1;
        match entry {
            Entry::Said(message) => {
                self.bytes += message.text.len();
                self.said.push(message);
            }
            Entry::Touched { target } => {
                self.touched.insert(target);
            }
            Entry::Other => {}
        }
    }
}

/// Gives a message a place and notes its words there.
fn add(conn: &Connection, tokenizer: &mut Tokenizer, message: &Message) -> Result<()> {
    let first = first_place(message.at);
    let sql = "SELECT max(id) FROM place WHERE id BETWEEN ?1 AND ?2";
    let last: Option<i64> = conn
        .prepare_cached(sql)?
        .query_row((first, first | ((1 << PLACE_BITS) - 1)), |row| row.get(0))?;
    let place = match last {
        None => first,
        // More than a million in a millisecond run over into the next one.
        Some(last) => last.checked_add(1).ok_or_else(no_place)?,
    };
    note(conn, tokenizer, place, message)
}

fn note(conn: &Connection, tokenizer: &mut Tokenizer, place: i64, message: &Message) -> Result<()> {
    let sql = "INSERT INTO place (id, event) VALUES (?1, ?2)";
    conn.prepare_cached(sql)?.execute((place, message.id))?;
    let words = tokenizer.join(&message.text);
    let origin = format!("{} u{}", room_word(message.room), message.author);
    let sql = "INSERT INTO word (rowid, text, origin) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute((place, words, origin))?;
    Ok(())
}

/// Makes the index say of a message what the log says now.
fn refresh(
    conn: &Connection,
    log: &Connection,
    tokenizer: &mut Tokenizer,
    event: i64,
) -> Result<()> {
    let Some(place) = place_of(conn, log, event)? else { return Ok(()) };
    scrub::remove(conn, place)?;
    if let Some(message) = log::message(log, event)? {
        note(conn, tokenizer, place, &message)?;
    }
    Ok(())
}

fn place_of(conn: &Connection, log: &Connection, event: i64) -> Result<Option<i64>> {
    let Some(at) = log::at(log, event)? else { return Ok(None) };
    let first = first_place(at);
    let sql = "SELECT id FROM place WHERE id BETWEEN ?1 AND ?2 AND event = ?3";
    let range = (first, first | ((1 << PLACE_BITS) - 1), event);
    Ok(conn.prepare_cached(sql)?.query_row(range, |row| row.get(0)).optional()?)
}

fn no_place() -> StoreError {
    StoreError::broken("the search index has no place after the end of time")
}
