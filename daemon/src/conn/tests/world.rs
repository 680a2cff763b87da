//! What a test stands on: one shard, somebody who plays the engine, and clients.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU8;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use parlor_proto::ids::{Epoch, RequestId, RoomId, Seq, UserId};
use parlor_proto::limits::ALPN;
use parlor_proto::v1;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::chat::{AccountRequest, ConnId, Input, Request};
use crate::conn::admission::{Admission, AdmissionLimits, Rate};
use crate::conn::opening::{self, Opened};
use crate::conn::shard::{Seat, Shard};
use crate::conn::stream::Stream;
use crate::conn::{Accepted, Patience, Place, Seams, Settings, Shards, Socket};
use crate::engine::bare::{self, Inputs};
use crate::engine::clock::Clock;
use crate::hub::readers::{self, Read, Readers};
use crate::hub::searching::Searching;
use crate::hub::{Delivery, Hub, Mailboxes};

mod client;
mod words;

pub(super) use self::client::Client;
pub(super) use self::words::*;

/// Nothing that a test waits for takes this long.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) const LOBBY: RoomId = RoomId(1);

pub(super) type TlsClient = Client<TlsStream<TcpStream>>;

pub(super) struct World {
    pub(super) shards: Option<Shards>,
    pub(super) admission: Admission,
    pub(super) reads: Receiver<Read>,
    inputs: Inputs,
    readers: Readers,
    mailboxes: Mailboxes,
    clock: Clock,
    listener: TcpListener,
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

pub(super) fn settings() -> Settings {
    Settings {
        shards: NonZeroU8::MIN,
        server_name: "test".into(),
        server_version: "1".into(),
        epoch: Epoch(7),
        server_id: [9; 32],
        registration: v1::RegistrationMode::Open,
        keep_alive: v1::KeepAlivePolicy { interval_ms: 20_000, ..Default::default() },
        patience: Patience::default(),
        requests: None,
        outboxes_bytes_max: 64 << 20,
        ring_bytes_max: 1 << 20,
    }
}

pub(super) fn limits() -> AdmissionLimits {
    let arrivals_per_address = Rate { burst: 1_000, every: Duration::from_millis(1) };
    AdmissionLimits { arrivals_per_address, ..AdmissionLimits::default() }
}

impl World {
    pub(super) async fn start() -> Self {
        Self::with(settings(), limits()).await
    }

    pub(super) async fn with(settings: Settings, limits: AdmissionLimits) -> Self {
        Self::with_inbox(settings, limits, 1024).await
    }

    /// An engine for which no more than so many inputs may wait.
    pub(super) async fn with_inbox(
        settings: Settings,
        limits: AdmissionLimits,
        inputs_max: usize,
    ) -> Self {
        let (inbox, inputs) = bare::inbox(inputs_max);
        let (readers, reads) = readers::bare(64);
        let (mailboxes, mailbox_ends) = Mailboxes::new(1);
        let clock = Clock::start();
        let admission = Admission::new(limits);
        let seams = Seams {
            inbox,
            readers: readers.clone(),
            clock: clock.clone(),
            admission: admission.clone(),
        };
        let (server, client) = tls_configs();
        Self {
            shards: Some(Shards::start(settings, &seams, mailbox_ends).unwrap()),
            admission,
            reads,
            inputs,
            readers,
            mailboxes,
            clock,
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            server: Arc::new(server),
            client: Arc::new(client),
        }
    }

    /// A TCP connection to the TLS door, with nothing said.
    pub(super) async fn dial(&self) -> TcpStream {
        let connecting = TcpStream::connect(self.listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(connecting, self.listener.accept());
        let (socket, address) = accepted.unwrap();
        let now = self.clock.now().moment;
        let guard = self.admission.arrive(Some(address.ip()), now).unwrap();
        let socket = Socket::Tls(socket.into_std().unwrap(), Arc::clone(&self.server));
        self.shards.as_ref().unwrap().admit(Accepted { socket, guard });
        client.unwrap()
    }

    /// A TLS connection by a client that is set up as the test likes.
    pub(super) async fn handshake(
        &self,
        change: impl FnOnce(&mut ClientConfig),
    ) -> std::io::Result<TlsClient> {
        let mut config = ClientConfig::clone(&self.client);
        change(&mut config);
        let tcp = self.dial().await;
        let name = ServerName::try_from("localhost").unwrap();
        let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await?;
        Ok(Client::new(tls))
    }

    pub(super) async fn connect(&self) -> TlsClient {
        self.handshake(|_| {}).await.unwrap()
    }

    /// A connection that has said hello and is signed in; and what the engine calls it.
    pub(super) async fn signed_in(&mut self) -> (TlsClient, ConnId) {
        let mut client = self.connect().await;
        client.hello().await;
        let conn = self.sign_in(&mut client).await;
        (client, conn)
    }

    pub(super) async fn sign_in<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        client: &mut Client<S>,
    ) -> ConnId {
        client.send(1, resume()).await;
        let (conn, id, request) = self.asked().await;
        assert!(matches!(request, Request::Account(AccountRequest::Resume { .. })), "{request:?}");
        let attached = Delivery::Attached { conn, user: UserId(1) };
        self.deliver([attached, ack(conn, id)]).await;
        assert_eq!(client.next().await.request_id, 1);
        conn
    }

    /// A connection at the door for bridges, with nothing said.
    pub(super) fn dial_bridge(&self) -> UnixStream {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let guard = self.admission.arrive(None, self.clock.now().moment).unwrap();
        let socket = Socket::Bridge(theirs.into_std().unwrap());
        self.shards.as_ref().unwrap().admit(Accepted { socket, guard });
        ours
    }

    pub(super) async fn connect_bridge(&self, client: IpAddr) -> Client<UnixStream> {
        let mut socket = self.dial_bridge();
        let from = SocketAddr::new(client, 50_000);
        let to = SocketAddr::from(([127, 0, 0, 1], 7276));
        let proxied = proxy_header::ProxiedAddress::stream(from, to);
        let mut header = Vec::new();
        proxy_header::ProxyHeader::with_address(proxied).encode_v2(&mut header).unwrap();
        socket.write_all(&header).await.unwrap();
        Client::new(socket)
    }

    pub(super) async fn deliver(&self, deliveries: impl IntoIterator<Item = Delivery>) {
        let parcel = deliveries.into_iter().collect();
        in_time(self.mailboxes.0[0].send(parcel)).await.unwrap();
    }

    /// The engine's own way to the shard.
    pub(super) fn hub(&self) -> Hub {
        Hub::new(self.mailboxes.clone(), self.readers.clone(), Searching::default())
    }

    /// What the engine gets next.
    pub(super) async fn input(&mut self) -> Input {
        in_time(self.inputs.next()).await.expect("an input")
    }

    pub(super) async fn asked(&mut self) -> (ConnId, RequestId, Request) {
        match self.input().await {
            Input::Asked { conn, id, request, .. } => (conn, id, request),
            other => panic!("no request: {other:?}"),
        }
    }

    /// What a connection needs from the store next.
    pub(super) async fn read(&self) -> (ConnId, RoomId, Seq, Seq) {
        loop {
            match self.reads.try_recv() {
                Ok(Read::CatchUp { conn, room, from, to, bytes: _ }) => {
                    return (conn, room, from, to);
                }
                Ok(other) => panic!("no catching up: {other:?}"),
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }

    /// The engine ends.
    pub(super) fn end_engine(&mut self) {
        let (_, inputs) = bare::inbox(1);
        self.inputs = inputs;
    }
}

/// A shard without a thread, and what its connections tell the engine.
pub(in crate::conn) fn shard() -> (Rc<Shard>, Inputs) {
    shard_with(settings())
}

pub(super) fn shard_with(settings: Settings) -> (Rc<Shard>, Inputs) {
    let (shard, inputs, _) = shard_with_store(settings, 1);
    (shard, inputs)
}

/// The same, and what it wants to be read.
pub(super) fn shard_with_store(
    settings: Settings,
    reads_max: usize,
) -> (Rc<Shard>, Inputs, Receiver<Read>) {
    let (inbox, inputs) = bare::inbox(16);
    let (readers, reads) = readers::bare(reads_max);
    let admission = Admission::new(limits());
    let seams = Seams { inbox, readers, clock: Clock::start(), admission };
    let serials = Arc::default();
    let tally = Arc::default();
    let seat = Seat { index: 0, settings: Arc::new(settings), seams, serials, tally };
    (Rc::new(Shard::new(seat)), inputs, reads)
}

/// Somebody who has come through the door for bridges.
pub(in crate::conn) fn opened(shard: &Shard) -> (Opened, Place) {
    let (_, socket) = UnixStream::pair().unwrap();
    opened_on(shard, socket)
}

pub(super) fn opened_on(shard: &Shard, socket: UnixStream) -> (Opened, Place) {
    let now = shard.now().moment;
    let guard = shard.seams.admission.arrive(None, now).unwrap();
    let address = IpAddr::from([192, 0, 2, 1]);
    let opened = Opened { stream: Stream::Bridge(socket), guard, address, turned_away: None };
    (opened, Place::take(&Arc::default()))
}

/// Somebody who has come through the TLS door, and their end of it.
pub(super) async fn opened_by_tls(shard: &Shard) -> (Opened, Place, TlsClient) {
    let (server, client) = tls_configs();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connecting = TcpStream::connect(listener.local_addr().unwrap());
    let (tcp, accepted) = tokio::join!(connecting, listener.accept());
    let now = shard.now().moment;
    let guard = shard.seams.admission.arrive(None, now).unwrap();
    let socket = Socket::Tls(accepted.unwrap().0.into_std().unwrap(), Arc::new(server));
    let opening = opening::open(Accepted { socket, guard }, Patience::default(), now);
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(client));
    let (opened, tls) = tokio::join!(opening, connector.connect(name, tcp.unwrap()));
    (opened.unwrap(), Place::take(&Arc::default()), Client::new(tls.unwrap()))
}

pub(super) async fn in_time<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("in time")
}

fn tls_configs() -> (ServerConfig, ClientConfig) {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate: CertificateDer<'static> = certified.cert.der().clone();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    server.alpn_protocols = vec![ALPN.to_vec()];
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = vec![ALPN.to_vec()];
    (server, client)
}
