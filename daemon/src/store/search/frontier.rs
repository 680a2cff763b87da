//! How far each room is indexed, and which room comes next. All rooms together are walked in
//! order of time, nearly: what stands together in the index is then written together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use parlor_proto::ids::{RoomId, Seq};
use rusqlite::Connection;

use super::log;
use crate::chat::Stamp;
use crate::store::columns::{count, event_id};
use crate::store::error::{Result, StoreError};

/// A room is not left for another that is behind it by less: changing costs a look into the tree.
const SLACK_MS: i64 = 60_000;

/// Rooms and how far they are indexed. One small entry a room, as in the core.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    rooms: BTreeMap<RoomId, Place>,
    /// Rooms with something to index, by the time of it.
    due: BinaryHeap<Reverse<(Stamp, RoomId)>>,
    waiting: BTreeSet<RoomId>,
}

/// The last seq that is indexed, and the last there is.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    done: Seq,
    head: Seq,
}

/// What to read next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) room: RoomId,
    /// Rowids of events: after the first, up to the second.
    pub(super) ids: (i64, i64),
    /// What is later has to wait for another room.
    pub(super) until: Stamp,
}

impl Frontier {
    pub(super) fn load(index: &Connection) -> Result<Self> {
        let mut select = index.prepare_cached("SELECT room, seq FROM progress")?;
        let rows = select.query_and_then((), |row| {
            let place = Place { done: Seq(count(row, 1)?), head: Seq(0) };
            Ok((RoomId(count(row, 0)?), place))
        })?;
        Ok(Self { rooms: rows.collect::<Result<_>>()?, ..Self::default() })
    }

    /// Looks which rooms have gone on.
    pub(super) fn look(&mut self, log: &Connection) -> Result<()> {
        for (room, head) in log::heads(log)? {
            let place = self.rooms.entry(room).or_default();
            place.head = head;
            if place.done > head {
                let what = format!("room {room} is indexed beyond its log: {}", place.done);
                return Err(StoreError::broken(what));
            }
            if place.done < head && !self.waiting.contains(&room) {
                self.queue(log, room)?;
            }
        }
        Ok(())
    }

    /// Events that are not indexed, as of the last look.
    pub(super) fn behind(&self) -> u64 {
        self.rooms.values().map(|place| place.head.0.saturating_sub(place.done.0)).sum()
    }

    /// What was said first of what is left.
    pub(super) fn next(&mut self) -> Result<Option<Stretch>> {
        let Some(Reverse((_, room))) = self.due.pop() else { return Ok(None) };
        self.waiting.remove(&room);
        let place = self.rooms.get(&room).copied().unwrap_or_default();
        let other = self.due.peek().map_or(Stamp(i64::MAX), |Reverse((at, _))| *at);
        let until = Stamp(other.0.saturating_add(SLACK_MS));
        let ids = (event_id(room, place.done)?, event_id(room, place.head)?);
        Ok(Some(Stretch { room, ids, until }))
    }

    /// The room is indexed so far.
    pub(super) fn advance(&mut self, log: &Connection, room: RoomId, done: Seq) -> Result<()> {
        self.rooms.entry(room).or_default().done = done;
        self.queue(log, room)
    }

    fn queue(&mut self, log: &Connection, room: RoomId) -> Result<()> {
        let Some(place) = self.rooms.get_mut(&room) else { return Ok(()) };
        if place.done >= place.head {
            return Ok(());
        }
        let ids = (event_id(room, place.done)?, event_id(room, place.head)?);
        match log::next_at(log, ids.0, ids.1)? {
            Some(at) => {
                self.due.push(Reverse((at, room)));
                self.waiting.insert(room);
            }
            // What there was is not kept any more.
            None => place.done = place.head,
        }
        Ok(())
    }
}
