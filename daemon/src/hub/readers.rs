//! A bounded pool of threads that read history: pages that were permitted, and what a
//! connection that is behind in a room has missed. Never writes, never decides.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RequestId, RoomId, Seq};

use super::losses::{About, Losses, Turn};
use super::run::Run;
use super::tally::Refusals;
use super::{Delivery, Mailboxes, Parcel};
use crate::chat::{Answer, ConnId, Denial, Look, Permit};
use crate::store::{EVENT_BYTES_MAX, Page, Reader, StoreError};
use crate::tally::{Count, Level};
use crate::wire::encode::{self, PageFacts};

/// Reads that may wait for a thread.
const READS_QUEUED_MAX: usize = 256;

/// Events of one catch-up read; the connection asks again when it has sent them.
const CATCH_UP_ROWS_MAX: u32 = 100;

/// Events of one catch-up read, encoded: well below what an outbox holds.
pub(crate) const CATCH_UP_BYTES_MAX: usize = 64 * 1024;

/// The least that can be read: the longest event.
pub(crate) const CATCH_UP_BYTES_LEAST: usize = EVENT_BYTES_MAX;

/// Who waits for an answer, and which losses had been told by then.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Asked {
    pub(crate) conn: ConnId,
    pub(crate) id: RequestId,
    pub(crate) turn: Turn,
}

/// Something to read.
#[derive(Debug)]
pub(crate) enum Read {
    /// Answered with the page, as [`Delivery::Found`](super::Delivery::Found).
    Page { asked: Asked, permit: Permit },
    /// Answered with what was found, in the same way.
    Look { asked: Asked, look: Look },
    /// Answered with [`Delivery::CaughtUp`](super::Delivery::CaughtUp): events `from` to at
    /// most `to`, as many as have room in `bytes`, of which there are
    /// [`CATCH_UP_BYTES_LEAST`].
    CatchUp { conn: ConnId, room: RoomId, from: Seq, to: Seq, bytes: usize },
}

/// All threads are busy and the queue is full.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Busy;

/// What the pool has done and has to do.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) waiting: Level,
    pub(crate) pages: Count,
    pub(crate) catch_ups: Count,
    /// Reads that were refused because too many waited.
    pub(crate) refused: Count,
    /// Pages that could not be read.
    pub(crate) refusals: Refusals,
}

/// The door to the pool. Cheap to clone; the threads end when the last clone is gone.
#[derive(Clone, Debug)]
pub(crate) struct Readers {
    queue: SyncSender<Read>,
    losses: Arc<Losses>,
    tally: Arc<Tally>,
}

/// Joins the threads, once all doors are closed.
#[derive(Debug)]
pub(crate) struct ReaderThreads(Vec<JoinHandle<()>>);

impl Readers {
    /// One thread for each of the store's readers.
    pub(crate) fn start(
        readers: Vec<Reader>,
        mailboxes: &Mailboxes,
    ) -> io::Result<(Self, ReaderThreads)> {
        let (queue, reads) = sync_channel(READS_QUEUED_MAX);
        let reads = Arc::new(Mutex::new(reads));
        let tally = Arc::<Tally>::default();
        let mut threads = Vec::with_capacity(readers.len());
        for (number, reader) in readers.into_iter().enumerate() {
            let (reads, mailboxes) = (Arc::clone(&reads), mailboxes.clone());
            let tally = Arc::clone(&tally);
            let work = move || work(&reader, &reads, &mailboxes, &tally);
            threads.push(thread::Builder::new().name(format!("reader-{number}")).spawn(work)?);
        }
        Ok((Self { queue, losses: Arc::default(), tally }, ReaderThreads(threads)))
    }

    /// Queues a read; the result goes to the mailbox of the connection's shard.
    pub(crate) fn submit(&self, read: Read) -> Result<(), Busy> {
        // Before it can be taken, or the level would fall below nothing.
        self.tally.waiting.raise();
        self.queue.try_send(read).map_err(|_| {
            self.tally.waiting.lower();
            self.tally.refused.add(1);
            Busy
        })
    }

    pub(crate) fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// For who tells what was found.
    pub(crate) fn losses(&self) -> &Arc<Losses> {
        &self.losses
    }
}

impl ReaderThreads {
    /// One more that ends when its door is closed.
    pub(crate) fn add(&mut self, thread: JoinHandle<()>) {
        self.0.push(thread);
    }

    pub(crate) fn join(self) {
        for thread in self.0 {
            if thread.join().is_err() {
                tracing::error!("a reader thread panicked");
            }
        }
    }
}

fn work(reader: &Reader, reads: &Mutex<Receiver<Read>>, mailboxes: &Mailboxes, tally: &Tally) {
    loop {
        let next = reads.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(read) = next else { return };
        tally.waiting.lower();
        let (conn, delivery) = match read {
            Read::Page { asked, permit } => {
                tally.pages.add(1);
                let found = page(reader, asked.id, &permit);
                (asked.conn, answered(asked, found, &tally.refusals))
            }
            Read::Look { asked, look } => {
                tally.pages.add(1);
                let found = looked(reader, asked.id, &look);
                (asked.conn, answered(asked, found, &tally.refusals))
            }
            Read::CatchUp { conn, room, from, to, bytes } => {
                tally.catch_ups.add(1);
                let events = reader.events(room, from..=to, CATCH_UP_ROWS_MAX, bytes);
                let run = events.inspect_err(complain).ok().and_then(|events| Run::of(&events));
                (conn, Delivery::CaughtUp { conn, room, run, reserved: bytes })
            }
        };
        mailboxes.put(usize::from(conn.shard()), Parcel::from_iter([delivery]));
    }
}

/// What goes into the answer.
type Found = Result<(About, Bytes), StoreError>;

fn page(reader: &Reader, id: RequestId, permit: &Permit) -> Found {
    reader.page(permit).map(|page| (About::Room(permit.room), history(id, permit, &page)))
}

fn looked(reader: &Reader, id: RequestId, look: &Look) -> Found {
    Ok(match look {
        Look::Thread { permit, root } => {
            let page = reader.thread(permit, *root)?;
            (About::Room(permit.room), history(id, permit, &page))
        }
        Look::Reactions { room, target, skip, rows } => {
            let found = reader.reactions((*room, *target), (*skip, *rows))?;
            (About::Room(*room), encode::reactions(id, &found.reactions, found.more))
        }
        Look::Unread { user, rooms, next } => {
            let first = |room| Ok((room, reader.first_unread(*user, room)?));
            let found: Vec<_> = rooms.iter().map(first).collect::<Result<_, StoreError>>()?;
            let told = found.iter().map(|(unread, _)| unread.facts.room).collect();
            (About::Rooms(told), encode::unread(id, &found, *next))
        }
        Look::Mentions { user, bounds, from, rows } => {
            let page = reader.mentions(*user, bounds, (*from, *rows))?;
            let told = page.events.iter().map(|event| event.room).collect();
            (About::Rooms(told), encode::mentions(id, &page.events, page.next))
        }
    })
}

fn history(id: RequestId, permit: &Permit, page: &Page) -> Bytes {
    let head = permit.ceiling.0;
    let facts = PageFacts { head, has_older: page.has_older, has_newer: page.has_newer };
    encode::page(id, &page.events, &facts)
}

fn answered(asked: Asked, found: Found, refusals: &Refusals) -> Delivery {
    let (about, bytes) = found.unwrap_or_else(|error| {
        complain(&error);
        let denial = Denial::new(Reason::Internal, "the page could not be read");
        refusals.add(denial.reason);
        (About::Rooms(Vec::new()), encode::answer(asked.id, Answer::Denied(denial)))
    });
    Delivery::Found { asked, about, bytes }
}

fn complain(error: &StoreError) {
    tracing::error!(%error, "reading history");
}

/// A door without threads behind it: a test takes out what is to be read.
#[cfg(any(test, feature = "bench"))]
pub(crate) fn bare(reads_max: usize) -> (Readers, Receiver<Read>) {
    let (queue, reads) = sync_channel(reads_max);
    (Readers { queue, losses: Arc::default(), tally: Arc::default() }, reads)
}
