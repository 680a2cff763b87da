//! Maps by ids that the server gives out itself: no peer can choose them to collide, so one
//! multiplication is hash enough.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The golden ratio of 2^64: spreads consecutive numbers over all bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

pub(super) type SerialMap<K, V> = HashMap<K, V, BuildHasherDefault<SerialHasher>>;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SerialHasher(u64);

impl Hasher for SerialHasher {
    fn write_u64(&mut self, id: u64) {
        // Low bits choose the place and a connection's lowest are its shard: turn high ones in.
        self.0 = (self.0 ^ id).wrapping_mul(SPREAD).rotate_left(32);
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
