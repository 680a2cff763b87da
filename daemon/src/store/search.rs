//! The search index: a database of its own beside the log, filled behind it and made anew from
//! it whenever it cannot be trusted. Holds no text, only which words stand in which messages.
//!
//! The indexer's thread owns the [`Index`], which walks along the log and writes. Whoever searches
//! owns a [`Searcher`], which finds places in the index and then reads the log: what the log does
//! not say any more is not found, however far the index is behind.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use parlor_proto::ids::{Epoch, RoomId};
use rusqlite::Connection;

use self::frontier::Frontier;
use self::tokens::Tokenizer;
use super::reader::Reader;
use crate::chat::Stamp;

mod expression;
mod file;
mod fill;
mod find;
mod frontier;
mod log;
mod matching;
mod scrub;
mod snippet;
mod tokens;
mod walk;

pub(crate) use self::find::Budget;
pub(crate) use self::scrub::Scrub;

/// The index as the one who fills it holds it.
#[derive(Debug)]
pub(crate) struct Index {
    conn: Connection,
    log: Reader,
    folder: PathBuf,
    epoch: Epoch,
    /// How often it was made anew while somebody searched in it.
    generation: Arc<AtomicU64>,
    frontier: Frontier,
    tokenizer: Tokenizer,
}

/// The index as somebody who searches holds it.
#[derive(Debug)]
pub(crate) struct Searcher {
    conn: Connection,
    log: Reader,
    folder: PathBuf,
    /// That of the index, and the one that is open here.
    generation: Arc<AtomicU64>,
    opened: u64,
    tokenizer: Tokenizer,
}

/// Bits of a place that tell apart what was said in the same millisecond.
const PLACE_BITS: u32 = 20;

/// The last millisecond that has a place: in the year 2248.
const STAMP_MAX: i64 = (1 << (i64::BITS - 1 - PLACE_BITS)) - 1;

/// The first place of what was said at this time. In the index everything stands in order of
/// time, so that a date is a bound and the newest are found first.
fn first_place(at: Stamp) -> i64 {
    at.0.clamp(0, STAMP_MAX) << PLACE_BITS
}

/// The word by which the index knows a room.
fn room_word(room: RoomId) -> String {
    format!("r{room}")
}
