//! Contents of files come and go here, on threads of their own behind bounded queues: nothing of
//! it is done on the engine's thread, and who reads and writes files does not keep those waiting
//! who talk.
//!
//! Whatever changes a content is done by the one keeper that its hash belongs to, in order: so
//! nobody removes what another is about to refer to.

use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use bytes::Bytes;
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RequestId, RoomId, Seq};

use self::keeper::Keeper;
use super::Inbox;
use crate::chat::{Answer, ConnId, Denial, FileAnswer, FileWork, Part};
use crate::hub::losses::About;
use crate::hub::readers::Asked;
use crate::hub::{Delivery, FileRead, Mailboxes, Parcel, step_back};
use crate::store::{Contents, Reader};
use crate::tally::{Count, Level};
use crate::wire::encode;

mod keeper;
mod media;
mod progress;

/// Threads that change contents.
pub(crate) const KEEPERS: usize = 2;

/// Threads that read them.
const READERS: usize = 2;

/// Work that may wait for a thread: with a piece each, 8 MiB.
const QUEUED_MAX: usize = 256;

/// How much the threads step back: who talks comes before who sends files.
const NICE: i32 = 5;

/// What has been done, and has to be done.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) waiting: Level,
    pub(crate) bytes_in: Count,
    pub(crate) bytes_out: Count,
    /// Work that was refused because too much waited.
    pub(crate) refused: Count,
    /// Contents that were checked and kept, and that were removed.
    pub(crate) kept: Count,
    pub(crate) removed: Count,
}

/// Where contents are, and what tells whether they are wanted.
#[derive(Debug)]
pub(crate) struct FileParts {
    pub(crate) contents: Contents,
    /// One for each of the [`KEEPERS`].
    pub(crate) rows: Vec<Reader>,
}

impl FileParts {
    /// Nobody keeps files: what is asked about them is answered that too much waits.
    pub(super) fn none() -> Self {
        Self { contents: Contents::nowhere(), rows: Vec::new() }
    }
}

/// All threads are busy and the queue is full.
#[derive(Debug)]
pub(super) struct Busy(pub(super) FileWork);

/// The threads. They end when this is dropped, and what they have begun is done.
#[derive(Debug)]
pub(super) struct Files {
    keepers: Vec<SyncSender<FileWork>>,
    readers: SyncSender<FileRead>,
    tally: Arc<Tally>,
    threads: Vec<JoinHandle<()>>,
}

/// What a thread answers by.
#[derive(Clone, Debug)]
struct Desk {
    contents: Contents,
    inbox: Inbox,
    mailboxes: Mailboxes,
    tally: Arc<Tally>,
}

impl Files {
    pub(super) fn start(
        FileParts { contents, rows }: FileParts,
        inbox: &Inbox,
        mailboxes: &Mailboxes,
        tally: &Arc<Tally>,
    ) -> io::Result<Self> {
        let (inbox, mailboxes) = (inbox.clone(), mailboxes.clone());
        let desk = Desk { contents, inbox, mailboxes, tally: Arc::clone(tally) };
        let (mut keepers, mut threads) = (Vec::new(), Vec::new());
        for (number, rows) in rows.into_iter().enumerate() {
            let (queue, work) = sync_channel(QUEUED_MAX);
            keepers.push(queue);
            let keeper = Keeper::new(desk.clone(), rows, number);
            let thread = thread::Builder::new().name(format!("files-{number}"));
            threads.push(thread.spawn(move || keeper.run(&work))?);
        }
        let (readers, work) = sync_channel(QUEUED_MAX);
        let work = Arc::new(Mutex::new(work));
        for number in 0..READERS {
            let (desk, work) = (desk.clone(), Arc::clone(&work));
            let thread = thread::Builder::new().name(format!("pieces-{number}"));
            threads.push(thread.spawn(move || read_on(&desk, &work))?);
        }
        Ok(Self { keepers, readers, tally: Arc::clone(tally), threads })
    }

    /// Never waits.
    pub(super) fn submit(&self, work: FileWork) -> Result<(), Busy> {
        let [first, ..] = work.hash().0;
        let Some(queue) = self.keepers.get(keeper_of(first)) else { return Err(Busy(work)) };
        // Before it can be taken, or the level would fall below nothing.
        self.tally.waiting.raise();
        queue.try_send(work).map_err(|refused| {
            self.tally.waiting.lower();
            self.tally.refused.add(1);
            let (std::sync::mpsc::TrySendError::Full(work)
            | std::sync::mpsc::TrySendError::Disconnected(work)) = refused;
            Busy(work)
        })
    }

    /// The same, for what only reads.
    pub(super) fn read(&self, read: FileRead) -> Result<(), Asked> {
        self.tally.waiting.raise();
        let asked = read.asked;
        self.readers.try_send(read).map_err(|_| {
            self.tally.waiting.lower();
            self.tally.refused.add(1);
            asked
        })
    }

    pub(super) fn join(self) {
        drop((self.keepers, self.readers));
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a thread for files panicked");
            }
        }
    }
}

/// The keeper of the contents whose hash begins with this byte.
fn keeper_of(first: u8) -> usize {
    usize::from(first) % KEEPERS
}

fn read_on(desk: &Desk, queue: &Mutex<Receiver<FileRead>>) {
    step_back(NICE);
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(FileRead { asked, piece }) = next else { return };
        desk.tally.waiting.lower();
        let Part { offset, length } = piece.part;
        let read = desk.contents.read(piece.hash, offset, length as usize);
        desk.piece(asked, (piece.room, piece.seq), read);
    }
}

impl Desk {
    fn piece(&self, asked: Asked, of: (RoomId, Seq), read: io::Result<Option<Vec<u8>>>) {
        let Asked { conn, id, .. } = asked;
        let denial = match read {
            Ok(Some(data)) => {
                self.tally.bytes_out.add(data.len() as u64);
                let piece = Answer::File(FileAnswer::Piece(Bytes::from(data)));
                let bytes = encode::answer(id, piece);
                let about = About::File(of.0, of.1);
                return self.put(conn, Delivery::Piece { asked, about, bytes });
            }
            // It was there when this was allowed, and is deleted since.
            Ok(None) => Denial::new(Reason::MessageNotFound, "the message is deleted"),
            Err(error) => {
                tracing::error!(%error, "reading a file");
                Denial::new(Reason::Internal, "the file could not be read")
            }
        };
        self.answer((conn, id), Answer::Denied(denial));
    }

    fn answer(&self, (conn, id): (ConnId, RequestId), answer: Answer) {
        let bytes = encode::answer(id, answer);
        self.put(conn, Delivery::Frame { conn, bytes, answers: true });
    }

    fn put(&self, conn: ConnId, delivery: Delivery) {
        self.mailboxes.put(usize::from(conn.shard()), Parcel::from_iter([delivery]));
    }
}
