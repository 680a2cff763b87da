//! What the outboxes of a shard share: how much they may hold, and what has gone through them.

use std::cell::Cell;
use std::rc::Rc;

/// What all outboxes of a shard may hold together, with what is being read for them; and what
/// has gone through them. Clones share it.
///
/// One half is for everybody. In the other half only those have a part who have read all they
/// had, so that those who do not read cannot keep the others from reading.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    pub(super) used: Rc<Cell<usize>>,
    pub(super) passed: Rc<Cell<Passed>>,
    bytes_max: usize,
}

/// What has gone through outboxes since the start.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Passed {
    /// Queued, each with one frame or more; some may have been dropped again to make way for a
    /// good-bye.
    pub(crate) pieces: u64,
    /// Sent.
    pub(crate) bytes: u64,
}

impl Budget {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { used: Rc::default(), passed: Rc::default(), bytes_max }
    }

    /// Bytes that wait, or are set aside.
    pub(crate) fn used(&self) -> usize {
        self.used.get()
    }

    pub(crate) fn passed(&self) -> Passed {
        self.passed.get()
    }

    /// Whether the half that is for everybody is used up.
    pub(super) fn is_tight(&self) -> bool {
        self.used.get() >= self.bytes_max / 2
    }

    /// However small it is, there is room for one.
    pub(super) fn has_room_for(&self, bytes: usize) -> bool {
        let used = self.used.get();
        used == 0 || used.saturating_add(bytes) <= self.bytes_max
    }
}
