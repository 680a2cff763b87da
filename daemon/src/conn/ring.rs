//! Recent events of a shard, encoded, for connections that are behind. Forgets the oldest
//! first; what it has forgotten is read from the store.

use std::collections::VecDeque;

use parlor_proto::ids::{RoomId, Seq};

use super::serial_map::SerialMap;
use crate::hub::run::Run;

/// What a run costs besides its bytes: its place in two queues and the allocation.
const ENTRY_BYTES: usize = 96;

/// Places of runs that are gone, before they are looked for; or half of all.
const GONE_MAX: usize = 64;

#[derive(Debug)]
pub(super) struct Ring {
    rooms: SerialMap<RoomId, VecDeque<Run>>,
    /// The room of every run and the run's last event, oldest first; also of some that were
    /// forgotten out of turn.
    order: VecDeque<(RoomId, Seq)>,
    /// How many of these.
    gone: usize,
    bytes: usize,
    bytes_max: usize,
}

impl Ring {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { rooms: SerialMap::default(), order: VecDeque::new(), gone: 0, bytes: 0, bytes_max }
    }

    /// Keeps a run, if it is newer than those of its room that are kept.
    pub(super) fn push(&mut self, room: RoomId, run: Run) {
        let runs = self.rooms.entry(room).or_default();
        if runs.back().is_some_and(|newest| newest.last() >= run.first()) {
            return;
        }
        self.bytes += run.bytes().len() + ENTRY_BYTES;
        self.order.push_back((room, run.last()));
        runs.push_back(run);
        while self.bytes > self.bytes_max {
            self.forget_oldest();
        }
    }

    /// As much as is kept in one piece, from `seq` on.
    pub(super) fn get(&self, room: RoomId, seq: Seq) -> Option<Run> {
        let runs = self.rooms.get(&room)?;
        let at = runs.partition_point(|run| run.last() < seq);
        runs.get(at)?.from(seq)
    }

    /// An event does not say any more what it said: from now on it is read from the store.
    pub(super) fn forget(&mut self, room: RoomId, seq: Seq) {
        let Some(runs) = self.rooms.get_mut(&room) else { return };
        let at = runs.partition_point(|run| run.last() < seq);
        if runs.get(at).is_some_and(|run| run.first() <= seq)
            && let Some(run) = runs.remove(at)
        {
            self.bytes -= run.bytes().len() + ENTRY_BYTES;
            self.gone += 1;
        }
        if runs.is_empty() {
            self.rooms.remove(&room);
        }
        if self.gone > GONE_MAX.max(self.order.len() / 2) {
            self.clear_gone();
        }
    }

    fn forget_oldest(&mut self) {
        let Some((room, last)) = self.order.pop_front() else { return };
        let runs = self.rooms.get_mut(&room);
        let Some(runs) = runs.filter(|runs| is_oldest(runs, last)) else {
            self.gone = self.gone.saturating_sub(1);
            return;
        };
        if let Some(run) = runs.pop_front() {
            self.bytes -= run.bytes().len() + ENTRY_BYTES;
        }
        if runs.is_empty() {
            self.rooms.remove(&room);
        }
    }

    /// Costs as much as half of the places that it looks at were made for.
    fn clear_gone(&mut self) {
        let rooms = &self.rooms;
        self.order.retain(|(room, last)| {
            rooms.get(room).is_some_and(|runs| runs.binary_search_by_key(last, Run::last).is_ok())
        });
        self.gone = 0;
    }
}

fn is_oldest(runs: &VecDeque<Run>, last: Seq) -> bool {
    runs.front().is_some_and(|oldest| oldest.last() == last)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const EVENT: &[u8] = b"0123";
    const LOBBY: RoomId = RoomId(1);
    const KITCHEN: RoomId = RoomId(2);

    fn kept(ring: &Ring, room: RoomId) -> Vec<u64> {
        (0..20).filter(|&seq| ring.get(room, Seq(seq)).is_some()).collect()
    }

    fn run(seq: u64) -> Run {
        Run::of_frames(Seq(seq), Seq(seq), Bytes::from_static(EVENT))
    }

    #[test]
    fn what_has_changed_is_forgotten_and_nothing_else() {
        let mut ring = Ring::new(1 << 20);
        for seq in 4..=7 {
            ring.push(LOBBY, run(seq));
        }
        ring.push(KITCHEN, run(5));
        ring.forget(LOBBY, Seq(5));
        ring.forget(LOBBY, Seq(5));
        ring.forget(LOBBY, Seq(2));
        assert_eq!((kept(&ring, LOBBY), kept(&ring, KITCHEN)), (vec![4, 6, 7], vec![5]));
        for seq in [4, 6, 7] {
            ring.forget(LOBBY, Seq(seq));
        }
        ring.push(LOBBY, run(9));
        assert_eq!(kept(&ring, LOBBY), [9]);
        assert_eq!(ring.bytes, 2 * (EVENT.len() + ENTRY_BYTES));
    }

    #[test]
    fn what_was_forgotten_out_of_turn_takes_no_place_and_nobody_elses_turn() {
        let mut ring = Ring::new(1 << 20);
        ring.push(LOBBY, run(1));
        for seq in 2..10_000 {
            ring.push(LOBBY, run(seq));
            ring.forget(LOBBY, Seq(seq));
        }
        assert!(ring.order.len() <= 2 * GONE_MAX, "{}", ring.order.len());
        assert_eq!(kept(&ring, LOBBY), [1]);

        let mut ring = Ring::new(3 * (EVENT.len() + ENTRY_BYTES));
        for seq in 1..=3 {
            ring.push(LOBBY, run(seq));
        }
        ring.forget(LOBBY, Seq(1));
        for seq in 4..=5 {
            ring.push(LOBBY, run(seq));
        }
        assert_eq!(kept(&ring, LOBBY), [3, 4, 5]);
    }

    #[test]
    fn the_oldest_of_all_rooms_is_forgotten_first() {
        let mut ring = Ring::new(4 * (EVENT.len() + ENTRY_BYTES));
        for (room, seq) in [(LOBBY, 7), (KITCHEN, 1), (LOBBY, 8), (LOBBY, 8), (LOBBY, 9)] {
            ring.push(room, run(seq));
        }
        assert_eq!((kept(&ring, LOBBY), kept(&ring, KITCHEN)), (vec![7, 8, 9], vec![1]));
        ring.push(LOBBY, run(11));
        ring.push(LOBBY, run(12));
        assert_eq!((kept(&ring, LOBBY), kept(&ring, KITCHEN)), (vec![8, 9, 11, 12], vec![]));
        assert!(!ring.rooms.contains_key(&KITCHEN));
    }

    #[test]
    fn a_run_larger_than_the_ring_is_not_kept() {
        let mut ring = Ring::new(EVENT.len());
        ring.push(LOBBY, run(1));
        assert_eq!((ring.bytes, ring.order.len(), ring.rooms.len()), (0, 0, 0));
    }
}
