//! The bridge: it copies, it bounds, it says why it closes, and it has no rights of its own.

use std::os::unix::fs::PermissionsExt as _;

use harness::{
    Bridge, Certificate, Daemon, PASSWORD, Peer, Person, Setup, Signal, Upstream, WebSocketRefused,
    free_port, within,
};
use parlor_proto::v1::{self, GoAwayCode, client_frame::Body, server_frame};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const PROTOCOL: (&str, &str) = ("Sec-WebSocket-Protocol", "parlor.v1");

async fn bridged() -> (Daemon, Bridge) {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let bridge = Bridge::start(&daemon, Upstream::Unix).await;
    (daemon, bridge)
}

/// One plain HTTP request by hand; the whole answer.
async fn http(authority: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    within("an answer over HTTP", stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn get(bridge: &Bridge, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let answer = http(&bridge.authority(), &request).await;
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn both_ways_to_the_daemon_carry_the_same() {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let unix = Bridge::start(&daemon, Upstream::Unix).await;
    let tls = Bridge::start(&daemon, Upstream::Tls).await;
    let ann = Person::arrive(&unix.url(), "ann").await;
    let bob = Person::arrive(&tls.url(), "bob").await;
    let cat = Person::arrive(&daemon.url(), "cat").await;
    let lobby = ann.create("lobby").await;
    bob.join("lobby").await;
    cat.join("lobby").await;
    ann.say(lobby, "three ways in").await;
    let heard = [
        ann.hear("three ways in").await,
        bob.hear("three ways in").await,
        cat.hear("three ways in").await,
    ];
    assert!(heard.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a_dead_upstream_is_told_and_waited_for() {
    let (mut daemon, mut bridge) = bridged().await;
    let mut peer = Peer::connect(&bridge.url()).await;
    peer.hello().await;
    daemon.kill9().await;
    assert!(peer.frame().await.is_none());
    assert_eq!(peer.close_code(), Some(1012));
    // Whoever comes while nobody is there is told the same, before or after the handshake.
    match Peer::websocket_with(&bridge.authority(), &[PROTOCOL]).await {
        Ok(mut peer) => {
            assert!(peer.frame().await.is_none());
            assert_eq!(peer.close_code(), Some(1013), "cannot be reached");
        }
        Err(WebSocketRefused(status)) => assert!(matches!(status, 502..=504), "{status}"),
    }
    bridge.process().logged("cannot be connected upstream").await;
    assert!(get(&bridge, "/healthz").await.contains(" 200 "), "the bridge itself is well");
    assert!(get(&bridge, "/readyz").await.contains(" 503 "), "but of no use");
    daemon.restart().await;
    // The bridge asks at most once a second, however many ask it.
    within("a bridge that is ready", async {
        while !get(&bridge, "/readyz").await.contains(" 200 ") {}
    })
    .await;
    Peer::connect(&bridge.url()).await.hello().await;
}

#[tokio::test]
async fn the_daemon_sees_who_comes_through_the_bridge() {
    // With the limits that an operator has who says nothing.
    let daemon = Daemon::with(Setup::new().only_config("").bridge_socket()).await;
    // On behalf of others: each has limits of its own, whatever the bridge's address is.
    let mut peers = Vec::new();
    for n in 0..60 {
        let source = format!("203.0.113.{n}:4711").parse().unwrap();
        let mut peer = Peer::unix_for(&daemon.bridge_socket(), source).await;
        peer.hello().await;
        peers.push(peer);
    }
    // Who comes too often is told so, whoever else the bridge speaks for.
    let turned_away = within("an address that comes too often", async {
        loop {
            let source = "198.51.100.7:4711".parse().unwrap();
            let mut peer = Peer::unix_for(&daemon.bridge_socket(), source).await;
            match peer.frame_after_hello().await {
                server_frame::Body::Hello(_) => peers.push(peer),
                server_frame::Body::GoAway(go_away) => return go_away,
                body => panic!("{body:?}"),
            }
        }
    });
    assert_eq!(turned_away.await.code(), GoAwayCode::TooManyConnections);
    let mut ipv6 =
        Peer::unix_for(&daemon.bridge_socket(), "[2001:db8::7]:4711".parse().unwrap()).await;
    ipv6.hello().await;
    ipv6.register("ann", PASSWORD).await;
    // Without the header, or with another one, nobody comes in.
    let mut nobody = Peer::unix(&daemon.bridge_socket()).await;
    let hello = v1::HelloRequest {
        revision_min: 1,
        revision_max: 1,
        client_name: "longer than a header".into(),
        ..Default::default()
    };
    nobody.send(1, Body::Hello(hello)).await;
    assert!(nobody.frame().await.is_none());
    let mut old = Peer::unix(&daemon.bridge_socket()).await;
    old.write(b"PROXY TCP4 203.0.113.7 127.0.0.1 4711 7276\r\n").await;
    assert!(old.frame().await.is_none());
}

#[tokio::test]
async fn only_pages_that_are_allowed_may_connect() {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let upstream = format!("unix:{}", daemon.bridge_socket().display());
    let arguments = ["--upstream", &upstream, "--origin", "https://chat.example.org"];
    let bridge = Bridge::with(&arguments).await;
    let authority = bridge.authority();
    for origin in [
        "https://evil.example.org",
        "null",
        "https://chat.example.org.evil.test",
        "http://chat.example.org",
        "https://chat.example.org:444",
        "file://",
    ] {
        let refused = Peer::websocket_with(&authority, &[PROTOCOL, ("Origin", origin)]).await;
        assert_eq!(refused.unwrap_err(), WebSocketRefused(403), "{origin}");
    }
    let allowed = [PROTOCOL, ("Origin", "https://chat.example.org")];
    Peer::websocket_with(&authority, &allowed).await.unwrap().hello().await;
    Peer::websocket_with(&authority, &[PROTOCOL]).await.unwrap().hello().await;
}

#[tokio::test]
async fn a_websocket_without_the_subprotocol_is_refused() {
    let (_daemon, bridge) = bridged().await;
    for headers in [&[][..], &[("Sec-WebSocket-Protocol", "parlor.v2")]] {
        let refused = Peer::websocket_with(&bridge.authority(), headers).await;
        assert_eq!(refused.unwrap_err(), WebSocketRefused(400), "{headers:?}");
    }
}

#[tokio::test]
async fn what_is_no_websocket_is_answered_or_cut() {
    let (_daemon, bridge) = bridged().await;
    assert!(get(&bridge, "/v1/ws").await.contains(" 4"), "a page is no WebSocket");
    assert!(get(&bridge, "/nothing-here").await.contains(" 404 "));
    let huge = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(1 << 20));
    let answer = http(&bridge.authority(), &huge).await;
    assert!(answer.is_empty() || answer.contains(" 4"), "{answer:.100}");
    let garbage = http(&bridge.authority(), "\x16\x03\x01 garbage\r\n\r\n").await;
    assert!(garbage.is_empty() || garbage.contains(" 400 "), "{garbage:.100}");
}

#[tokio::test]
async fn frames_the_bridge_does_not_know_pass_as_they_are() {
    let (_daemon, bridge) = bridged().await;
    let mut peer = Peer::connect(&bridge.url()).await;
    peer.hello().await;
    // request 9 with the unknown field 1999: the daemon answers it, the bridge has no opinion.
    peer.write(b"\0\0\0\x05\x08\x09\xfa\x7c\0").await;
    assert!(matches!(peer.answer(9).await, server_frame::Body::Error(_)));
    // Two frames in one message, and one.
    let keep_alive = b"\0\0\0\x06\x08\x0a\x12\x02\x10\x05";
    peer.write(&[&keep_alive[..], keep_alive].concat()).await;
    for _ in 0..2 {
        assert!(!matches!(peer.answer(10).await, server_frame::Body::GoAway(_)));
    }
}

#[tokio::test]
async fn a_stopping_bridge_sends_its_clients_away_politely() {
    let (_daemon, mut bridge) = bridged().await;
    let ann = Person::arrive(&bridge.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let mut peer = Peer::connect(&bridge.url()).await;
    peer.hello().await;
    assert_eq!(bridge.term().await.code(), Some(0));
    peer.rest().await;
    assert!(matches!(peer.close_code(), Some(1001 | 1012)), "{:?}", peer.close_code());
    bridge.restart().await;
    assert!(ann.online().await, "the session went on");
    ann.say(lobby, "back").await;
    ann.hear("back").await;
}

#[tokio::test]
async fn a_bridge_with_a_certificate_speaks_tls_and_reloads_it() {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let folder = tempfile::tempdir().unwrap();
    let given = Certificate::write(folder.path(), "bridge");
    let upstream = format!("unix:{}", daemon.bridge_socket().display());
    let (chain, key) = (given.chain.to_str().unwrap(), given.key.to_str().unwrap());
    let arguments = ["--upstream", &upstream, "--tls-cert", chain, "--tls-key", key];
    let mut bridge = Bridge::with(&arguments).await;
    let url = bridge.url();
    assert_eq!(url.to_string().split(':').next(), Some("wss"));
    let pinned = parlor_proto::client::ServerUrl {
        pin: parlor_proto::client::Pin::of(&given.der),
        ..url.clone()
    };
    let ann = Person::arrive(&pinned, "ann").await;
    let renewed = Certificate::write(folder.path(), "bridge");
    bridge.process().signal(Signal::HUP);
    let pinned =
        parlor_proto::client::ServerUrl { pin: parlor_proto::client::Pin::of(&renewed.der), ..url };
    let options = harness::options(&pinned, "");
    within("the new certificate", async {
        let nobody = || parlor_proto::client::SignIn::Nobody;
        while parlor_proto::client::Client::connect(options.clone(), nobody()).await.is_err() {}
    })
    .await;
    let lobby = ann.create("lobby").await;
    ann.say(lobby, "undisturbed").await;
}

#[tokio::test]
async fn a_reload_changes_what_it_can_and_says_what_it_cannot() {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bridge.toml");
    let configure = |text: &str| std::fs::write(&file, text).unwrap();
    configure("clients_max = 1\n");
    let upstream = format!("unix:{}", daemon.bridge_socket().display());
    let arguments = ["--upstream", &upstream, "--config", file.to_str().unwrap()];
    let mut bridge = Bridge::with(&arguments).await;
    let ann = Person::arrive(&bridge.url(), "ann").await;
    let options = harness::options(&bridge.url(), "");
    let knock = || {
        parlor_proto::client::Client::connect(options.clone(), parlor_proto::client::SignIn::Nobody)
    };
    assert!(knock().await.is_err(), "there is one place, and ann has it");

    configure("clients_max = 1\nno_such_key = 1\n");
    bridge.process().signal(Signal::HUP);
    bridge.process().logged("not reloaded").await;
    assert!(bridge.process().log().contains("bridge.toml:2"), "{}", bridge.process().log());
    assert!(knock().await.is_err(), "what is in use stays");

    configure("clients_max = 2\nmetrics_listen = \"127.0.0.1:7278\"\n");
    bridge.process().signal(Signal::HUP);
    bridge.process().logged("INFO reloaded").await;
    assert!(knock().await.is_ok(), "{}", bridge.process().log());
    let log = bridge.process().log();
    assert!(log.contains("metrics-listen") && log.contains("needs a restart"), "{log}");
    let lobby = ann.create("lobby").await;
    ann.say(lobby, "undisturbed").await;
}

#[tokio::test]
async fn a_bridge_refuses_what_would_hide_its_clients() {
    let daemon = Daemon::start().await;
    let url = daemon.url().to_string();
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut process =
        Bridge::spawn(&["--upstream", &url, "--listen", &format!("0.0.0.0:{port}")], folder.path());
    assert_eq!(process.exit().await.code(), Some(78), "{}", process.log());
    let mut process = Bridge::spawn(&["--no-such-option"], folder.path());
    assert_eq!(process.exit().await.code(), Some(2), "{}", process.log());
    let mut process = Bridge::spawn(&[], folder.path());
    assert_eq!(process.exit().await.code(), Some(78), "{}", process.log());
    assert!(process.log().contains("--upstream"), "{}", process.log());
}

#[tokio::test]
async fn a_bridge_refuses_a_certificate_or_a_file_that_it_cannot_use() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for name in ["good", "other"] {
        assert!(Certificate::write(folder.path(), name).key.exists());
    }
    std::fs::write(at("garbled.pem"), b"\xff\xfe no PEM").unwrap();
    assert!(Certificate::write_until(folder.path(), "expired", 2020).key.exists());
    let open = Certificate::write(folder.path(), "open");
    std::fs::set_permissions(&open.key, std::fs::Permissions::from_mode(0o644)).unwrap();
    for (certificate, key, says) in [
        ("missing.pem", "good.key", "missing.pem"),
        ("garbled.pem", "good.key", "garbled.pem"),
        ("good.pem", "missing.key", "missing.key"),
        ("good.pem", "other.key", "other.key"),
        ("expired.pem", "expired.key", "has expired"),
        ("open.pem", "open.key", "mode 0644"),
    ] {
        let (certificate, key) = (at(certificate), at(key));
        let arguments = ["--upstream", "unix:/run/nobody", "--tls-cert", &certificate];
        let mut process =
            Bridge::spawn(&[&arguments[..], &["--tls-key", &key]].concat(), folder.path());
        assert_eq!(process.exit().await.code(), Some(78), "{}", process.log());
        assert!(process.log().contains(says), "{says} is not in {}", process.log());
    }
    std::fs::write(at("bridge.toml"), "\nno_such_key = 1\n").unwrap();
    let mut process = Bridge::spawn(&["--config", &at("bridge.toml")], folder.path());
    assert_eq!(process.exit().await.code(), Some(78), "{}", process.log());
    for says in ["bridge.toml", "2", "no_such_key"] {
        assert!(process.log().contains(says), "{says} is not in {}", process.log());
    }
}

#[tokio::test]
async fn a_go_away_comes_through_before_the_close() {
    let (mut daemon, bridge) = bridged().await;
    let mut peer = Peer::connect(&bridge.url()).await;
    peer.hello().await;
    daemon.process().signal(Signal::TERM);
    assert_eq!(peer.farewell().await.code(), GoAwayCode::Draining);
    assert_eq!(peer.close_code(), Some(1012));
}
