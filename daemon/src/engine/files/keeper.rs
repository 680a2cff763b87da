//! Changes contents: takes what comes, checks what has come, and removes what nobody wants any
//! more. Does one short thing at a time, so that whoever sends the next piece does not wait long.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{FileHash, RequestId, UploadId};

use super::media::media_type;
use super::progress::{Hasher, Next, Progress};
use super::{Desk, KEEPERS, NICE};
use crate::chat::{Answer, CheckedContent, ConnId, Denial, FileAnswer, FileWork, Input, Uploading};
use crate::hub::step_back;
use crate::store::{Reader, SHELVES, StoreError};

/// What is read at once of an upload whose hash is not known.
const SLICE_BYTES: usize = 1024 * 1024;

/// All contents are looked through this often for those that nobody wants, and at the start.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// What a client is told to wait when the disk is full.
const STORAGE_RETRY: Duration = Duration::from_secs(1);

type Asked = (ConnId, RequestId);

pub(super) struct Keeper {
    desk: Desk,
    rows: Reader,
    /// Of the uploads that this has to do with. The core bounds how many there are.
    uploads: HashMap<UploadId, Progress>,
    chores: VecDeque<Chore>,
    number: usize,
}

/// What takes long, a step at a time.
enum Chore {
    /// Finding out the hash of what came before a restart, to check it then.
    Hash { asked: Asked, of: Uploading, at: u64, hasher: Hasher },
    /// Looking through the contents, from this shelf on.
    Sweep { shelf: u16 },
}

impl Keeper {
    pub(super) fn new(desk: Desk, rows: Reader, number: usize) -> Self {
        let chores = VecDeque::from([Chore::Sweep { shelf: 0 }]);
        Self { desk, rows, uploads: HashMap::new(), chores, number }
    }

    pub(super) fn run(mut self, queue: &Receiver<FileWork>) {
        step_back(NICE);
        if self.number == 0 {
            self.sweep_coming();
        }
        loop {
            let next = if self.chores.is_empty() {
                queue.recv_timeout(SWEEP_EVERY)
            } else {
                queue.try_recv().map_err(|error| match error {
                    TryRecvError::Empty => RecvTimeoutError::Timeout,
                    TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
                })
            };
            match next {
                Ok(work) => {
                    self.desk.tally.waiting.lower();
                    self.work(work);
                }
                Err(RecvTimeoutError::Timeout) if self.chores.is_empty() => {
                    self.chores.push_back(Chore::Sweep { shelf: 0 });
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if let Some(chore) = self.chores.pop_front() {
                let rest = self.step(chore);
                self.chores.extend(rest);
            }
        }
    }

    fn work(&mut self, work: FileWork) {
        match work {
            FileWork::Write { conn, id, to, offset, data } => {
                let wrote = self.write(to, offset, &data);
                self.tell_progress((conn, id), to, wrote, false);
            }
            FileWork::Ask { conn, id, of, begins } => {
                let known = self.progress(of.upload).map(|_| ()).map_err(|error| broken(&error));
                self.tell_progress((conn, id), of, known, begins);
            }
            FileWork::Check { conn, id, of } => self.check((conn, id), of),
            FileWork::Discard(Uploading { upload, hash, .. }) => {
                self.uploads.remove(&upload);
                complain("discarding an upload", self.desk.contents.discard(upload));
                // It may have become a content before it was discarded.
                self.sift(hash);
            }
            FileWork::Sift(hash) => self.sift(hash),
        }
    }

    fn write(&mut self, to: Uploading, offset: u64, data: &[u8]) -> Result<(), Denial> {
        let length = data.len() as u64;
        let progress = self.progress(to.upload).map_err(|error| broken(&error))?;
        match progress.next(to.size, (offset, length)) {
            Next::Known => Ok(()),
            Next::TooFar => Err(wrong_offset(progress.received(to.size))),
            Next::Write => {
                self.desk
                    .contents
                    .append(to.upload, offset, data)
                    .map_err(|error| broken(&error))?;
                self.desk.tally.bytes_in.add(length);
                let is_time =
                    self.uploads.get_mut(&to.upload).is_some_and(|progress| progress.wrote(data));
                if is_time && let Err(error) = self.desk.contents.sync(to.upload) {
                    return Err(self.lose(to.upload, &error));
                }
                Ok(())
            }
        }
    }

    /// How far an upload has come: known, or seen from what there is.
    fn progress(&mut self, upload: UploadId) -> io::Result<&mut Progress> {
        let known = self.uploads.contains_key(&upload);
        let received = if known { 0 } else { self.desk.contents.received(upload)? };
        Ok(self.uploads.entry(upload).or_insert_with(|| Progress::resumed(received)))
    }

    fn tell_progress(&self, asked: Asked, of: Uploading, done: Result<(), Denial>, begins: bool) {
        let progress = self.uploads.get(&of.upload);
        let received = progress.map_or(0, |progress| progress.received(of.size));
        let (upload, size) = (of.upload, of.size);
        let answer = match done {
            Err(denial) => Answer::Denied(denial),
            Ok(()) if begins => Answer::File(FileAnswer::Begun { upload, received }),
            Ok(()) => Answer::File(FileAnswer::Progress { upload, received: received.min(size) }),
        };
        self.desk.answer(asked, answer);
    }

    fn check(&mut self, asked: Asked, of: Uploading) {
        let progress = match self.progress(of.upload) {
            Ok(progress) => progress.clone(),
            Err(error) => return self.desk.answer(asked, Answer::Denied(broken(&error))),
        };
        match progress {
            Progress::Kept { media_type } => {
                self.tell_checked(asked, of.upload, CheckedContent::Sound { media_type });
            }
            Progress::Coming { received, .. } if received < of.size => {
                let message = format!("{received} of {} bytes have come", of.size);
                let denial = Denial::new(Reason::UploadIncomplete, message);
                self.desk.answer(asked, Answer::Denied(denial));
            }
            Progress::Coming { hasher: Some(hasher), .. } => self.judge(asked, of, hasher),
            Progress::Coming { hasher: None, .. } => {
                let hasher = Hasher::new();
                self.chores.push_back(Chore::Hash { asked, of, at: 0, hasher });
            }
        }
    }

    /// All has come, and this is what it is.
    fn judge(&mut self, asked: Asked, of: Uploading, hasher: Hasher) {
        let Uploading { upload, hash, .. } = of;
        if hasher.finish() != hash {
            self.uploads.insert(upload, Progress::resumed(0));
            complain("discarding an upload", self.desk.contents.discard(upload));
            return self.tell_checked(asked, upload, CheckedContent::Wrong);
        }
        let contents = &self.desk.contents;
        let kept = contents.beginning(upload).map(|beginning| media_type(&beginning));
        let kept = kept.and_then(|media_type| {
            contents.keep(upload, hash)?;
            Ok(media_type)
        });
        match kept {
            Ok(media_type) => {
                let media_type = media_type.into();
                self.desk.tally.kept.add(1);
                let progress = Progress::Kept { media_type };
                if let Progress::Kept { media_type } = &progress {
                    let media_type = std::sync::Arc::clone(media_type);
                    self.tell_checked(asked, upload, CheckedContent::Sound { media_type });
                }
                self.uploads.insert(upload, progress);
            }
            Err(error) => {
                let denial = self.lose(upload, &error);
                self.desk.answer(asked, Answer::Denied(denial));
            }
        }
    }

    /// What could not be written to the disk may be lost, and is not tried again.
    fn lose(&mut self, upload: UploadId, error: &io::Error) -> Denial {
        self.uploads.insert(upload, Progress::resumed(0));
        complain("discarding an upload", self.desk.contents.discard(upload));
        broken(error)
    }

    fn tell_checked(&self, (conn, id): Asked, upload: UploadId, content: CheckedContent) {
        let input = Input::ContentChecked { conn, id, upload, content };
        if self.desk.inbox.push_blocking(input).is_err() {
            tracing::debug!("the engine had ended before");
        }
    }

    fn step(&mut self, chore: Chore) -> Option<Chore> {
        match chore {
            Chore::Hash { asked, of, at, hasher } => self.hash_on(asked, of, (at, hasher)),
            Chore::Sweep { shelf } => {
                self.sweep(shelf);
                let next = shelf + 1;
                (next < SHELVES).then_some(Chore::Sweep { shelf: next })
            }
        }
    }

    fn hash_on(
        &mut self,
        asked: Asked,
        of: Uploading,
        (at, mut hasher): (u64, Hasher),
    ) -> Option<Chore> {
        match self.uploads.get(&of.upload) {
            Some(Progress::Coming { hasher: None, .. }) => {}
            // Somebody else has asked too, and was first; or it is discarded.
            Some(_) => {
                self.check(asked, of);
                return None;
            }
            None => {
                let denial = Denial::new(Reason::UploadNotFound, "the upload was cancelled");
                self.desk.answer(asked, Answer::Denied(denial));
                return None;
            }
        }
        let mut slice = vec![0; SLICE_BYTES];
        match self.desk.contents.read_coming(of.upload, at, &mut slice) {
            Ok(0) => {
                self.judge(asked, of, hasher);
                None
            }
            Ok(read) => {
                hasher.update(slice.get(..read).unwrap_or_default());
                Some(Chore::Hash { asked, of, at: at + read as u64, hasher })
            }
            Err(error) => {
                self.desk.answer(asked, Answer::Denied(broken(&error)));
                None
            }
        }
    }

    fn sweep(&self, shelf: u16) {
        if usize::from(shelf) % KEEPERS != self.number {
            return;
        }
        match self.desk.contents.on_shelf(shelf) {
            Ok(hashes) => hashes.into_iter().for_each(|hash| self.sift(hash)),
            Err(error) => complain("looking through contents", Err(error)),
        }
    }

    /// Of uploads that are not there any more nothing is needed.
    fn sweep_coming(&self) {
        match self.desk.contents.all_coming() {
            Ok(uploads) => {
                for upload in uploads {
                    if self.is_needless(&self.rows.is_uploading(upload)) {
                        let discarded = self.desk.contents.discard(upload);
                        complain("discarding an upload", discarded);
                    }
                }
            }
            Err(error) => complain("looking through uploads", Err(error)),
        }
    }

    /// A content goes if no row refers to it. Rows that do are only made of other rows that do, or
    /// of an upload, by this thread.
    fn sift(&self, hash: FileHash) {
        if self.is_needless(&self.rows.is_wanted(hash)) {
            let removed = self.desk.contents.remove(hash);
            if removed.is_ok() {
                self.desk.tally.removed.add(1);
            }
            complain("removing a content", removed);
        }
    }

    /// What is not known to be needless stays.
    fn is_needless(&self, wanted: &Result<bool, StoreError>) -> bool {
        match wanted {
            Ok(wanted) => !wanted,
            Err(error) => {
                tracing::error!(%error, "looking for the files of a content");
                false
            }
        }
    }
}

fn wrong_offset(received: u64) -> Denial {
    Denial::new(Reason::WrongOffset, format!("go on from offset {received}"))
}

fn broken(error: &io::Error) -> Denial {
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        let denial = Denial::new(Reason::StorageFull, "the server's disk is full");
        return Denial { retry_after: STORAGE_RETRY, ..denial };
    }
    tracing::error!(%error, "keeping an upload");
    Denial::new(Reason::Internal, "the file could not be written")
}

fn complain(what: &str, done: io::Result<()>) {
    if let Err(error) = done {
        tracing::error!(%error, "{what}");
    }
}
