//! The id of an event: how far somebody has read in each room, in a short text that only a bridge
//! can read.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use parlor_proto::ids::{Epoch, RoomId, Seq};
use parlor_proto::limits::SYNC_ROOMS_MAX;

/// Beyond every head: who comes back with it is told of a reset.
const BEYOND: Seq = Seq(u64::MAX >> 1);

/// See the module.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Cursors {
    pub(super) epoch: Epoch,
    /// At most [`SYNC_ROOMS_MAX`].
    pub(super) places: BTreeMap<RoomId, Seq>,
}

impl Cursors {
    pub(super) fn parse(text: &str) -> Option<Self> {
        read(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?)
    }

    /// The epoch, then each room's distance from the one before, and its seq.
    pub(super) fn id(&self) -> String {
        let mut bytes = self.epoch.0.to_be_bytes().to_vec();
        let mut before = 0;
        for (room, seq) in &self.places {
            push(&mut bytes, room.0.saturating_sub(before));
            push(&mut bytes, seq.0);
            before = room.0;
        }
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// A room of which everything before this is void.
    pub(super) fn reset(&mut self, epoch: Epoch, room: RoomId, head: Seq) {
        if epoch != self.epoch {
            // The others are void as well, and their resets are not told yet.
            self.epoch = epoch;
            self.places.values_mut().for_each(|seq| *seq = BEYOND);
        }
        self.places.insert(room, head);
    }
}

fn read(mut bytes: &[u8]) -> Option<Cursors> {
    let epoch = Epoch(u64::from_be_bytes(*bytes.split_off(..8)?.first_chunk()?));
    let mut places = BTreeMap::new();
    let mut room = 0_u64;
    while !bytes.is_empty() {
        let distance = pull(&mut bytes)?;
        room = room.checked_add(distance)?;
        places.insert(RoomId(room), Seq(pull(&mut bytes)?));
        if distance == 0 || places.len() > SYNC_ROOMS_MAX {
            return None;
        }
    }
    Some(Cursors { epoch, places })
}

/// Seven bits at a time, the lowest first.
fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.extend((number & 0x7f | 0x80).to_le_bytes().first());
        number >>= 7;
    }
    bytes.extend(number.to_le_bytes().first());
}

fn pull(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..63).step_by(7) {
        let byte = *bytes.split_off_first()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursors(places: &[(u64, u64)]) -> Cursors {
        let places = places.iter().map(|(room, seq)| (RoomId(*room), Seq(*seq))).collect();
        Cursors { epoch: Epoch(7), places }
    }

    #[test]
    fn an_id_is_short_and_is_read_again() {
        for places in [&[][..], &[(1, 0)], &[(1, 127), (2, 128), (900, 1 << 36)]] {
            let cursors = cursors(places);
            assert_eq!(Cursors::parse(&cursors.id()).unwrap(), cursors);
        }
        let many: Vec<_> = (1..=256).map(|room| (room * 3, 100_000)).collect();
        assert!(cursors(&many).id().len() < 1_500);
    }

    #[test]
    fn what_is_no_id_is_refused() {
        let many: Vec<_> = (1..=257).map(|room| (room, 1)).collect();
        for text in ["", "AAAA", "!", "AAAAAAAAAAcB", "AAAAAAAAAAcAAQ", &cursors(&many).id()] {
            assert_eq!(Cursors::parse(text), None, "{text}");
        }
    }

    #[test]
    fn another_epoch_makes_all_places_void() {
        let mut cursors = cursors(&[(1, 5), (2, 5)]);
        cursors.reset(Epoch(8), RoomId(2), Seq(1));
        assert_eq!(cursors.places.values().copied().collect::<Vec<_>>(), [BEYOND, Seq(1)]);
    }
}
