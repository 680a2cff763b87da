//! Reading history, on threads of their own, in short transactions of one statement each. What
//! is not committed is not seen.

mod about;
mod missed;

use std::ops::RangeInclusive;

use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::limits::{FRAME_BYTES_MAX, PAGE_ROWS_MAX, TEXT_BYTES_MAX, TOPIC_BYTES_MAX};
use rusqlite::Connection;

use super::columns::{event_ids, int, whole};
use super::error::{Result, StoreError};
use super::row::{self, EVENT_OVERHEAD_BYTES, NEWEST_FIRST, OLDEST_FIRST};
use crate::chat::{Anchor, Permit, RoomEvent};

/// What a frame holds besides the events of a page.
const PAGE_OVERHEAD_BYTES: usize = 1024;

/// The events of one page, encoded.
pub(super) const PAGE_BYTES_MAX: usize = FRAME_BYTES_MAX - PAGE_OVERHEAD_BYTES;

// A page always has room for one event.
const _: () = assert!(TEXT_BYTES_MAX + EVENT_OVERHEAD_BYTES <= PAGE_BYTES_MAX);
const _: () = assert!(TOPIC_BYTES_MAX <= TEXT_BYTES_MAX);

/// A connection that only reads.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(super) conn: Connection,
}

/// Part of a room's log, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) events: Vec<RoomEvent>,
    /// The permit allows more before these.
    pub(crate) has_older: bool,
    /// The permit allows more after these.
    pub(crate) has_newer: bool,
}

/// The way in which events are walked along, and so which of them still fit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Order {
    OldestFirst,
    NewestFirst,
}

/// Where a walk ends at the latest. The first event is always taken.
#[derive(Clone, Copy, Debug)]
struct Budget {
    rows: u32,
    bytes: usize,
}

impl Budget {
    /// Leaves what still fits.
    fn cut(self, events: &mut Vec<RoomEvent>) {
        let mut bytes = 0;
        let mut fits = |event: &RoomEvent| {
            bytes += row::encoded_bytes_max(event);
            bytes <= self.bytes
        };
        let fitting = events.iter().take(self.rows as usize).take_while(|event| fits(event));
        let fitting = fitting.count();
        events.truncate(fitting.max(1));
    }
}

impl Reader {
    /// A page inside the permit, as many events as fit into a frame.
    pub(crate) fn page(&self, permit: &Permit) -> Result<Page> {
        let (floor, ceiling) = (permit.floor.max(Seq(1)), permit.ceiling);
        let (seqs, order) = match permit.anchor {
            Anchor::After(seq) => (floor.max(seq.next())..=ceiling, Order::OldestFirst),
            Anchor::Before(None) => (floor..=ceiling, Order::NewestFirst),
            Anchor::Before(Some(seq)) => (floor..=ceiling.min(seq.previous()), Order::NewestFirst),
        };
        let rows = permit.rows.clamp(1, PAGE_ROWS_MAX);
        let budget = Budget { rows, bytes: PAGE_BYTES_MAX };
        let mut events = self.walk(permit.room, &seqs, order, budget)?;
        self.dress(&mut events)?;
        budget.cut(&mut events);
        if order == Order::NewestFirst {
            events.reverse();
        }
        let (has_older, has_newer) = match (events.first(), events.last()) {
            (Some(first), Some(last)) => (first.seq > floor, last.seq < ceiling),
            // Everything that may be read is on the other side of the anchor.
            _ if floor <= ceiling => (order == Order::OldestFirst, order == Order::NewestFirst),
            _ => (false, false),
        };
        Ok(Page { events, has_older, has_newer })
    }

    /// What a connection that is behind has missed: events `seqs` of a room in order from the
    /// first, until either limit is reached, but one at least if there is one.
    pub(crate) fn events(
        &self,
        room: RoomId,
        seqs: RangeInclusive<Seq>,
        rows_max: u32,
        bytes_max: usize,
    ) -> Result<Vec<RoomEvent>> {
        let budget = Budget { rows: rows_max.max(1), bytes: bytes_max };
        self.walk(room, &seqs, Order::OldestFirst, budget)
    }

    /// The oldest event of a room that is kept.
    fn first(&self, room: RoomId) -> Result<Seq> {
        let mut select = self.conn.prepare_cached("SELECT first FROM room WHERE id = ?1")?;
        let first = select.query_row([int(room.0)?], |row| row.get(0))?;
        whole(first).map(Seq)
    }

    fn walk(
        &self,
        room: RoomId,
        seqs: &RangeInclusive<Seq>,
        order: Order,
        budget: Budget,
    ) -> Result<Vec<RoomEvent>> {
        if seqs.is_empty() {
            return Ok(Vec::new());
        }
        let (sql, mut expected) = match order {
            Order::OldestFirst => (OLDEST_FIRST, Some(*seqs.start())),
            Order::NewestFirst => (NEWEST_FIRST, None),
        };
        let (first, last) = event_ids(room, seqs)?;
        let mut select = self.conn.prepare_cached(sql)?;
        let mut rows = select.query((first, last, budget.rows))?;
        let (mut events, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let event = row::event(row)?;
            bytes += row::encoded_bytes_max(&event);
            if bytes > budget.bytes && !events.is_empty() {
                break;
            }
            let missing = expected.filter(|seq| *seq != event.seq);
            // The beginning may have been deleted since this was allowed, its age being over.
            let is_deleted = || Ok::<_, StoreError>(event.seq == self.first(room)?);
            if let Some(missing) = missing
                && !(events.is_empty() && is_deleted()?)
            {
                return Err(StoreError::broken(format!("room {room}: event {missing} is missing")));
            }
            expected = Some(match order {
                Order::OldestFirst => event.seq.next(),
                Order::NewestFirst => event.seq.previous(),
            });
            events.push(event);
        }
        Ok(events)
    }
}
