//! Clients that do not read what they are sent: after a while they are let go, and their places
//! are free. Who reads slowly stays.

use std::time::Duration;

use futures_util::SinkExt as _;
use parlor_proto::limits::{SUBPROTOCOL, SUBPROTOCOL_JSON};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::interval;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use super::{Client, House, Limits, Seat, certificate_in, frame, soon};
use crate::slots::Slots;
use crate::upstream::Upstream;

/// Short, so that a test can outlast it.
const SHORT: Duration = Duration::from_millis(300);

async fn house(answer_timeout: Duration) -> House {
    House::with(Limits { answer_timeout, ..Limits::default() }).await
}

/// Little of what comes has room here.
async fn narrow(house: &House) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    socket.connect(house.address).await.unwrap()
}

/// Asks for far more than fits on the way.
async fn ask(client: &mut (impl tokio::io::AsyncWrite + Unpin), times: usize) {
    let request = "GET /v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n".repeat(times);
    client.write_all(request.as_bytes()).await.unwrap();
    client.flush().await.unwrap();
}

async fn are_taken(slots: &Slots, count: usize) {
    soon(async {
        while slots.count() != count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn who_does_not_read_an_answer_is_let_go() {
    let house = house(SHORT).await;
    let mut client = narrow(&house).await;
    are_taken(&house.bridge.visitors, 1).await;
    ask(&mut client, 50).await;
    are_taken(&house.bridge.visitors, 0).await;
}

#[tokio::test]
async fn who_does_not_read_an_answer_is_let_go_by_tls_too() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bridge.sock");
    let daemon = super::Daemon::Unix(tokio::net::UnixListener::bind(&path).unwrap());
    let (files, made) = certificate_in(dir.path());
    let limits = Limits { answer_timeout: SHORT, ..Limits::default() };
    let house = House::start(dir, Upstream::Unix { path }, daemon, limits, Some(files)).await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.der().clone()).unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let mut client = soon(connector.connect(name, narrow(&house).await)).await.unwrap();
    ask(&mut client, 50).await;
    are_taken(&house.bridge.visitors, 0).await;
}

#[tokio::test]
async fn who_reads_slowly_stays() {
    let limit = Duration::from_secs(1);
    let house = house(limit).await;
    let mut client = narrow(&house).await;
    ask(&mut client, 50).await;
    let mut piece = vec![0; 64 * 1024];
    let pause = limit / 5;
    let mut ticks = interval(pause);
    for _ in 0..20 {
        ticks.tick().await;
        soon(client.read_exact(&mut piece)).await.unwrap();
    }
    assert_eq!(house.bridge.visitors.count(), 1);
}

/// A client that has little room, and the daemon's end of it.
async fn meet(house: &House, subprotocol: &str) -> (Client, Seat) {
    let offer = [("sec-websocket-protocol", subprotocol)];
    let connecting = client_async(house.request(&offer), narrow(house).await);
    let (client, mut daemon) = tokio::join!(connecting, house.daemon.accept());
    daemon.skip_header().await;
    (client.unwrap().0, daemon)
}

#[tokio::test]
async fn who_neither_reads_nor_says_anything_over_websocket_is_lost() {
    let house = house(SHORT).await;
    for subprotocol in [SUBPROTOCOL, SUBPROTOCOL_JSON] {
        let (_client, daemon) = meet(&house, subprotocol).await;
        let Seat::Unix(mut daemon) = daemon else { panic!("not unix") };
        assert_eq!(house.bridge.websockets.count(), 1);
        // In JSON a frame without a body is a message, too.
        let said = frame(b"").repeat(1_000);
        soon(async { while daemon.write_all(&said).await.is_ok() {} }).await;
        are_taken(&house.bridge.websockets, 0).await;
    }
}

#[tokio::test]
async fn who_does_not_read_that_it_is_wrong_is_lost() {
    let house = house(SHORT).await;
    let (mut client, _daemon) = meet(&house, SUBPROTOCOL_JSON).await;
    let mistake = format!(r#"{{"requestId":7,"dance":"{}"}}"#, "x".repeat(1000));
    soon(async { while client.send(Message::text(mistake.as_str())).await.is_ok() {} }).await;
    are_taken(&house.bridge.websockets, 0).await;
}
