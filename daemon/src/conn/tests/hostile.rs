//! Clients that do not play by the rules.

use std::time::Duration;

use parlor_proto::v1::{self, GoAwayCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::world::*;
use crate::conn::Patience;

#[tokio::test]
async fn what_is_not_tls_1_3_does_not_get_in_and_costs_nobody() {
    let mut world = World::start().await;
    for garbage in [&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], &[0; 64], &[0xff; 300]] {
        let mut tcp = world.dial().await;
        tcp.write_all(garbage).await.unwrap();
        let mut answer = Vec::new();
        // An alert, perhaps, and the end, perhaps by a reset as not all was read.
        let _ended = in_time(tcp.read_to_end(&mut answer)).await;
        assert!(answer.len() < 64, "{answer:?}");
    }
    let mut tcp = world.dial().await;
    tcp.write_all(&tls_1_2_hello()).await.unwrap();
    let mut alert = Vec::new();
    in_time(tcp.read_to_end(&mut alert)).await.unwrap();
    assert_eq!(alert, [21, 3, 3, 0, 2, 2, 70], "a fatal alert: protocol_version");
    world.signed_in().await;
}

/// What a client says that knows nothing newer than TLS 1.2.
fn tls_1_2_hello() -> Vec<u8> {
    let extensions = b"\x00\x0d\x00\x04\x00\x02\x04\x03\x00\x0a\x00\x04\x00\x02\x00\x17";
    let mut hello = b"\x03\x03".to_vec();
    hello.extend([7; 32]);
    hello.extend(b"\x00\x00\x02\xc0\x2f\x01\x00\x00");
    hello.push(u8::try_from(extensions.len()).unwrap());
    hello.extend(extensions);
    let len = u8::try_from(hello.len()).unwrap();
    [&[22, 3, 1, 0, len + 4, 1, 0, 0, len][..], &hello].concat()
}

#[tokio::test]
async fn the_protocol_has_to_be_named() {
    let world = World::start().await;
    assert!(world.handshake(|config| config.alpn_protocols = vec![b"h2".to_vec()]).await.is_err());
    let mut client = world.handshake(|config| config.alpn_protocols.clear()).await.unwrap();
    assert_eq!(client.go_away().await.code(), GoAwayCode::ProtocolError);
}

#[tokio::test]
async fn bytes_that_are_no_frame_end_the_connection_and_no_other() {
    let mut world = World::start().await;
    let (mut bystander, conn) = world.signed_in().await;
    let broken: [&[u8]; 5] = [
        b"\xff\xff\xff\xff",               // 4 GiB are announced.
        b"\0\0\x10\x01",                   // One byte more than a stranger may send.
        b"\0\0\0\x02\xff\xff",             // No protobuf.
        b"\0\0\0\x05\x82\x01\x02\x1a\x7f", // A length that points beyond the end.
        b"\0\0\0\x03\x92\x01\x00",         // A login with id 0.
    ];
    for bytes in broken {
        let mut client = world.connect().await;
        client.hello().await;
        client.send_bytes(bytes).await;
        let go_away = client.go_away().await;
        assert_eq!(go_away.code(), GoAwayCode::ProtocolError, "{bytes:?}");
    }
    world.deliver([marker(conn)]).await;
    bystander.next().await;
}

#[tokio::test]
async fn unknown_bodies_are_answered_if_an_answer_is_wanted() {
    let world = World::start().await;
    let mut client = world.connect().await;
    client.hello().await;
    client.send_bytes(b"\0\0\0\x05\x08\x07\xba\x3e\x00").await; // id 7, field 999
    assert_eq!(client.error().await, (7, "UNKNOWN_REQUEST".into()));
    client.send_bytes(b"\0\0\0\x03\xba\x3e\x00").await; // the same without id
    client.send(8, keep_alive(v1::Activity::Unspecified)).await;
    assert_eq!(client.next().await.request_id, 8);
}

fn hurried(change: impl FnOnce(&mut Patience)) -> crate::conn::Settings {
    let mut settings = settings();
    change(&mut settings.patience);
    settings
}

#[tokio::test]
async fn who_does_not_finish_the_handshake_is_cut() {
    let patience = |patience: &mut Patience| patience.handshake = Duration::from_millis(10);
    let world = World::with(hurried(patience), limits()).await;
    let mut tcp = world.dial().await;
    tcp.write_all(b"\x16\x03\x01").await.unwrap();
    let mut answer = Vec::new();
    let _ended = in_time(tcp.read_to_end(&mut answer)).await;
    assert!(answer.is_empty());
}

#[tokio::test]
async fn who_does_not_sign_in_is_sent_away() {
    let patience = |patience: &mut Patience| patience.sign_in = Duration::from_millis(10);
    let world = World::with(hurried(patience), limits()).await;
    let mut client = world.connect().await;
    assert_eq!(client.go_away().await.code(), GoAwayCode::AuthTimeout);
}

#[tokio::test]
async fn a_frame_that_is_dripped_in_is_not_waited_for() {
    let patience = |patience: &mut Patience| patience.frame = Duration::from_millis(10);
    let mut world = World::with(hurried(patience), limits()).await;
    let (mut client, _) = world.signed_in().await;
    client.send_bytes(b"\0\0\x10").await;
    assert_eq!(client.go_away().await.code(), GoAwayCode::FrameTimeout);
}

#[tokio::test]
async fn silence_is_probed() {
    let mut settings = settings();
    settings.keep_alive.interval_ms = 0;
    let mut world = World::with(settings, limits()).await;
    let (mut client, _) = world.signed_in().await;
    assert!(matches!(client.body().await, v1::server_frame::Body::Probe(_)));
}

#[tokio::test]
async fn the_65th_request_is_not_taken_before_an_answer() {
    let mut world = World::start().await;
    let (mut greedy, conn) = world.signed_in().await;
    greedy.send_all((1..=65).map(|id| (id, logout()))).await;
    let mut ids = Vec::new();
    for _ in 0..64 {
        ids.push(world.asked().await.1);
    }
    let (_other, other_conn) = world.signed_in().await; // Nothing came in between.
    assert_ne!(conn, other_conn);
    world.deliver([ack(conn, ids[0])]).await;
    let (from, id, _) = world.asked().await;
    assert_eq!((from, id.0), (conn, 65));
}

#[tokio::test]
async fn too_many_strangers_are_told_so() {
    let limits = crate::conn::admission::AdmissionLimits { strangers_max: 1, ..limits() };
    let mut world = World::with(settings(), limits).await;
    let mut first = world.connect().await;
    first.hello().await;
    let go_away = world.connect().await.go_away().await;
    assert_eq!(go_away.code(), GoAwayCode::TooManyConnections);
    assert!(go_away.reconnect);
    world.sign_in(&mut first).await; // Who has signed in is no stranger.
    world.connect().await.hello().await;
}
