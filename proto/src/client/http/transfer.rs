//! Whole files by calls: each try is one long body on a connection of its own, and the next one
//! goes on where it was cut.

use std::convert::Infallible;
use std::io::{Read, Seek, SeekFrom, Write};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::exchange::{Exchange, lost, read};
use crate::client::transfer::{FileHasher, FileOf, local};
use crate::client::{CONNECT_TIMEOUT, Client, Error, Options, Retry};
use crate::codes::Reason;
use crate::limits::FILE_PIECE_BYTES_MAX;
use crate::rest::{OFFSET_OCTET_STREAM, UPLOAD_OFFSET, UploadedFile};
use crate::v1::{self, FileInfo};

/// Pieces that wait to be sent.
const PIECES_MAX: usize = 2;

/// How long nothing may get on: longer than a bridge waits for the daemon to look at a file.
const STALL_TIMEOUT: Duration = Duration::from_secs(90);

/// The first pause before a transfer goes on; each is twice the one before.
const PAUSE: Duration = Duration::from_millis(100);

/// So often in a row a transfer may be cut before anything gets on.
const SETBACKS_MAX: u32 = 7;

/// What is sent, as it comes; or nothing.
struct Outgoing(Option<mpsc::Receiver<Bytes>>);

/// How often in a row nothing has got on.
#[derive(Default)]
struct Setbacks {
    count: u32,
    at: u64,
}

/// Sends a file. See [`Client::upload`].
pub(in crate::client) async fn upload(
    (client, options): (&Client, &Options),
    new: v1::BeginUploadRequest,
    content: &mut (impl Read + Seek),
    progress: &mut impl FnMut(u64),
) -> Result<FileInfo, Error> {
    let mut setbacks = Setbacks::default();
    loop {
        let begun = client.begin_patiently(&new).await?;
        if let Some(file) = begun.file {
            progress(new.size);
            return Ok(file);
        }
        progress(begun.received);
        let part = (begun.upload_id, begun.received, new.size);
        let error = match send(&line(client, options)?, part, content, progress).await {
            Ok(file) => return Ok(file),
            Err(error) => error,
        };
        setbacks.wait(error, begun.received, options).await?;
    }
}

/// Fetches a file from an offset on. See [`Client::download`].
pub(in crate::client) async fn download(
    (client, options): (&Client, &Options),
    from: &FileOf,
    (at, hasher): (&mut u64, &mut FileHasher),
    to: &mut impl Write,
    progress: &mut impl FnMut(u64),
) -> Result<(), Error> {
    let mut setbacks = Setbacks::default();
    let mut keep = |at: &mut u64, data: &[u8]| {
        if data.len() as u64 > from.file.size.saturating_sub(*at) {
            return Err(Error::Protocol("the file is too long".to_owned()));
        }
        to.write_all(data).map_err(|error| local("writing", &error))?;
        hasher.update(data);
        *at += data.len() as u64;
        progress(*at);
        Ok(())
    };
    while *at < from.file.size {
        let line = line(client, options)?;
        if let Err(error) = fetch(&line, from, at, &mut keep).await {
            setbacks.wait(error, *at, options).await?;
        }
    }
    Ok(())
}

fn line(client: &Client, options: &Options) -> Result<Exchange, Error> {
    let account = client.account();
    let account = account.ok_or_else(|| Error::Misuse("nobody is signed in".to_owned()))?;
    let mut line = Exchange::new(options)?;
    line.authorize(&account.token);
    Ok(line)
}

/// Connects, and does something with the connection while its bytes are moved.
async fn with<T>(
    line: &Exchange,
    work: impl AsyncFnOnce(SendRequest<Outgoing>) -> Result<T, Error>,
) -> Result<T, Error> {
    let dialer = line.dialer();
    let dialing = async {
        let stream = dialer.dial_http().await?;
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| lost(&error))
    };
    let dialed = timeout(CONNECT_TIMEOUT, dialing).await;
    let (sender, connection) = dialed.unwrap_or(Err(Error::TimedOut))?;
    let mut working = pin!(work(sender));
    tokio::select! {
        biased;
        done = &mut working => done,
        // What has come before the end is there to be read.
        _ended = connection => working.await,
    }
}

/// Sends all that is missing as one part.
async fn send(
    line: &Exchange,
    (upload, mut at, size): (u64, u64, u64),
    content: &mut (impl Read + Seek),
    progress: &mut impl FnMut(u64),
) -> Result<FileInfo, Error> {
    content.seek(SeekFrom::Start(at)).map_err(|error| local("reading", &error))?;
    let (pieces, queue) = mpsc::channel::<Bytes>(PIECES_MAX);
    let request = line
        .header("PATCH", &format!("/v1/uploads/{upload}"), "application/json")
        .header(CONTENT_TYPE, OFFSET_OCTET_STREAM)
        .header(CONTENT_LENGTH, size.saturating_sub(at))
        .header(UPLOAD_OFFSET, at)
        .body(Outgoing(Some(queue)))
        .map_err(|error| Error::Misuse(error.to_string()))?;
    let feeding = async {
        while at < size {
            let place = timeout(STALL_TIMEOUT, pieces.reserve()).await;
            let Ok(place) = place.map_err(|_| Error::TimedOut)? else { break };
            let length = size.saturating_sub(at).min(FILE_PIECE_BYTES_MAX as u64);
            let mut data = vec![0; usize::try_from(length).unwrap_or(FILE_PIECE_BYTES_MAX)];
            content.read_exact(&mut data).map_err(|error| local("reading", &error))?;
            at += data.len() as u64;
            place.send(data.into());
            progress(at);
        }
        drop(pieces);
        sleep(STALL_TIMEOUT).await;
        Err::<Infallible, _>(Error::TimedOut)
    };
    let answer = with(line, async |sender| {
        tokio::select! {
            biased;
            response = ask(sender, request) => read(response?).await,
            stopped = feeding => match stopped {
                Ok(never) => match never {},
                Err(error) => Err(error),
            },
        }
    });
    let answer = answer.await?;
    let file: Result<UploadedFile, _> = serde_json::from_slice(&answer);
    let unread = |_| Error::Protocol("the bridge says nothing of the file".to_owned());
    file.map(|UploadedFile { file }| file.into()).map_err(unread)
}

/// Fetches all that is missing, or what comes of it.
async fn fetch(
    line: &Exchange,
    FileOf { room, seq, file }: &FileOf,
    at: &mut u64,
    keep: &mut impl FnMut(&mut u64, &[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let path = format!("/v1/rooms/{}/messages/{}/files/{}", room.0, seq.0, file.file_id);
    let request = line
        .header("GET", &path, "*/*")
        .header(RANGE, format!("bytes={at}-"))
        .body(Outgoing(None))
        .map_err(|error| Error::Misuse(error.to_string()))?;
    with(line, async |sender| {
        let response = timeout(STALL_TIMEOUT, ask(sender, request)).await;
        let response = response.unwrap_or(Err(Error::TimedOut))?;
        let range = response.headers().get(CONTENT_RANGE).and_then(|told| told.to_str().ok());
        let is_rest = response.status() == StatusCode::PARTIAL_CONTENT
            && range.is_some_and(|range| range.starts_with(&format!("bytes {at}-")));
        let is_whole = response.status() == StatusCode::OK && *at == 0;
        if !(is_rest || is_whole) {
            read(response).await?;
            return Err(Error::Protocol("the bridge sends another part".to_owned()));
        }
        let mut body = response.into_body();
        loop {
            let frame = timeout(STALL_TIMEOUT, body.frame()).await.map_err(|_| Error::TimedOut)?;
            let Some(frame) = frame else { return Ok(()) };
            let frame = frame.map_err(|error| lost(&error))?;
            if let Ok(data) = frame.into_data() {
                keep(at, &data)?;
            }
        }
    })
    .await
}

async fn ask(
    mut sender: SendRequest<Outgoing>,
    request: Request<Outgoing>,
) -> Result<Response<Incoming>, Error> {
    sender.ready().await.map_err(|error| lost(&error))?;
    sender.send_request(request).await.map_err(|error| lost(&error))
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.0 {
            Some(pieces) => pieces.poll_recv(cx).map(|piece| piece.map(|it| Ok(Frame::data(it)))),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }
}

impl Setbacks {
    /// Waits before the transfer goes on from there, if that makes sense.
    async fn wait(&mut self, error: Error, at: u64, options: &Options) -> Result<(), Error> {
        if at > self.at {
            (self.count, self.at) = (0, at);
        }
        let pause = PAUSE * 2_u32.saturating_pow(self.count);
        self.count += 1;
        let wait = match (error.reason(), error.retry()) {
            (Some(Reason::WrongOffset | Reason::UploadNotFound), _) => pause,
            (_, Retry::Now) => pause,
            (_, Retry::After(wait)) => wait.max(pause),
            (_, Retry::Never) => return Err(error),
        };
        if self.count >= SETBACKS_MAX || !options.reconnect {
            return Err(error);
        }
        sleep(wait).await;
        Ok(())
    }
}
