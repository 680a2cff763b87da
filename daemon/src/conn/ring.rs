//! Recent events of a shard, encoded, for connections that are behind. Forgets the oldest
//! first; what it has forgotten is read from the store.

use std::collections::VecDeque;

use bytes::Bytes;
use parlor_proto::ids::{RoomId, Seq};

use super::serial_map::SerialMap;

/// What an entry costs besides its bytes: its place in two queues and the allocation.
const ENTRY_BYTES: usize = 96;

#[derive(Debug)]
pub(super) struct Ring {
    rooms: SerialMap<RoomId, VecDeque<(Seq, Bytes)>>,
    /// The room of every entry, oldest first.
    order: VecDeque<RoomId>,
    bytes: usize,
    bytes_max: usize,
}

impl Ring {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { rooms: SerialMap::default(), order: VecDeque::new(), bytes: 0, bytes_max }
    }

    /// Keeps an event, if it is newer than those of its room that are kept.
    pub(super) fn push(&mut self, room: RoomId, seq: Seq, event: Bytes) {
        let events = self.rooms.entry(room).or_default();
        if events.back().is_some_and(|(newest, _)| *newest >= seq) {
            return;
        }
        self.bytes += event.len() + ENTRY_BYTES;
        events.push_back((seq, event));
        self.order.push_back(room);
        while self.bytes > self.bytes_max {
            self.forget_oldest();
        }
    }

    pub(super) fn get(&self, room: RoomId, seq: Seq) -> Option<&Bytes> {
        let events = self.rooms.get(&room)?;
        let at = events.binary_search_by_key(&seq, |(seq, _)| *seq).ok()?;
        events.get(at).map(|(_, event)| event)
    }

    fn forget_oldest(&mut self) {
        let Some(room) = self.order.pop_front() else { return };
        let Some(events) = self.rooms.get_mut(&room) else { return };
        if let Some((_, event)) = events.pop_front() {
            self.bytes -= event.len() + ENTRY_BYTES;
        }
        if events.is_empty() {
            self.rooms.remove(&room);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &[u8] = b"0123";
    const LOBBY: RoomId = RoomId(1);
    const KITCHEN: RoomId = RoomId(2);

    fn kept(ring: &Ring, room: RoomId) -> Vec<u64> {
        (0..20).filter(|&seq| ring.get(room, Seq(seq)).is_some()).collect()
    }

    #[test]
    fn the_oldest_of_all_rooms_is_forgotten_first() {
        let mut ring = Ring::new(4 * (EVENT.len() + ENTRY_BYTES));
        for (room, seq) in [(LOBBY, 7), (KITCHEN, 1), (LOBBY, 8), (LOBBY, 8), (LOBBY, 9)] {
            ring.push(room, Seq(seq), Bytes::from_static(EVENT));
        }
        assert_eq!((kept(&ring, LOBBY), kept(&ring, KITCHEN)), (vec![7, 8, 9], vec![1]));
        ring.push(LOBBY, Seq(11), Bytes::from_static(EVENT));
        ring.push(LOBBY, Seq(12), Bytes::from_static(EVENT));
        assert_eq!((kept(&ring, LOBBY), kept(&ring, KITCHEN)), (vec![8, 9, 11, 12], vec![]));
        assert!(!ring.rooms.contains_key(&KITCHEN));
    }

    #[test]
    fn an_event_larger_than_the_ring_is_not_kept() {
        let mut ring = Ring::new(EVENT.len());
        ring.push(LOBBY, Seq(1), Bytes::from_static(EVENT));
        assert_eq!((ring.bytes, ring.order.len(), ring.rooms.len()), (0, 0, 0));
    }
}
