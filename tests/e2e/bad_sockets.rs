//! What comes to the port and is no client at all: garbage, HTTP, old TLS, silence, floods.

use std::time::{Duration, Instant};

use harness::{Cut, Daemon, Peer, Person, Proxy, Setup, tls_config, within};
use parlor_proto::limits::ALPN;
use parlor_proto::v1::GoAwayCode;
use rustls::version::TLS13;

/// Deadlines that a test can wait for.
const IMPATIENT: &str = r#"
limits.handshake_timeout = "3s"
limits.sign_in_timeout = "5s"
limits.frame_timeout = "2s"
"#;

/// A state in `/proc/net/tcp`.
const TCP_LISTEN: &str = "0A";

#[expect(clippy::disallowed_methods, reason = "how long it takes is the question")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::test]
async fn garbage_and_http_are_turned_away() {
    let daemon = Daemon::start().await;
    let ann = Person::arrive(&daemon.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let random: Vec<u8> =
        (0..4096_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[1]).collect();
    let greetings: [&[u8]; 4] = [
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
        b"NICK ann\r\nUSER ann 0 * :Ann\r\n",
        b"\x00\x00\x00\x05hello",
        &random,
    ];
    for greeting in greetings {
        let mut peer = Peer::plain(&daemon.address().to_string()).await;
        let began = now();
        peer.write(greeting).await;
        let answer = peer.rest().await;
        assert!(began.elapsed() < Duration::from_secs(5), "not only at the deadline");
        assert!(answer.len() < 64, "at most a TLS alert: {answer:?}");
    }
    ann.say(lobby, "undisturbed").await;
    ann.hear("undisturbed").await;
    daemon.logged("connection not opened").await;
}

#[tokio::test]
async fn old_tls_and_strange_protocols_are_refused() {
    let daemon = Daemon::start().await;
    let address = daemon.address().to_string();
    let mut old = Peer::plain(&address).await;
    old.write(&hello_of_tls_1_2()).await;
    let fatal_protocol_version = [0x15, 3, 3, 0, 2, 2, 70];
    assert_eq!(old.rest().await, fatal_protocol_version);
    let http = Peer::tls_with(&address, tls_config(&[&TLS13], Some(b"h2"))).await;
    assert!(http.is_err(), "another protocol by ALPN");
    let mut peer = Peer::tls_with(&address, tls_config(&[&TLS13], Some(ALPN))).await.unwrap();
    peer.hello().await;
}

#[tokio::test]
async fn who_stalls_is_cut_at_the_deadline() {
    let daemon = Daemon::with(Setup::new().config(IMPATIENT)).await;
    let address = daemon.address().to_string();
    // Not a byte; half a handshake; no sign-in; a frame that is begun and not finished.
    let mut mute = Peer::plain(&address).await;
    let mut half = Peer::plain(&address).await;
    half.write(b"\x16\x03\x01\x02\x00\x01\x00").await;
    let mut stranger = Peer::tls(&address).await.unwrap();
    stranger.hello().await;
    let mut dripping = Peer::tls(&address).await.unwrap();
    dripping.hello().await;
    dripping.register("eve", harness::PASSWORD).await;
    dripping.write(b"\x00\x00\x10\x00ab").await;
    assert_eq!(mute.rest().await, b"");
    half.rest().await;
    assert_eq!(stranger.farewell().await.code(), GoAwayCode::AuthTimeout);
    assert_eq!(dripping.farewell().await.code(), GoAwayCode::FrameTimeout);
}

#[tokio::test]
async fn cut_handshakes_leave_nothing_behind() {
    let daemon = Daemon::start().await;
    let proxy = Proxy::to(daemon.address()).await;
    for bytes in 1..60 {
        proxy.cut(Cut::AfterToServer(bytes * 7));
        assert!(Peer::tls(&proxy.address().to_string()).await.is_err());
    }
    proxy.cut(Cut::Never);
    let mut peer = Peer::tls(&proxy.address().to_string()).await.unwrap();
    peer.hello().await;
    // All but the one that is in use.
    harness::until("sockets to be given back", || (open_connections(&daemon) == 1).then_some(()))
        .await;
    peer.register("ann", harness::PASSWORD).await;
}

#[tokio::test]
async fn running_out_of_files_is_survived() {
    let daemon = Daemon::with(Setup::new().under(&["prlimit", "--nofile=96"])).await;
    let ann = Person::arrive(&daemon.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let mut crowd = Vec::new();
    for _ in 0..120 {
        crowd.push(Peer::plain(&daemon.address().to_string()).await);
    }
    // Whoever is in stays in, and can talk.
    ann.say(lobby, "still here").await;
    ann.hear("still here").await;
    drop(crowd);
    within("a place again", async {
        while Peer::tls(&daemon.address().to_string()).await.is_err() {}
    })
    .await;
}

/// A good ClientHello of TLS 1.2 (RFC 5246, 7.4.1.2): it does not offer any other version.
fn hello_of_tls_1_2() -> Vec<u8> {
    let mut hello = b"\x03\x03".to_vec();
    hello.extend([7; 32]); // random
    hello.extend(b"\x00"); // no session
    hello.extend(b"\x00\x04\xc0\x2b\xc0\x2f"); // ECDHE with AES-128-GCM
    hello.extend(b"\x01\x00"); // no compression
    let extensions = b"\x00\x0a\x00\x04\x00\x02\x00\x17\x00\x0d\x00\x04\x00\x02\x04\x03";
    hello.extend([0, u8::try_from(extensions.len()).unwrap()]);
    hello.extend(extensions);
    let len = u8::try_from(hello.len()).unwrap();
    let mut record = vec![0x16, 3, 1, 0, len + 4, 1, 0, 0, len];
    record.extend(hello);
    record
}

/// Connections whose daemon's side is a file of some process, so not closed.
fn open_connections(daemon: &Daemon) -> usize {
    let port = format!(":{:04X}", daemon.address().port());
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let is_open = |line: &&str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (local, state, inode) = (fields[1], fields[3], fields[9]);
        local.ends_with(&port) && state != TCP_LISTEN && inode != "0"
    };
    table.lines().skip(1).filter(is_open).count()
}
