//! The bridge between real WebSocket clients and a daemon that says what a test wants.

mod copying;
mod door;
mod ending;
mod json;
mod limits;
mod proxied;
mod stalled;

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use parlor_proto::limits::{ALPN, SUBPROTOCOL, SUBPROTOCOL_JSON};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderName, Request};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::config::{self, Config, Limits};
use crate::forwarded::Proxies;
use crate::origin::Origins;
use crate::server::{Bridge, Server};
use crate::tls::{Certificate, Files};
use crate::upstream::Upstream;

/// Longer than anything in here takes; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running bridge in front of a fake daemon.
struct House {
    bridge: Arc<Bridge>,
    address: SocketAddr,
    certificate: Option<Arc<Certificate>>,
    serving: JoinHandle<()>,
    daemon: Daemon,
    dir: tempfile::TempDir,
}

/// Listens where the daemon would.
enum Daemon {
    Unix(UnixListener),
    Tls(TcpListener, TlsAcceptor),
}

/// The daemon's end of one client.
enum Seat {
    Unix(UnixStream),
    Tls(Box<TlsStream<TcpStream>>),
}

type Client = WebSocketStream<TcpStream>;

impl House {
    async fn over_unix() -> Self {
        Self::with(Limits::default()).await
    }

    async fn with(limits: Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bridge.sock");
        let daemon = Daemon::Unix(UnixListener::bind(&path).unwrap());
        Self::start(dir, Upstream::Unix { path }, daemon, limits, None).await
    }

    async fn over_tls() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let pin = parlor_proto::client::Pin::of(certificate.cert.der()).unwrap();
        let key = PrivatePkcs8KeyDer::from(certificate.signing_key.serialize_der());
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let mut config = rustls::ServerConfig::builder_with_provider(provider.into())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.cert.der().clone()], PrivateKeyDer::Pkcs8(key))
            .unwrap();
        config.alpn_protocols = vec![ALPN.to_vec()];
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("parlor://{}?pin={pin}", tcp.local_addr().unwrap());
        let upstream = config::parse_upstream(&url).unwrap();
        let daemon = Daemon::Tls(tcp, Arc::new(config).into());
        Self::start(dir, upstream, daemon, Limits::default(), None).await
    }

    async fn start(
        dir: tempfile::TempDir,
        upstream: Upstream,
        daemon: Daemon,
        limits: Limits,
        tls: Option<Files>,
    ) -> Self {
        let config = Config {
            upstream,
            listen: vec!["127.0.0.1:0".parse().unwrap()],
            tls,
            origins: Origins::new(&["https://chat.example.org".to_owned()]).unwrap(),
            proxies: Proxies::default(),
            limits,
            rest: crate::rest::Limits::default(),
            hooks: crate::hooks::Settings::default(),
            metrics: None,
            log: tracing_subscriber::EnvFilter::default(),
        };
        let server = Server::bind(config).await.unwrap();
        let urls = server.urls().unwrap();
        let [url] = urls.as_slice() else { panic!("one listener, one URL: {urls:?}") };
        let authority = url.split('/').nth(2).unwrap();
        let address = authority.parse().unwrap();
        let bridge = server.bridge();
        let certificate = server.certificate();
        let serving = tokio::spawn(server.serve());
        Self { bridge, address, certificate, serving, daemon, dir }
    }

    /// A client and the daemon's end of it.
    async fn meet(&self) -> (Client, Seat) {
        tokio::join!(self.client(), self.daemon.accept())
    }

    async fn client(&self) -> Client {
        self.knock(&[("sec-websocket-protocol", SUBPROTOCOL)]).await.unwrap()
    }

    /// A client who speaks JSON, and the daemon's end of it behind the PROXY header.
    async fn meet_in_json(&self) -> (Client, Seat) {
        let knocking = self.knock(&[("sec-websocket-protocol", SUBPROTOCOL_JSON)]);
        let (client, mut daemon) = tokio::join!(knocking, self.daemon.accept());
        daemon.skip_header().await;
        (client.unwrap(), daemon)
    }

    /// Gets the first subprotocol of ours that it offers.
    async fn knock(&self, headers: &[(&str, &str)]) -> tungstenite::Result<Client> {
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let (client, response) = client_async(self.request(headers), tcp).await?;
        let offers = headers.iter().filter(|(name, _)| *name == "sec-websocket-protocol");
        let mut offers = offers.flat_map(|(_, offers)| offers.split(", "));
        let ours = offers.find(|offer| [SUBPROTOCOL, SUBPROTOCOL_JSON].contains(offer)).unwrap();
        assert_eq!(response.headers().get("sec-websocket-protocol").unwrap(), ours);
        Ok(client)
    }

    fn request(&self, headers: &[(&str, &str)]) -> Request<()> {
        let mut request = format!("ws://{}/v1/ws", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
        request
    }

    /// The status line and the body of a plain request.
    async fn get(&self, path: &str) -> String {
        let mut tcp = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        tcp.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        soon(tcp.read_to_string(&mut answer)).await.unwrap();
        answer
    }
}

impl Daemon {
    async fn accept(&self) -> Seat {
        soon(async {
            match self {
                Self::Unix(listener) => Seat::Unix(listener.accept().await.unwrap().0),
                Self::Tls(listener, acceptor) => {
                    let tcp = listener.accept().await.unwrap().0;
                    Seat::Tls(Box::new(acceptor.accept(tcp).await.unwrap()))
                }
            }
        })
        .await
    }
}

impl Seat {
    /// Takes the PROXY header off, if this kind of seat gets one.
    async fn skip_header(&mut self) {
        if let Self::Unix(unix) = self {
            let mut start = [0; 16];
            soon(unix.read_exact(&mut start)).await.unwrap();
            let len = usize::from(u16::from_be_bytes([start[14], start[15]]));
            soon(unix.read_exact(&mut vec![0; len])).await.unwrap();
        }
    }

    async fn expect(&mut self, bytes: &[u8]) {
        let mut got = vec![0; bytes.len()];
        soon(async {
            match self {
                Self::Unix(unix) => unix.read_exact(&mut got).await.unwrap(),
                Self::Tls(tls) => tls.read_exact(&mut got).await.unwrap(),
            }
        })
        .await;
        assert!(got == bytes, "{} bytes came otherwise than sent", got.len());
    }

    async fn say(&mut self, bytes: &[u8]) {
        soon(async {
            match self {
                Self::Unix(unix) => unix.write_all(bytes).await.unwrap(),
                Self::Tls(tls) => {
                    tls.write_all(bytes).await.unwrap();
                    tls.flush().await.unwrap();
                }
            }
        })
        .await;
    }

    /// What comes until the bridge ends it, and how the end looks.
    async fn rest(&mut self) -> (Vec<u8>, io::Result<()>) {
        let mut rest = Vec::new();
        let end = soon(async {
            match self {
                Self::Unix(unix) => unix.read_to_end(&mut rest).await,
                Self::Tls(tls) => tls.read_to_end(&mut rest).await,
            }
        });
        let end = end.await.map(|_| ());
        (rest, end)
    }
}

/// The next message that is not a ping or a pong.
async fn next(client: &mut Client) -> Message {
    loop {
        let message = soon(client.next()).await.unwrap().unwrap();
        if !matches!(message, Message::Ping(_) | Message::Pong(_)) {
            return message;
        }
    }
}

/// Reads binary messages until this many bytes are there.
async fn read_bytes(client: &mut Client, len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len);
    while bytes.len() < len {
        let message = next(client).await;
        let Message::Binary(part) = message else { panic!("not binary: {message:?}") };
        bytes.extend_from_slice(&part);
    }
    bytes
}

/// The bridge closes with this code; what it says of it.
async fn closes(client: &mut Client, code: CloseCode) -> String {
    let message = next(client).await;
    let Message::Close(Some(close)) = message else { panic!("not a close: {message:?}") };
    assert_eq!(close.code, code, "{}", close.reason);
    close.reason.as_str().to_owned()
}

async fn send(client: &mut Client, bytes: impl Into<Vec<u8>>) {
    soon(client.send(Message::binary(bytes.into()))).await.unwrap();
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).unwrap();
    [&len.to_be_bytes(), payload].concat()
}

/// Waits for something that must happen.
async fn soon<F: Future>(future: F) -> F::Output {
    timeout(PATIENCE, future).await.expect("it takes too long")
}

/// A certificate in two files.
fn certificate_in(dir: &std::path::Path) -> (Files, rcgen::Certificate) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let files = Files { cert: dir.join("cert.pem"), key: dir.join("key.pem") };
    let write = |path: &PathBuf, text: String| {
        std::fs::write(path, text).unwrap();
        // Nobody takes a key that everybody can read.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    write(&files.cert, made.cert.pem());
    write(&files.key, made.signing_key.serialize_pem());
    (files, made.cert)
}
