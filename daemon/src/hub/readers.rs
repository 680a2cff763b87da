//! A bounded pool of threads that read history: pages that were permitted, and what a
//! connection that is behind in a room has missed. Never writes, never decides.

use parlor_proto::ids::{RequestId, RoomId, Seq};

use crate::chat::{ConnId, Permit};

/// Reads that may wait for a thread.
pub(crate) const READS_QUEUED_MAX: usize = 256;

/// Events of one catch-up read; the connection asks again when it has sent them.
pub(crate) const CATCH_UP_ROWS_MAX: u32 = 100;

/// Something to read.
#[derive(Debug)]
pub(crate) enum Read {
    /// Answered with the page, as a frame that answers `id`.
    Page { conn: ConnId, id: RequestId, permit: Permit },
    /// Answered with [`Delivery::CaughtUp`](super::Delivery::CaughtUp): events `from` to at
    /// most `to`, as many as [`CATCH_UP_ROWS_MAX`] and the outbox allow.
    CatchUp { conn: ConnId, room: RoomId, from: Seq, to: Seq },
}

/// All threads are busy and the queue is full.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Busy;

/// The door to the pool. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Readers {
    queue: std::sync::mpsc::SyncSender<Read>,
}

impl Readers {
    /// Queues a read; the result goes to the mailbox of the connection's shard.
    pub(crate) fn submit(&self, read: Read) -> Result<(), Busy> {
        self.queue.try_send(read).map_err(|_| Busy)
    }
}
