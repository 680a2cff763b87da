//! REST as cheaply as it can be asked: HTTP/1.1 by hand on a connection that stays open.

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use parlor_proto::client::ServerUrl;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// One connection of somebody who has a token.
pub(crate) struct Calls {
    stream: BufReader<TcpStream>,
    /// What is the same in the head of each request.
    fields: String,
    line: String,
    body: Vec<u8>,
}

impl Calls {
    pub(crate) async fn open(bridge: &ServerUrl, token: &Bytes) -> Result<Self> {
        let authority = bridge.authority();
        let stream = TcpStream::connect(&authority).await?;
        stream.set_nodelay(true)?;
        let token: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
        let fields = format!(
            "Host: {authority}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        );
        let stream = BufReader::new(stream);
        Ok(Self { stream, fields, line: String::new(), body: Vec::new() })
    }

    /// Asks, and gives the body of an answer that is a success.
    pub(crate) async fn call(&mut self, what: &str, body: &str) -> Result<&[u8]> {
        let Self { fields, .. } = self;
        let len = body.len();
        let request = format!("{what} HTTP/1.1\r\n{fields}Content-Length: {len}\r\n\r\n{body}");
        self.stream.write_all(request.as_bytes()).await?;
        let status = self.head_line().await?.to_owned();
        let mut len = None;
        loop {
            let line = self.head_line().await?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                len = Some(value.trim().parse::<usize>()?);
            }
        }
        let len = len.context("an answer without a length")?;
        ensure!(len <= BODY_BYTES_MAX, "an answer of {len} bytes");
        self.body.resize(len, 0);
        self.stream.read_exact(&mut self.body).await?;
        if !status.starts_with("HTTP/1.1 2") {
            bail!("{what}: {status}: {}", String::from_utf8_lossy(&self.body));
        }
        Ok(&self.body)
    }

    async fn head_line(&mut self) -> Result<&str> {
        self.line.clear();
        ensure!(self.stream.read_line(&mut self.line).await? > 0, "the bridge has hung up");
        Ok(self.line.trim_end())
    }
}
