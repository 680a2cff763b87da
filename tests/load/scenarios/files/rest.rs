//! A file by REST as any HTTP client would move it: by hand, a connection for each call, and on
//! from where the last one was cut. Nothing of it is held.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use parlor_proto::client::{FileHasher, FileOf};
use parlor_proto::v1;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::gate::{Content, Gate};

/// What is sent and read at once.
const PIECE_BYTES: usize = 64 * 1024;

/// So often in a row a call may fail before anything gets on again, and what is waited then.
const FAILURES_MAX: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// Of an answer that is no content.
const BODY_BYTES_MAX: u64 = 1024 * 1024;

/// Whoever calls.
pub(super) struct Caller {
    authority: String,
    token: String,
}

/// The head of an answer, and the connection with its body.
struct Answer {
    status: u16,
    length: u64,
    /// How far an upload is.
    offset: Option<u64>,
    stream: BufReader<TcpStream>,
}

impl Caller {
    pub(super) fn new(authority: String, token: &[u8]) -> Self {
        Self { authority, token: hex(token) }
    }

    pub(super) async fn upload(
        &self,
        (name, sha256): (&str, &[u8]),
        content: &mut Content,
    ) -> Result<v1::FileInfo> {
        let size = content.size();
        let new = json!({ "name": name, "size": size, "sha256": hex(sha256) }).to_string();
        let json = "Content-Type: application/json\r\n";
        let mut stream = self.ask("POST /v1/uploads", json, new.len() as u64).await?;
        stream.write_all(new.as_bytes()).await?;
        let begun = Answer::of(stream, 201).await?.json().await?;
        let id = begun.get("upload_id").and_then(number).context("no upload")?;
        let (mut received, mut failures) = (0, 0);
        loop {
            let before = received;
            match self.send_part(id, received, content).await {
                Ok(told) => {
                    let file = told.get("file").and_then(|file| file.get("file_id"));
                    let file_id = file.and_then(number).context("no file")?;
                    let sha256 = sha256.to_vec().into();
                    return Ok(v1::FileInfo { file_id, size, sha256, ..Default::default() });
                }
                Err(error) => {
                    failures += 1;
                    ensure!(failures < FAILURES_MAX, "nothing gets on at {received}: {error:#}");
                    tokio::time::sleep(PAUSE).await;
                    received = self.received(id).await.unwrap_or(received);
                }
            }
            if received > before {
                failures = 0;
            }
        }
    }

    /// Compares the SHA-256 of what comes.
    pub(super) async fn download(&self, from: &FileOf, gate: &Gate) -> Result<()> {
        let FileOf { room, seq, file } = from;
        let path = format!("/v1/rooms/{room}/messages/{seq}/files/{}", file.file_id);
        let (mut hasher, mut at, mut failures) = (FileHasher::default(), 0, 0);
        while at < file.size {
            let before = at;
            if let Err(error) = self.fetch(&path, (&mut at, &mut hasher), gate).await {
                failures = if at > before { 0 } else { failures + 1 };
                ensure!(failures < FAILURES_MAX, "nothing gets on at {at}: {error:#}");
                tokio::time::sleep(PAUSE).await;
            }
        }
        ensure!(hasher.finish().0[..] == file.sha256[..], "the content has another SHA-256");
        Ok(())
    }

    /// All that is missing, as one part.
    async fn send_part(&self, id: u64, offset: u64, content: &mut Content) -> Result<Value> {
        let fields =
            format!("Content-Type: application/offset+octet-stream\r\nUpload-Offset: {offset}\r\n");
        let left = content.size() - offset;
        let mut stream = self.ask(&format!("PATCH /v1/uploads/{id}"), &fields, left).await?;
        content.seek(SeekFrom::Start(offset))?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = content.read(&mut piece)?;
            if read == 0 {
                break;
            }
            stream.write_all(piece.get(..read).unwrap_or_default()).await?;
        }
        Answer::of(stream, 200).await?.json().await
    }

    async fn received(&self, id: u64) -> Result<u64> {
        let stream = self.ask(&format!("HEAD /v1/uploads/{id}"), "", 0).await?;
        Answer::of(stream, 200).await?.offset.context("no offset")
    }

    async fn fetch(
        &self,
        path: &str,
        (at, hasher): (&mut u64, &mut FileHasher),
        gate: &Gate,
    ) -> Result<()> {
        let range = format!("Range: bytes={at}-\r\n");
        let stream = self.ask(&format!("GET {path}"), &range, 0).await?;
        let Answer { length, mut stream, .. } = Answer::of(stream, 206).await?;
        let mut piece = vec![0; PIECE_BYTES];
        let mut left = length;
        while left > 0 {
            gate.pass();
            let read = stream.read(&mut piece).await?;
            ensure!(read > 0, "cut");
            hasher.update(piece.get(..read).unwrap_or_default());
            *at += read as u64;
            left = left.checked_sub(read as u64).context("too much")?;
        }
        Ok(())
    }

    /// A call, but for its body.
    async fn ask(&self, what: &str, fields: &str, length: u64) -> Result<TcpStream> {
        let Self { authority, token } = self;
        let mut stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "{what} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\
             Connection: close\r\nContent-Length: {length}\r\n{fields}\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        Ok(stream)
    }
}

impl Answer {
    /// Of this status; any other is an error.
    async fn of(stream: TcpStream, wanted: u16) -> Result<Self> {
        let mut answer =
            Self { status: 0, length: 0, offset: None, stream: BufReader::new(stream) };
        let status = answer.line().await?;
        answer.status = status.split(' ').nth(1).context("no status")?.parse()?;
        loop {
            let line = answer.line().await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').context("no header")?;
            match name.to_ascii_lowercase().as_str() {
                "content-length" => answer.length = value.trim().parse()?,
                "upload-offset" => answer.offset = Some(value.trim().parse()?),
                _ => {}
            }
        }
        if answer.status != wanted {
            let status = answer.status;
            let told = answer.json().await.unwrap_or_default();
            bail!("answered with {status} {told}");
        }
        Ok(answer)
    }

    async fn json(&mut self) -> Result<Value> {
        ensure!(self.length <= BODY_BYTES_MAX, "an answer of {} bytes", self.length);
        let mut body = vec![0; usize::try_from(self.length)?];
        self.stream.read_exact(&mut body).await?;
        Ok(serde_json::from_slice(&body)?)
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.stream.read_line(&mut line).await? > 0, "the bridge has hung up");
        Ok(line.trim_end().to_owned())
    }
}

/// Ids are strings.
fn number(value: &Value) -> Option<u64> {
    value.as_str()?.parse().ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
