//! A client as cheap as it can be: a socket, a decoder, no task, no timer, no retry.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waker, Poll, ready};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt as _, Stream as _};
use parlor_proto::client::{ServerUrl, Transport, Trust};
use parlor_proto::frame::{FrameDecoder, encode_frame};
use parlor_proto::json::Envelope;
use parlor_proto::limits::{
    ALPN, FRAME_BYTES_MAX, REVISION_MAX, REVISION_MIN, SUBPROTOCOL, SUBPROTOCOL_JSON,
};
use parlor_proto::v1::{self, client_frame, server_frame};
use prost::Message as _;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

const READ_BYTES: usize = 16 * 1024;

/// Where to connect to, and whom to trust there.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) url: ServerUrl,
    pub(crate) tls: Arc<ClientConfig>,
    /// Of frames in a WebSocket's messages.
    pub(crate) flavor: Flavor,
}

/// How frames stand in the messages of a WebSocket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flavor {
    Binary,
    Json,
}

/// One connection.
pub(crate) struct Link {
    wire: Wire,
    decoder: FrameDecoder,
    next_id: u32,
}

enum Wire {
    Tls(Box<TlsStream<TcpStream>>),
    WebSocket(Box<WebSocketStream<TcpStream>>),
    Json(Box<WebSocketStream<TcpStream>>),
}

/// Heads of rooms, as `Sync` tells them.
pub(crate) type Heads = BTreeMap<u64, u64>;

impl Target {
    pub(crate) fn new(url: ServerUrl) -> Result<Self> {
        ensure!(url.transport != Transport::Wss, "wss:// is not spoken here: use ws://");
        let trust = Trust { system_roots: true, ..Trust::default() };
        let mut config = trust.tls_config(&url, ALPN)?;
        // Clients on as many machines would not share tickets either.
        config.resumption = Resumption::disabled();
        Ok(Self { url, tls: Arc::new(config), flavor: Flavor::Binary })
    }
}

impl Link {
    pub(crate) async fn open(target: &Target) -> Result<Self> {
        let socket = TcpStream::connect(target.url.authority()).await?;
        socket.set_nodelay(true)?;
        let wire = if target.url.transport == Transport::Tcp {
            let name = ServerName::try_from(target.url.host.clone())?;
            let tls = TlsConnector::from(Arc::clone(&target.tls));
            Wire::Tls(Box::new(tls.connect(name, socket).await?))
        } else {
            let socket = Box::new(upgrade(target, socket).await?);
            match target.flavor {
                Flavor::Binary => Wire::WebSocket(socket),
                Flavor::Json => Wire::Json(socket),
            }
        };
        Ok(Self { wire, decoder: FrameDecoder::new(FRAME_BYTES_MAX), next_id: 1 })
    }

    /// A request as a frame, and the id of its answer.
    pub(crate) fn frame(&mut self, body: client_frame::Body) -> (u32, Bytes) {
        let request_id = self.next_id;
        self.next_id += 1;
        (request_id, encode_frame(&v1::ClientFrame { request_id, body: Some(body) }))
    }

    /// Sends whole frames, all in one.
    pub(crate) async fn write(&mut self, frames: Bytes) -> Result<()> {
        match &mut self.wire {
            Wire::Tls(stream) => {
                stream.write_all(&frames).await?;
                stream.flush().await?;
            }
            Wire::WebSocket(socket) => socket.send(Message::Binary(frames)).await?,
            Wire::Json(socket) => {
                let mut decoder = FrameDecoder::new(FRAME_BYTES_MAX);
                decoder.extend(&frames);
                while let Some(frame) = decoder.next_frame()? {
                    socket.feed(Message::text(Envelope::Client.write(&frame)?)).await?;
                }
                socket.flush().await?;
            }
        }
        Ok(())
    }

    /// The next frame. Nothing is lost if the wait for it is given up.
    pub(crate) async fn next(&mut self) -> Result<v1::ServerFrame> {
        loop {
            if let Some(frame) = self.next_at_hand()? {
                return Ok(frame);
            }
            ensure!(poll_fn(|waker| self.poll_read(waker)).await?, "the server has hung up");
        }
    }

    /// The next frame, if it has been read already.
    pub(crate) fn next_at_hand(&mut self) -> Result<Option<v1::ServerFrame>> {
        let Some(frame) = self.decoder.next_frame()? else { return Ok(None) };
        let frame = v1::ServerFrame::decode(frame)?;
        if let Some(server_frame::Body::GoAway(away)) = frame.body {
            bail!("sent away: {}", away.message);
        }
        Ok(Some(frame))
    }

    /// Sends a request and waits for its answer, which may be a refusal; drops pushes.
    pub(crate) async fn ask(&mut self, body: client_frame::Body) -> Result<server_frame::Body> {
        let (id, frame) = self.frame(body);
        self.write(frame).await?;
        self.answer(id).await
    }

    /// Sends a request and gives its answer as it came.
    pub(crate) async fn ask_for_bytes(&mut self, frame: Bytes) -> Result<Bytes> {
        self.write(frame).await?;
        loop {
            if let Some(bytes) = self.decoder.next_frame()? {
                if v1::ServerFrame::decode(bytes.clone())?.request_id != 0 {
                    return Ok(bytes);
                }
                continue;
            }
            ensure!(poll_fn(|waker| self.poll_read(waker)).await?, "the server has hung up");
        }
    }

    pub(crate) async fn hello(&mut self) -> Result<v1::HelloResponse> {
        match self.ask(hello()).await? {
            server_frame::Body::Hello(hello) => Ok(hello),
            other => Err(refusal(other)),
        }
    }

    /// Hello, sign-in by token and sync. `cursors` stand before what is missed.
    pub(crate) async fn resume(&mut self, token: &Bytes, cursors: &Heads) -> Result<Heads> {
        let epoch = self.attach(token).await?;
        self.sync(epoch, cursors).await
    }

    /// Hello and sign-in by token, in one flight: nothing is pushed. Gives the epoch.
    pub(crate) async fn attach(&mut self, token: &Bytes) -> Result<u64> {
        let (_, hello) = self.frame(hello());
        let resume = v1::ResumeRequest { token: token.clone(), sign_in: Some(sign_in()) };
        let (resumed, resume) = self.frame(client_frame::Body::Resume(resume));
        let mut flight = BytesMut::new();
        flight.extend([hello, resume]);
        self.write(flight.freeze()).await?;
        let mut epoch = 0;
        loop {
            let frame = self.next().await?;
            match frame.body.context("an empty frame")? {
                server_frame::Body::Hello(hello) => epoch = hello.epoch,
                server_frame::Body::Auth(_) if frame.request_id == resumed => return Ok(epoch),
                other => return Err(refusal(other)),
            }
        }
    }

    async fn sync(&mut self, epoch: u64, cursors: &Heads) -> Result<Heads> {
        let cursors = cursors.iter().map(|(&room_id, &seq)| v1::Cursor { room_id, seq }).collect();
        let sync = v1::SyncRequest { epoch, cursors, ..Default::default() };
        let (id, frame) = self.frame(client_frame::Body::Sync(sync));
        self.write(frame).await?;
        let mut heads = Heads::new();
        loop {
            let server_frame::Body::Sync(part) = self.answer(id).await? else {
                bail!("sync was not answered with rooms");
            };
            for state in part.rooms {
                ensure!(!state.reset, "a cursor was reset");
                heads.insert(state.room.unwrap_or_default().room_id, state.head_seq);
            }
            if !part.more {
                return Ok(heads);
            }
        }
    }

    async fn answer(&mut self, id: u32) -> Result<server_frame::Body> {
        loop {
            let frame = self.next().await?;
            if frame.request_id == id {
                return frame.body.context("an empty answer");
            }
        }
    }

    /// Says whether something came; if not, it is the end.
    fn poll_read(&mut self, waker: &mut Waker<'_>) -> Poll<Result<bool>> {
        match &mut self.wire {
            Wire::Tls(stream) => {
                let mut bytes = [MaybeUninit::uninit(); READ_BYTES];
                let mut bytes = ReadBuf::uninit(&mut bytes);
                ready!(Pin::new(stream).poll_read(waker, &mut bytes))?;
                self.decoder.extend(bytes.filled());
                Poll::Ready(Ok(!bytes.filled().is_empty()))
            }
            Wire::WebSocket(socket) => loop {
                match ready!(Pin::new(&mut *socket).poll_next(waker)).transpose()? {
                    Some(Message::Binary(bytes)) => {
                        self.decoder.extend(&bytes);
                        return Poll::Ready(Ok(true));
                    }
                    Some(Message::Close(_)) | None => return Poll::Ready(Ok(false)),
                    Some(_) => {}
                }
            },
            Wire::Json(socket) => loop {
                match ready!(Pin::new(&mut *socket).poll_next(waker)).transpose()? {
                    Some(Message::Text(text)) => {
                        self.decoder.extend(&Envelope::Server.read(&text)?);
                        return Poll::Ready(Ok(true));
                    }
                    Some(Message::Close(_)) | None => return Poll::Ready(Ok(false)),
                    Some(_) => {}
                }
            },
        }
    }
}

async fn upgrade(target: &Target, socket: TcpStream) -> Result<WebSocketStream<TcpStream>> {
    let url = format!("ws://{}{}", target.url.authority(), target.url.path);
    let mut request = url.into_client_request()?;
    let subprotocol = HeaderValue::from_static(match target.flavor {
        Flavor::Binary => SUBPROTOCOL,
        Flavor::Json => SUBPROTOCOL_JSON,
    });
    request.headers_mut().insert("Sec-WebSocket-Protocol", subprotocol);
    let config = WebSocketConfig::default().read_buffer_size(READ_BYTES).write_buffer_size(0);
    let (socket, _) = client_async_with_config(request, socket, Some(config)).await?;
    Ok(socket)
}

pub(crate) fn hello() -> client_frame::Body {
    client_frame::Body::Hello(v1::HelloRequest {
        revision_min: REVISION_MIN,
        revision_max: REVISION_MAX,
        client_name: "parlor-load".into(),
        client_version: env!("CARGO_PKG_VERSION").into(),
    })
}

/// A session that outlives a run, also without keepalives.
pub(crate) fn sign_in() -> v1::SignIn {
    v1::SignIn { device: "load".into(), session_timeout_ms: 60 * 60 * 1000, ..Default::default() }
}

/// An answer that was not hoped for, as an error.
pub(crate) fn refusal(answer: server_frame::Body) -> anyhow::Error {
    match answer {
        server_frame::Body::Error(error) => anyhow!("{}: {}", error.reason, error.message),
        other => anyhow!("an answer of another kind: {other:?}"),
    }
}
