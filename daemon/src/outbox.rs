//! A connection's queue of bytes to send. Does no I/O and knows no protocol beyond whole frames.

mod budget;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::Bytes;

pub(crate) use self::budget::{Budget, Passed};

/// From here on nothing is pushed that can be read again later, and no request is read.
pub(crate) const SOFT_BYTES_MAX: usize = 256 * 1024;

/// From here on the connection ends: it asked for more than it reads.
pub(crate) const HARD_BYTES_MAX: usize = 1024 * 1024;

/// While less than this waits, a connection that is behind is caught up: no more of what it
/// missed stands before its next answer.
const LOW_BYTES: usize = SOFT_BYTES_MAX / 4;

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
/// 7. Sends pieces of files when nothing else waits, one at a time; they make nobody slow.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: VecDeque<Bytes>,
    /// Few have any.
    pieces: Option<Box<Pieces>>,
    /// What is still to be sent, of the queue.
    bytes: usize,
    /// What has been sent of the first frame: its memory is held to its end.
    begun: usize,
    /// Sent as far as this knows, but a copy still waits, sealed.
    sealed: u32,
    /// Set aside for what is being read.
    reserved: u32,
    budget: Budget,
}

/// Pieces of files that wait. The first may be begun, and then it comes before the queue.
#[derive(Debug, Default)]
struct Pieces {
    queue: VecDeque<Bytes>,
    bytes: usize,
    is_begun: bool,
}

/// The hard limit is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Full;

/// Too much waits for others, or for this one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NoRoom;

impl Outbox {
    pub(crate) fn new(budget: Budget) -> Self {
        Self {
            queue: VecDeque::new(),
            pieces: None,
            bytes: 0,
            begun: 0,
            sealed: 0,
            reserved: 0,
            budget,
        }
    }

    /// Adds a whole frame.
    pub(crate) fn push(&mut self, frame: Bytes) -> Result<(), Full> {
        self.has_room_for(&frame)?;
        self.queue(frame);
        Ok(())
    }

    /// Adds a whole frame with a piece of a file.
    pub(crate) fn push_piece(&mut self, frame: Bytes) -> Result<(), Full> {
        self.has_room_for(&frame)?;
        self.count(&frame);
        let pieces = self.pieces.get_or_insert_default();
        pieces.bytes += frame.len();
        pieces.queue.push_back(frame);
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
        self.reserved += small(bytes);
        self.budget.used.update(|used| used + bytes);
        Ok(bytes)
    }

    /// What was set aside is needed no more: it has come, or it will not come.
    pub(crate) fn release(&mut self, bytes: usize) {
        let bytes = bytes.min(self.reserved as usize);
        self.reserved -= small(bytes);
        self.budget.used.update(|used| used - bytes);
    }

    /// Drops what waits, but for a frame that the peer has in part, and adds the last frame.
    pub(crate) fn cut(&mut self, last: Bytes) {
        let mut pieces = self.pieces.take().unwrap_or_default();
        let begun_piece = if pieces.is_begun { pieces.queue.pop_front() } else { None };
        let is_begun = self.begun > 0 && begun_piece.is_none();
        let begun = if is_begun { self.queue.pop_front() } else { None };
        let rest = [&pieces.queue, &self.queue].into_iter().flatten();
        let dropped: usize = rest.map(Bytes::len).sum();
        self.bytes = begun.as_ref().map_or(0, |begun| begun.len() - self.begun);
        self.budget.used.update(|used| used - dropped);
        self.queue = begun.into_iter().collect();
        if let Some(begun) = begun_piece {
            let bytes = begun.len() - self.begun;
            self.pieces = Some(Box::new(Pieces { queue: [begun].into(), bytes, is_begun: true }));
        }
        self.queue(last);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.pieces.is_none()
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
        let pieces = self.pieces.as_deref().filter(|_| self.is_turn_of_pieces());
        let first = pieces.and_then(|pieces| pieces.queue.front());
        for (slice, piece) in slices.iter_mut().zip(first.into_iter().chain(&self.queue)) {
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
        let mut left = sent;
        while left > 0 {
            let is_piece = self.is_turn_of_pieces();
            let pieces = self.pieces.as_deref_mut().filter(|_| is_piece);
            let (queue, bytes) = if let Some(pieces) = pieces {
                pieces.is_begun = true;
                (&mut pieces.queue, &mut pieces.bytes)
            } else {
                (&mut self.queue, &mut self.bytes)
            };
            let Some(len) = queue.front().map(Bytes::len) else { break };
            let part = left.min(len - self.begun);
            left -= part;
            *bytes -= part;
            self.begun += part;
            if self.begun == len {
                self.begun = 0;
                self.budget.used.update(|used| used - len);
                queue.pop_front();
                self.forget_empty(is_piece);
            }
        }
    }

    /// What is empty holds no memory.
    fn forget_empty(&mut self, is_piece: bool) {
        if let Some(pieces) = self.pieces.as_deref_mut().filter(|_| is_piece) {
            pieces.is_begun = false;
            if pieces.queue.is_empty() {
                self.pieces = None;
            }
        } else if self.queue.is_empty() {
            self.queue = VecDeque::new();
        }
    }

    /// Whether a piece is sent next.
    fn is_turn_of_pieces(&self) -> bool {
        let is_begun = self.begun > 0;
        self.pieces
            .as_ref()
            .is_some_and(|pieces| pieces.is_begun || (self.queue.is_empty() && !is_begun))
    }

    /// Of what was consumed last, so many bytes have not left: they wait in a copy.
    pub(crate) fn hold(&mut self, sealed: usize) {
        self.sealed += small(sealed);
        self.budget.used.update(|used| used + sealed);
    }

    /// Nothing that was consumed waits any more.
    pub(crate) fn let_go(&mut self) {
        let sealed = std::mem::take(&mut self.sealed) as usize;
        self.budget.used.update(|used| used - sealed);
    }

    /// Whether anything has not left yet.
    fn waits(&self) -> bool {
        self.bytes + self.bytes_of_pieces() > 0 || self.sealed > 0
    }

    fn has_room_for(&self, frame: &Bytes) -> Result<(), Full> {
        let bytes = self.bytes + self.bytes_of_pieces() + frame.len();
        if bytes > HARD_BYTES_MAX { Err(Full) } else { Ok(()) }
    }

    fn queue(&mut self, frame: Bytes) {
        self.count(&frame);
        self.bytes += frame.len();
        self.queue.push_back(frame);
    }

    fn count(&self, frame: &Bytes) {
        self.budget.used.update(|used| used + frame.len());
        self.budget.passed.update(|passed| Passed { pieces: passed.pieces + 1, ..passed });
    }

    fn bytes_of_pieces(&self) -> usize {
        self.pieces.as_ref().map_or(0, |pieces| pieces.bytes)
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let held = self.bytes + self.bytes_of_pieces() + self.begun;
        self.budget.used.update(|used| used - held);
        self.let_go();
        self.release(self.reserved as usize);
    }
}

/// What one connection holds is far below this: half the memory, of which each has some.
fn small(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
