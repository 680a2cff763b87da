//! A connection's queue of bytes to send. Does no I/O and knows no protocol beyond whole frames.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::rc::Rc;

use bytes::Bytes;

/// From here on nothing is pushed that can be read again later, and no request is read.
pub(crate) const SOFT_BYTES_MAX: usize = 256 * 1024;

/// From here on the connection ends: it asked for more than it reads.
pub(crate) const HARD_BYTES_MAX: usize = 1024 * 1024;

/// While less than this waits, a connection that is behind is caught up: no more of what it
/// missed stands before its next answer.
const LOW_BYTES: usize = SOFT_BYTES_MAX / 4;

/// What all outboxes of a shard may hold together, with what is being read for them; and what
/// has gone through them. Clones share it.
///
/// One half is for everybody. In the other half only those have a part who have read all they
/// had, so that those who do not read cannot keep the others from reading.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    used: Rc<Cell<usize>>,
    passed: Rc<Cell<Passed>>,
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
    fn is_tight(&self) -> bool {
        self.used.get() >= self.bytes_max / 2
    }

    /// However small it is, there is room for one.
    fn has_room_for(&self, bytes: usize) -> bool {
        let used = self.used.get();
        used == 0 || used.saturating_add(bytes) <= self.bytes_max
    }
}

/// Bytes that wait for one connection.
///
/// 1. Never blocks and never reorders.
/// 2. Accounts every byte, here until it has been sent, and in the budget that it shares with
///    others until its memory is given back, that of its sealed copy too.
/// 3. Refuses what would take it over [`HARD_BYTES_MAX`].
/// 4. Says when its reader is slow: over [`SOFT_BYTES_MAX`], or while the budget is tight and
///    it has a part in that.
/// 5. Sets bytes aside for what is being read for it, so that there is room when it comes.
/// 6. Holds no memory when empty.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: VecDeque<Bytes>,
    /// What is still to be sent.
    bytes: usize,
    /// What has been sent of the first piece: its memory is held to its end.
    begun: usize,
    /// Sent as far as this knows, but a copy still waits, sealed.
    sealed: usize,
    /// Set aside for what is being read.
    reserved: usize,
    budget: Budget,
}

/// The hard limit is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Full;

/// Too much waits for others, or for this one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NoRoom;

impl Outbox {
    pub(crate) fn new(budget: Budget) -> Self {
        Self { queue: VecDeque::new(), bytes: 0, begun: 0, sealed: 0, reserved: 0, budget }
    }

    /// Adds a whole frame.
    pub(crate) fn push(&mut self, frame: Bytes) -> Result<(), Full> {
        if self.bytes + frame.len() > HARD_BYTES_MAX {
            return Err(Full);
        }
        self.queue(frame);
        Ok(())
    }

    /// Sets bytes aside for what is about to be read, `most` or, while the budget is tight,
    /// `least`. Says how many; they are to be released when it has come.
    pub(crate) fn reserve(&mut self, least: usize, most: usize) -> Result<usize, NoRoom> {
        let is_tight = self.budget.is_tight();
        let has_part = self.waits() || self.reserved > 0;
        let bytes = if is_tight { least } else { most };
        if !self.budget.has_room_for(bytes) || (has_part && is_tight) {
            return Err(NoRoom);
        }
        self.reserved += bytes;
        self.budget.used.update(|used| used + bytes);
        Ok(bytes)
    }

    /// What was set aside is needed no more: it has come, or it will not come.
    pub(crate) fn release(&mut self, bytes: usize) {
        let bytes = bytes.min(self.reserved);
        self.reserved -= bytes;
        self.budget.used.update(|used| used - bytes);
    }

    /// Drops what waits, but for a frame that the peer has in part, and adds the last frame.
    pub(crate) fn cut(&mut self, last: Bytes) {
        let begun = if self.begun > 0 { self.queue.pop_front() } else { None };
        let dropped: usize = self.queue.iter().map(Bytes::len).sum();
        self.shrink(dropped);
        self.queue = begun.into_iter().collect();
        self.queue(last);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// What can be read again later is not to be pushed now.
    pub(crate) fn is_slow(&self) -> bool {
        self.bytes >= SOFT_BYTES_MAX || (self.waits() && self.is_tight())
    }

    /// Whether little is left for all together, so that each is to hold little.
    pub(crate) fn is_tight(&self) -> bool {
        self.budget.is_tight()
    }

    /// What was held back may go on.
    pub(crate) fn is_low(&self) -> bool {
        self.bytes < LOW_BYTES && !self.is_slow()
    }

    /// The next bytes to send, at most `bytes_max` of them, as slices for one call. Returns
    /// how many slices there are.
    pub(crate) fn gather<'a>(&'a self, slices: &mut [IoSlice<'a>], bytes_max: usize) -> usize {
        let mut room = bytes_max;
        let mut count = 0;
        let mut begun = self.begun;
        for (slice, piece) in slices.iter_mut().zip(&self.queue) {
            if room == 0 {
                break;
            }
            let unsent = piece.get(std::mem::take(&mut begun)..).unwrap_or_default();
            let part = unsent.get(..room).unwrap_or(unsent);
            *slice = IoSlice::new(part);
            room -= part.len();
            count += 1;
        }
        count
    }

    /// The first `sent` bytes are on their way.
    pub(crate) fn consume(&mut self, sent: usize) {
        let bytes = u64::try_from(sent).unwrap_or_default();
        self.budget.passed.update(|passed| Passed { bytes: passed.bytes + bytes, ..passed });
        self.bytes -= sent;
        self.begun += sent;
        while let Some(len) = self.queue.front().map(Bytes::len).filter(|len| *len <= self.begun) {
            self.begun -= len;
            self.budget.used.update(|used| used - len);
            self.queue.pop_front();
        }
        if self.queue.is_empty() {
            self.queue = VecDeque::new();
        }
    }

    /// Of what was consumed last, so many bytes have not left: they wait in a copy.
    pub(crate) fn hold(&mut self, sealed: usize) {
        self.sealed += sealed;
        self.budget.used.update(|used| used + sealed);
    }

    /// Nothing that was consumed waits any more.
    pub(crate) fn let_go(&mut self) {
        let sealed = std::mem::take(&mut self.sealed);
        self.budget.used.update(|used| used - sealed);
    }

    /// Whether anything has not left yet.
    fn waits(&self) -> bool {
        self.bytes + self.sealed > 0
    }

    fn queue(&mut self, frame: Bytes) {
        self.bytes += frame.len();
        self.budget.used.update(|used| used + frame.len());
        self.budget.passed.update(|passed| Passed { pieces: passed.pieces + 1, ..passed });
        self.queue.push_back(frame);
    }

    fn shrink(&mut self, by: usize) {
        self.bytes -= by;
        self.budget.used.update(|used| used - by);
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.shrink(self.bytes);
        self.budget.used.update(|used| used - self.begun);
        self.let_go();
        self.release(self.reserved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> Outbox {
        Outbox::new(Budget::new(usize::MAX))
    }

    fn gathered(outbox: &Outbox, slices_max: usize, bytes_max: usize) -> Vec<u8> {
        let mut slices = vec![IoSlice::new(&[]); slices_max];
        let count = outbox.gather(&mut slices, bytes_max);
        slices[..count].iter().flat_map(|slice| slice.to_vec()).collect()
    }

    #[test]
    fn bytes_leave_in_the_order_in_which_they_came() {
        let mut outbox = outbox();
        for frame in ["one", "two", "three"] {
            outbox.push(Bytes::from_static(frame.as_bytes())).unwrap();
        }
        assert_eq!(gathered(&outbox, 8, 100), b"onetwothree");
        assert_eq!(gathered(&outbox, 8, 4), b"onet");
        assert_eq!(gathered(&outbox, 2, 100), b"onetwo");
        outbox.consume(4);
        assert_eq!(gathered(&outbox, 8, 100), b"wothree");
        outbox.consume(2);
        assert_eq!(gathered(&outbox, 8, 100), b"three");
        outbox.consume(5);
        assert!(outbox.is_empty());
        assert_eq!((outbox.bytes, outbox.queue.capacity()), (0, 0));
    }

    #[test]
    fn slow_over_the_soft_limit_refused_over_the_hard_one() {
        let mut outbox = outbox();
        let frame = Bytes::from(vec![0; 64 * 1024]);
        for count in 1..=16 {
            assert!(!outbox.is_slow() || count > 4, "{count}");
            outbox.push(frame.clone()).unwrap();
        }
        assert!(outbox.is_slow());
        assert_eq!(outbox.push(Bytes::from_static(b"x")), Err(Full));
        outbox.consume(13 * 64 * 1024);
        assert!(!outbox.is_slow() && !outbox.is_low());
        outbox.consume(2 * 64 * 1024);
        assert!(!outbox.is_low());
        outbox.consume(1);
        assert!(outbox.is_low());
    }

    #[test]
    fn a_tight_budget_makes_slow_whoever_waits_and_is_given_back() {
        let budget = Budget::new(20);
        let mut ann = Outbox::new(budget.clone());
        let bob = Outbox::new(budget.clone());
        ann.push(Bytes::from_static(b"0123456789")).unwrap();
        assert!(ann.is_slow());
        assert!(!bob.is_slow());
        assert_eq!(budget.used(), 10);
        ann.consume(4);
        assert_eq!(budget.passed(), Passed { pieces: 1, bytes: 4 });
        drop(ann);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn what_is_being_read_has_its_part_and_who_has_none_comes_first() {
        let budget = Budget::new(100);
        let mut ann = Outbox::new(budget.clone());
        let mut bob = Outbox::new(budget.clone());
        assert_eq!([30, 30].map(|bytes| ann.reserve(9, bytes)), [Ok(30), Ok(30)]);
        assert_eq!(ann.reserve(9, 30), Err(NoRoom), "the other half is for others");
        assert!(!ann.is_slow(), "nothing waits that could be read");
        assert_eq!(bob.reserve(41, 50), Err(NoRoom));
        assert_eq!(bob.reserve(40, 50), Ok(40));
        ann.push(Bytes::from_static(b"x")).unwrap();
        assert!(ann.is_slow());
        ann.release(60);
        assert!(!ann.is_slow());
        bob.release(1_000);
        assert_eq!(budget.used(), 1);
        bob.reserve(9, 50).unwrap();
        drop((ann, bob));
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_sealed_copy_counts_until_it_has_left() {
        let budget = Budget::new(20);
        let mut ann = Outbox::new(budget.clone());
        ann.push(Bytes::from_static(b"0123456789")).unwrap();
        ann.consume(10);
        ann.hold(10);
        assert_eq!((budget.used(), ann.is_empty(), ann.is_slow()), (10, true, true));
        assert_eq!(ann.reserve(1, 1), Err(NoRoom), "it has not read what it had");
        ann.let_go();
        assert_eq!((budget.used(), ann.is_slow()), (0, false));
        ann.hold(5);
        drop(ann);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn one_is_read_for_whatever_the_budget() {
        let budget = Budget::new(0);
        let mut ann = Outbox::new(budget.clone());
        let mut bob = Outbox::new(budget);
        ann.reserve(100, 100).unwrap();
        assert_eq!(bob.reserve(100, 100), Err(NoRoom));
        drop(ann);
        bob.reserve(100, 100).unwrap();
    }

    #[test]
    fn the_last_frame_follows_a_begun_one_and_nothing_else() {
        let budget = Budget::new(usize::MAX);
        let mut outbox = Outbox::new(budget.clone());
        for frame in ["one", "two"] {
            outbox.push(Bytes::from_static(frame.as_bytes())).unwrap();
        }
        outbox.consume(1);
        outbox.cut(Bytes::from_static(b"bye"));
        assert_eq!(gathered(&outbox, 8, 100), b"nebye");
        assert_eq!((outbox.bytes, budget.used()), (5, 6), "what is begun is held to its end");
        outbox.consume(5);
        outbox.push(Bytes::from_static(b"one")).unwrap();
        outbox.cut(Bytes::from_static(b"bye"));
        assert_eq!(gathered(&outbox, 8, 100), b"bye");
        outbox.consume(2);
        assert_eq!((outbox.bytes, budget.used()), (1, 3));
        drop(outbox);
        assert_eq!(budget.used(), 0);
    }
}
