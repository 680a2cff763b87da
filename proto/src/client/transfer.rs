//! Whole files, up and down: a few pieces in flight, on over lost connections, and slower when
//! the server asks for it. Holds no more than these few pieces.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;

use super::{Client, Error, Retry};
use crate::codes::Reason;
use crate::ids::{FileHash, FileId, RoomId, Seq, UploadId};
use crate::limits::{FILE_PIECE_BYTES_MAX, FILE_PIECES_IN_FLIGHT_MAX};
use crate::v1::client_frame::Body as Ask;
use crate::v1::{self, FileInfo, server_frame};

/// What is waited for at least when the server asks for a pause: then a good deal can go at once.
const PAUSE_MIN: Duration = Duration::from_millis(25);

/// So often in a row a piece may be refused before anything gets on again.
const REFUSALS_MAX: u32 = 100;

/// So often an upload may be gone and be begun again.
const BEGINNINGS_MAX: u32 = 3;

/// A piece is this long, as requests say it.
const PIECE: u32 = 32 * 1024;
const _: () = assert!(PIECE as usize == FILE_PIECE_BYTES_MAX);

/// SHA-256 of what has been read or written so far.
#[derive(Clone)]
pub struct FileHasher(Context);

impl std::fmt::Debug for FileHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileHasher(..)")
    }
}

impl Default for FileHasher {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl FileHasher {
    /// Adds to what was there.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The hash of all of it.
    #[must_use]
    pub fn finish(self) -> FileHash {
        FileHash::try_from(self.0.finish().as_ref()).unwrap_or_default()
    }

    /// Of a whole content, and its length.
    ///
    /// # Errors
    ///
    /// As reading it fails.
    pub fn of(content: &mut impl Read) -> io::Result<(FileHash, u64)> {
        let (mut hasher, mut size) = (Self::default(), 0);
        let mut buffer = vec![0; FILE_PIECE_BYTES_MAX];
        loop {
            match content.read(&mut buffer) {
                Ok(0) => return Ok((hasher.finish(), size)),
                Ok(read) => {
                    hasher.update(buffer.get(..read).unwrap_or_default());
                    size += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// With a server that wants to be left alone for a while: what it refused is tried again, if
/// something gets on in between.
#[derive(Debug, Default)]
pub struct Patience {
    refusals: u32,
}

/// A file of a message, to be fetched.
#[derive(Clone, Debug)]
pub struct FileOf {
    /// Where the message stands.
    pub room: RoomId,
    /// Where the message stands in it.
    pub seq: Seq,
    /// The file, as the message tells of it.
    pub file: FileInfo,
}

impl Client {
    /// Sends a file, from where an earlier try stopped if there was one, and tells how many bytes
    /// the server has. When it returns the file is on the server's disk.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request); [`Error::Misuse`] if the content cannot be read or has
    /// changed meanwhile.
    pub async fn upload(
        &self,
        new: v1::BeginUploadRequest,
        content: &mut (impl Read + Seek),
        mut progress: impl FnMut(u64),
    ) -> Result<FileInfo, Error> {
        #[cfg(feature = "http")]
        if let Some(options) = &self.calls {
            let through = (self, &**options);
            let sent = super::http::transfer::upload(through, new, content, &mut progress);
            return Box::pin(sent).await;
        }
        let mut again = 0;
        loop {
            let begun = self.begin_patiently(&new).await?;
            if let Some(file) = begun.file {
                progress(new.size);
                return Ok(file);
            }
            let upload = UploadId(begun.upload_id);
            progress(begun.received);
            let sent = self.send_on((upload, begun.received, new.size), content, &mut progress);
            match sent.await {
                // Finished already, and the answer was lost; or forgotten.
                Err(error) if error.reason() == Some(Reason::UploadNotFound) => {
                    again += 1;
                    if again >= BEGINNINGS_MAX {
                        return Err(error);
                    }
                }
                done => return done,
            }
        }
    }

    /// Fetches a file from an offset on, to where what comes is written, and tells how far it is.
    /// `hasher` has seen what comes before the offset.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request); [`Error::Misuse`] if it cannot be written;
    /// [`Error::Protocol`] if the content is not what the message says.
    pub async fn download(
        &self,
        from: &FileOf,
        (mut at, mut hasher): (u64, FileHasher),
        to: &mut impl Write,
        mut progress: impl FnMut(u64),
    ) -> Result<(), Error> {
        progress(at);
        #[cfg(feature = "http")]
        if let Some(options) = &self.calls {
            let (through, begun) = ((self, &**options), (&mut at, &mut hasher));
            let come = super::http::transfer::download(through, from, begun, to, &mut progress);
            Box::pin(come).await?;
            return check(hasher, &from.file);
        }
        let place = (from.room, from.seq, FileId(from.file.file_id));
        let size = from.file.size;
        let (mut flight, mut asked) = (FuturesOrdered::new(), at);
        let (mut trouble, mut patience) = (None, Patience::default());
        loop {
            while trouble.is_none() && asked < size && flight.len() < FILE_PIECES_IN_FLIGHT_MAX {
                let length = piece_length(size - asked);
                flight.push_back(self.read_file(place, asked, length));
                asked += u64::from(length);
            }
            match flight.next().await {
                None => match trouble.take() {
                    None if at >= size => break,
                    None => return Err(Error::Protocol("the file is too short".to_owned())),
                    Some(error) => {
                        patience.wait(error).await?;
                        asked = at;
                    }
                },
                // What was asked for behind it is asked for again.
                Some(_) if trouble.is_some() => {}
                Some(Err(error)) => trouble = Some(error),
                Some(Ok(data)) if data.len() as u64 == u64::from(piece_length(size - at)) => {
                    to.write_all(&data).map_err(|error| local("writing", &error))?;
                    hasher.update(&data);
                    at += data.len() as u64;
                    patience.renew();
                    progress(at);
                }
                Some(Ok(_)) => return Err(Error::Protocol("a piece is too short".to_owned())),
            }
        }
        check(hasher, &from.file)
    }

    /// Sends what is missing, and has it checked.
    async fn send_on(
        &self,
        (upload, mut received, size): (UploadId, u64, u64),
        content: &mut (impl Read + Seek),
        progress: &mut impl FnMut(u64),
    ) -> Result<FileInfo, Error> {
        let mut patience = Patience::default();
        loop {
            let stopped = self.send_pieces((upload, received, size), content, progress).await?;
            let error = match stopped {
                Some(error) => error,
                None => match self.finish_upload(upload).await {
                    Ok(file) => return Ok(file),
                    Err(error) => error,
                },
            };
            patience.wait(error).await?;
            let before = received;
            received = self.get_patiently(upload).await?;
            if received > before {
                patience.renew();
            }
            progress(received);
        }
    }

    /// Until all has come, or a piece is refused, which is told: a few at a time.
    async fn send_pieces(
        &self,
        (upload, mut at, size): (UploadId, u64, u64),
        content: &mut (impl Read + Seek),
        progress: &mut impl FnMut(u64),
    ) -> Result<Option<Error>, Error> {
        let (mut flight, mut refusal) = (FuturesOrdered::new(), None);
        content.seek(SeekFrom::Start(at)).map_err(|error| local("reading", &error))?;
        loop {
            while refusal.is_none() && at < size && flight.len() < FILE_PIECES_IN_FLIGHT_MAX {
                let mut data = vec![0; piece_length(size - at) as usize];
                content.read_exact(&mut data).map_err(|error| local("reading", &error))?;
                let (upload_id, offset) = (upload.0, at);
                at += data.len() as u64;
                let write = v1::WriteUploadRequest { upload_id, offset, data: data.into() };
                flight.push_back(self.request(Ask::WriteUpload(write)));
            }
            match flight.next().await {
                None => return Ok(refusal),
                Some(Ok(server_frame::Body::Upload(upload))) if refusal.is_none() => {
                    progress(upload.received);
                }
                Some(Ok(_)) => {}
                // Those behind it are refused for that.
                Some(Err(error)) => refusal = refusal.or(Some(error)),
            }
        }
    }

    /// Asks again as long as the server only wants to be left alone for a while.
    pub(super) async fn begin_patiently(
        &self,
        new: &v1::BeginUploadRequest,
    ) -> Result<v1::BeginUploadResponse, Error> {
        let mut patience = Patience::default();
        loop {
            match self.begin_upload(new.clone()).await {
                Err(error) => patience.wait(error).await?,
                done => return done,
            }
        }
    }

    async fn get_patiently(&self, upload: UploadId) -> Result<u64, Error> {
        let mut patience = Patience::default();
        loop {
            match self.get_upload(upload).await {
                Err(error) => patience.wait(error).await?,
                done => return done,
            }
        }
    }
}

impl Patience {
    /// Waits as long as the server wants, if going on makes sense.
    ///
    /// # Errors
    ///
    /// The same one, if it does not.
    pub async fn wait(&mut self, error: Error) -> Result<(), Error> {
        self.refusals += 1;
        let wait = match (error.reason(), error.retry()) {
            (Some(Reason::WrongOffset | Reason::UploadIncomplete), _) => Duration::ZERO,
            (
                Some(Reason::RateLimited | Reason::Overloaded | Reason::Draining),
                Retry::After(wait),
            ) => wait.max(PAUSE_MIN),
            (Some(Reason::RateLimited | Reason::Overloaded | Reason::Draining), Retry::Now) => {
                PAUSE_MIN
            }
            _ => return Err(error),
        };
        if self.refusals > REFUSALS_MAX {
            return Err(error);
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// Something has got on.
    pub fn renew(&mut self) {
        self.refusals = 0;
    }
}

fn piece_length(left: u64) -> u32 {
    u32::try_from(left).unwrap_or(PIECE).min(PIECE)
}

fn check(hasher: FileHasher, file: &FileInfo) -> Result<(), Error> {
    if hasher.finish().0[..] == file.sha256[..] {
        Ok(())
    } else {
        Err(Error::Protocol("the content has another SHA-256 than the message says".to_owned()))
    }
}

pub(super) fn local(what: &str, error: &io::Error) -> Error {
    Error::Misuse(format!("{what} the file: {error}"))
}
