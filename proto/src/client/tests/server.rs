//! A server that does nothing by itself: the test says what it reads and writes.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use prost::Message as _;
use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::{self, Message};

use super::*;
use crate::client::transport::Duplex;
use crate::frame::{FrameDecoder, encode_frame};
use crate::limits::{ALPN, FRAME_BYTES_MAX, SUBPROTOCOL, WEBSOCKET_PATH};
use crate::v1::{ClientFrame, ServerFrame};

/// How the client comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Via {
    Tcp,
    Ws,
    Wss,
}

impl Via {
    pub(super) const ALL: [Self; 3] = [Self::Tcp, Self::Ws, Self::Wss];
}

pub(super) struct Server {
    pub(super) via: Via,
    pub(super) certificate: CertificateDer<'static>,
    pub(super) pem: String,
    acceptor: TlsAcceptor,
    listener: TcpListener,
}

impl Server {
    pub(super) async fn start(via: Via) -> Self {
        Self::with_tls(via, |config| {
            config.alpn_protocols = vec![if via == Via::Tcp { ALPN } else { b"http/1.1" }.to_vec()];
        })
        .await
    }

    pub(super) async fn with_tls(via: Via, change: impl FnOnce(&mut ServerConfig)) -> Self {
        let names = vec!["localhost".to_owned()];
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
        let certificate = cert.der().clone();
        let acceptor = acceptor(&certificate, &signing_key, change);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { via, certificate, pem: cert.pem(), acceptor, listener }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    pub(super) fn pin(&self) -> Pin {
        Pin::of(&self.certificate).unwrap()
    }

    pub(super) fn url(&self) -> ServerUrl {
        let scheme = match self.via {
            Via::Tcp => "parlor",
            Via::Ws => "ws",
            Via::Wss => "wss",
        };
        format!("{scheme}://{}", self.address()).parse().unwrap()
    }

    /// Trusts this server.
    pub(super) fn options(&self) -> Options {
        let trust = Trust { pins: vec![self.pin()], ..Default::default() };
        Options { device: "laptop".to_owned(), ..Options::new(self.url(), trust) }
    }

    pub(super) async fn accept_tcp(&self) -> TcpStream {
        let (stream, _) = self.listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    pub(super) async fn accept_tls(&self) -> std::io::Result<Box<dyn Duplex>> {
        let stream = self.acceptor.accept(self.accept_tcp().await).await?;
        Ok(Box::new(stream))
    }

    pub(super) async fn accept(&self) -> Peer {
        let stream: Box<dyn Duplex> = match self.via {
            Via::Ws => Box::new(self.accept_tcp().await),
            Via::Tcp | Via::Wss => self.accept_tls().await.unwrap(),
        };
        let socket = match self.via {
            Via::Tcp => PeerSocket::Stream(stream),
            Via::Ws | Via::Wss => PeerSocket::Messages(Box::new(upgrade(stream).await)),
        };
        Peer { socket, decoder: FrameDecoder::new(FRAME_BYTES_MAX) }
    }
}

fn acceptor(
    certificate: &CertificateDer<'static>,
    key: &KeyPair,
    change: impl FnOnce(&mut ServerConfig),
) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    change(&mut config);
    TlsAcceptor::from(Arc::new(config))
}

#[expect(clippy::result_large_err, reason = "tungstenite wants the callback so")]
async fn upgrade(stream: Box<dyn Duplex>) -> WebSocketStream<Box<dyn Duplex>> {
    let choose = |request: &Request, mut response: Response| {
        assert_eq!(request.uri().path(), WEBSOCKET_PATH);
        let asked = request.headers().get(SEC_WEBSOCKET_PROTOCOL).unwrap();
        assert_eq!(asked, SUBPROTOCOL);
        let chosen = HeaderValue::from_static(SUBPROTOCOL);
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, chosen);
        Ok(response)
    };
    tokio_tungstenite::accept_hdr_async(stream, choose).await.unwrap()
}

/// The server's end of one connection.
pub(super) struct Peer {
    socket: PeerSocket,
    decoder: FrameDecoder,
}

enum PeerSocket {
    Stream(Box<dyn Duplex>),
    Messages(Box<WebSocketStream<Box<dyn Duplex>>>),
}

/// How a connection ended, as the server sees it.
#[derive(Debug, PartialEq)]
pub(super) enum End {
    Polite,
    Cut,
}

impl Peer {
    /// The next frame of the client.
    pub(super) async fn read(&mut self) -> Result<(u32, Ask), End> {
        loop {
            if let Some(frame) = self.decoder.next_frame().unwrap() {
                let frame = ClientFrame::decode(frame).unwrap();
                return Ok((frame.request_id, frame.body.unwrap()));
            }
            match &mut self.socket {
                PeerSocket::Stream(stream) => {
                    let mut bytes = [0; 4_096];
                    match stream.read(&mut bytes).await {
                        Ok(0) => return Err(End::Polite),
                        Ok(len) => self.decoder.extend(&bytes[..len]),
                        Err(_) => return Err(End::Cut),
                    }
                }
                PeerSocket::Messages(socket) => match socket.next().await {
                    Some(Ok(Message::Binary(bytes))) => self.decoder.extend(&bytes),
                    Some(Ok(Message::Close(_))) => return Err(End::Polite),
                    Some(Err(tungstenite::Error::Protocol(_) | tungstenite::Error::Io(_))) => {
                        return Err(End::Cut);
                    }
                    other => panic!("{other:?}"),
                },
            }
        }
    }

    pub(super) async fn write(&mut self, request_id: u32, body: Body) {
        let frame = ServerFrame { request_id, body: Some(body) };
        self.write_bytes(encode_frame(&frame)).await;
    }

    pub(super) async fn write_bytes(&mut self, bytes: Bytes) {
        match &mut self.socket {
            PeerSocket::Stream(stream) => {
                stream.write_all(&bytes).await.unwrap();
                stream.flush().await.unwrap();
            }
            PeerSocket::Messages(socket) => socket.send(Message::Binary(bytes)).await.unwrap(),
        }
    }

    /// Hello and resume.
    pub(super) async fn greet(&mut self) {
        let Ok((1, Ask::Hello(_))) = self.read().await else { panic!("no hello") };
        let hello = v1::HelloResponse { revision: 1, epoch: 1, ..Default::default() };
        self.write(1, Body::Hello(hello)).await;
        let Ok((2, Ask::Resume(it))) = self.read().await else { panic!("no resume") };
        assert_eq!(it.token, [7; 32].as_slice());
        let user = Some(v1::User { user_id: 1, user_name: "ann".into(), ..Default::default() });
        self.write(2, Body::Auth(v1::AuthResponse { user, ..Default::default() })).await;
    }

    /// Answers a sync; gives its cursors.
    pub(super) async fn tell_of_lobby(&mut self, head: u64) -> Vec<(u64, u64)> {
        let Ok((id, Ask::Sync(sync))) = self.read().await else { panic!("no sync") };
        let answer = v1::SyncResponse {
            epoch: 1,
            rooms: vec![state(head)],
            more: false,
            ..Default::default()
        };
        self.write(id, Body::Sync(answer)).await;
        sync.cursors.iter().map(|cursor| (cursor.room_id, cursor.seq)).collect()
    }
}
