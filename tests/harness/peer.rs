//! A client that speaks by hand: it sends what a good client never would, and looks at each
//! frame that comes back. It keeps nothing alive and repeats nothing.

use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;

use parlor_proto::client::{ServerUrl, Transport};
use parlor_proto::codes::Reason;
use parlor_proto::frame::{FrameDecoder, encode_frame};
use parlor_proto::limits::{ALPN, FRAME_BYTES_MAX};
use parlor_proto::v1::{self, client_frame, server_frame};
use prost::Message as _;
use rustls::CipherSuite;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use crate::peer::wire::Wire;
use crate::{tls_config, within};

mod wire;

pub use wire::WebSocketRefused;

/// Any stream of bytes.
pub trait Stream: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Stream for T {}

/// A connection whose every byte is in the hands of the test.
pub struct Peer {
    wire: Wire,
    decoder: FrameDecoder,
    next_id: u32,
    certificate: Option<CertificateDer<'static>>,
    suite: Option<CipherSuite>,
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer").field("next_id", &self.next_id).finish_non_exhaustive()
    }
}

impl Peer {
    /// Comes in by the URL's door.
    pub async fn connect(url: &ServerUrl) -> Self {
        match url.transport {
            Transport::Tcp => Self::tls(&url.authority()).await.unwrap(),
            Transport::Ws | Transport::Wss => Self::websocket(&url.authority()).await,
            Transport::Http | Transport::Https => panic!("REST has no frames: {url}"),
        }
    }

    /// TLS 1.3 to a daemon; the error is that of the handshake.
    ///
    /// # Errors
    ///
    /// If the handshake fails.
    pub async fn tls(authority: &str) -> std::io::Result<Self> {
        Self::tls_with(authority, tls_config(&[&rustls::version::TLS13], Some(ALPN))).await
    }

    /// TLS to a daemon as the test says.
    ///
    /// # Errors
    ///
    /// If the handshake fails.
    pub async fn tls_with(
        authority: &str,
        config: std::sync::Arc<rustls::ClientConfig>,
    ) -> std::io::Result<Self> {
        let stream = TcpStream::connect(authority).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("localhost").unwrap();
        let handshake = TlsConnector::from(config).connect(name, stream);
        let stream = within("a TLS handshake", handshake).await?;
        let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let certificate = certificates.first().map(|der| der.clone().into_owned());
        let suite = stream.get_ref().1.negotiated_cipher_suite().map(|suite| suite.suite());
        let peer = Self::over(Wire::Bytes(Box::pin(stream)));
        Ok(Self { certificate, suite, ..peer })
    }

    /// Bytes over TCP, with no TLS.
    pub async fn plain(authority: &str) -> Self {
        let stream = TcpStream::connect(authority).await.unwrap();
        Self::over(Wire::Bytes(Box::pin(stream)))
    }

    /// The daemon's socket for bridges, without a word.
    pub async fn unix(socket: &Path) -> Self {
        Self::over(Wire::Bytes(Box::pin(UnixStream::connect(socket).await.unwrap())))
    }

    /// The daemon's socket for bridges, on behalf of a client at `source`.
    pub async fn unix_for(socket: &Path, source: SocketAddr) -> Self {
        let mut peer = Self::unix(socket).await;
        peer.write(&proxy_header(source)).await;
        peer
    }

    /// The WebSocket of a bridge.
    pub async fn websocket(authority: &str) -> Self {
        Self::websocket_with(authority, &[("Sec-WebSocket-Protocol", "parlor.v1")]).await.unwrap()
    }

    /// The WebSocket of a bridge, with these headers.
    ///
    /// # Errors
    ///
    /// If the bridge answers anything but 101.
    pub async fn websocket_with(
        authority: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, WebSocketRefused> {
        Ok(Self::over(wire::open_websocket(authority, headers).await?))
    }

    fn over(wire: Wire) -> Self {
        let decoder = FrameDecoder::new(FRAME_BYTES_MAX);
        Self { wire, decoder, next_id: 1, certificate: None, suite: None }
    }

    /// What the server has shown of itself.
    #[must_use]
    pub fn certificate(&self) -> Option<&CertificateDer<'static>> {
        self.certificate.as_ref()
    }

    /// What the server has chosen of what a client can.
    #[must_use]
    pub fn cipher_suite(&self) -> Option<CipherSuite> {
        self.suite
    }

    /// Sends bytes as they are; over WebSocket they are one binary message. That the other
    /// side has gone is no fault here: what it said before shows why.
    pub async fn write(&mut self, bytes: &[u8]) {
        within("room to write", self.wire.write(bytes)).await;
    }

    /// Ends the sending side; what comes can still be read.
    pub async fn end(&mut self) {
        self.wire.end().await;
    }

    /// Sends a frame.
    pub async fn send(&mut self, request_id: u32, body: client_frame::Body) {
        let frame = v1::ClientFrame { request_id, body: Some(body) };
        self.write(&encode_frame(&frame)).await;
    }

    /// The next frame; `None` if the connection has ended.
    pub async fn frame(&mut self) -> Option<v1::ServerFrame> {
        loop {
            if let Some(frame) = self.decoder.next_frame().unwrap() {
                return Some(v1::ServerFrame::decode(frame).unwrap());
            }
            let bytes = within("a frame or the end", self.wire.read()).await?;
            self.decoder.extend(&bytes);
        }
    }

    /// Everything up to the end, as it comes.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(bytes) = within("the end of a connection", self.wire.read()).await {
            all.extend_from_slice(&bytes);
        }
        all
    }

    /// The code of the WebSocket close that has come.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        self.wire.close_code()
    }

    /// Sends a request and waits for its answer; pushes on the way are dropped.
    pub async fn ask(&mut self, body: client_frame::Body) -> server_frame::Body {
        let id = self.next_id;
        self.next_id += 1;
        self.send(id, body).await;
        self.answer(id).await
    }

    /// The answer to a request that has been sent.
    pub async fn answer(&mut self, id: u32) -> server_frame::Body {
        loop {
            let Some(frame) = self.frame().await else { panic!("no answer to request {id}") };
            if frame.request_id == id {
                return frame.body.unwrap();
            }
        }
    }

    /// Sends a request that must be refused for this reason; says with which error.
    pub async fn refused(&mut self, body: client_frame::Body, reason: Reason) -> v1::Error {
        let what = format!("{body:?}");
        let answer = self.ask(body).await;
        let server_frame::Body::Error(error) = answer else {
            panic!("{answer:?} instead of {reason} for {what:.200}");
        };
        assert_eq!(error.reason, reason.as_str(), "{} for {what:.200}", error.message);
        assert_eq!(error.code(), reason.code());
        assert_eq!(error.retryable, reason.is_retryable());
        assert!(!error.message.is_empty(), "a line for people");
        error
    }

    /// The go-away that ends the connection; nothing may follow it.
    pub async fn farewell(&mut self) -> v1::GoAway {
        loop {
            match self.frame().await {
                Some(frame) => {
                    if let Some(server_frame::Body::GoAway(go_away)) = frame.body {
                        assert!(self.frame().await.is_none(), "nothing after a go-away");
                        return go_away;
                    }
                }
                None => panic!("the connection has ended without a go-away"),
            }
        }
    }

    /// Says hello.
    pub async fn hello(&mut self) -> v1::HelloResponse {
        let answer = self.frame_after_hello().await;
        let server_frame::Body::Hello(hello) = answer else { panic!("no hello: {answer:?}") };
        hello
    }

    /// Says hello; what comes first, which need not be the answer.
    pub async fn frame_after_hello(&mut self) -> server_frame::Body {
        let request = v1::HelloRequest {
            revision_min: 1,
            revision_max: 1,
            client_name: "by-hand".into(),
            client_version: "1".into(),
        };
        let id = self.next_id;
        self.next_id += 1;
        self.send(id, client_frame::Body::Hello(request)).await;
        let Some(frame) = self.frame().await else { panic!("no answer to hello") };
        frame.body.unwrap()
    }

    /// Makes an account, after hello.
    pub async fn register(&mut self, user_name: &str, password: &str) -> v1::AuthResponse {
        let request = v1::RegisterRequest {
            user_name: user_name.into(),
            password: password.into(),
            ..Default::default()
        };
        let answer = self.ask(client_frame::Body::Register(request)).await;
        let server_frame::Body::Auth(auth) = answer else { panic!("no account: {answer:?}") };
        auth
    }
}

/// The PROXY protocol's header, version 2, for TCP over IPv4 or IPv6.
fn proxy_header(source: SocketAddr) -> Vec<u8> {
    let mut header = b"\r\n\r\n\0\r\nQUIT\n\x21".to_vec();
    match source {
        SocketAddr::V4(source) => {
            header.extend([0x11, 0, 12]);
            header.extend(source.ip().octets());
            header.extend([127, 0, 0, 1]);
        }
        SocketAddr::V6(source) => {
            header.extend([0x21, 0, 36]);
            header.extend(source.ip().octets());
            header.extend(std::net::Ipv6Addr::LOCALHOST.octets());
        }
    }
    header.extend(source.port().to_be_bytes());
    header.extend(7276_u16.to_be_bytes());
    header
}

/// A stream that need not be named.
type AnyStream = Pin<Box<dyn Stream>>;
