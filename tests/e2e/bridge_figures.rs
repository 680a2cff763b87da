//! What a bridge tells of REST, of streams of events and of deliveries; and what becomes of a stream
//! that nobody reads.

use std::net::{Ipv4Addr, SocketAddr};

use data_encoding::HEXLOWER;
use harness::{Bridge, Daemon, Page, Person, Receiver, Rest, Setup, free_port, until, within};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

/// More than every buffer on the way to a reader of a stream holds.
const MESSAGES_MAX: usize = 5_000;
const TEXT_BYTES: usize = 4_000;

const STREAMS: &str = "parlor_bridge_pool_connections{kind=\"stream\"}";

async fn bridge_with(page: &Page, arguments: &[&str]) -> (Daemon, Bridge) {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let upstream = format!("unix:{}", daemon.bridge_socket().display());
    let place = page.setting();
    let always = ["--upstream", &upstream, "--metrics-listen", &place];
    let bridge = Bridge::with(&[&always, arguments].concat()).await;
    (daemon, bridge)
}

fn page() -> Page {
    Page::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port())))
}

/// Asks for a stream of events with little room for what comes, and reads nothing of it.
async fn follow(who: &Rest) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    let mut tcp = socket.connect(who.authority.parse().unwrap()).await.unwrap();
    let token = who.token.as_ref().unwrap();
    let request =
        format!("GET /v1/events HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\r\n");
    tcp.write_all(request.as_bytes()).await.unwrap();
    tcp
}

#[tokio::test]
async fn calls_are_counted_by_how_they_ended() {
    let page = page();
    let arguments = ["--rest-connections-max", "7", "--trusted-proxies", "127.0.0.1"];
    let (mut daemon, bridge) = bridge_with(&page, &arguments).await;
    let ann = Rest::register(&bridge, "ann").await;
    ann.get("/v1/me").await.must(200);
    assert_eq!(ann.get("/v1/nothing").await.refused(404), "NO_SUCH_PATH");
    assert_eq!(ann.get("/v1/rooms/9").await.refused(404), "ROOM_NOT_FOUND");
    daemon.kill9().await;
    assert_eq!(ann.get("/v1/me").await.refused(503), "UPSTREAM_UNREACHABLE");
    let now = page.figures().await;
    for (sample, count) in [
        ("calls_total{code=\"2xx\"}", 2.0),
        ("calls_total{code=\"4xx\"}", 2.0),
        ("calls_total{code=\"5xx\"}", 1.0),
        ("calls_refused_total{reason=\"NO_SUCH_PATH\"}", 1.0),
        ("calls_refused_total{reason=\"of_daemon\"}", 1.0),
        ("calls_refused_total{reason=\"UPSTREAM_UNREACHABLE\"}", 1.0),
        ("call_seconds_count", 5.0),
        ("pool_connections_limit", 7.0),
        ("guests", 0.0),
    ] {
        let told = now.value(&format!("parlor_bridge_{sample}"));
        assert!((told - count).abs() < 0.5, "{sample}: {told}");
    }
    for source in ["kept", "made"] {
        let uses = format!("parlor_bridge_pool_uses_total{{source={source:?}}}");
        assert!(now.value(&uses) > 0.5, "{source}");
    }
    assert!(now.value("parlor_bridge_pool_failures_total") >= 1.0);
}

#[tokio::test]
async fn who_reads_nothing_of_a_stream_of_events_is_let_go() {
    let page = page();
    let (daemon, bridge) = bridge_with(&page, &["--answer-timeout", "1s"]).await;
    let ann = Person::arrive(&daemon.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let bob = Rest::register(&bridge, "bob").await;
    let join = format!("/v1/rooms/{}/members/me", lobby.0);
    bob.send("PUT", &join, None).await.must(200);
    let _sleeper = follow(&bob).await;
    page.until("a stream", |now| now.value(STREAMS) > 0.5).await;
    let talking = async {
        for _ in 0..MESSAGES_MAX {
            ann.say(lobby, &"x".repeat(TEXT_BYTES)).await;
            ann.message().await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = page.until("the stream's end", |now| now.value(STREAMS) < 0.5) => {}
        () = talking => {}
    }
    // Whoever reads gets all of it, by another stream.
    bob.get("/v1/me").await.must(200);
}

#[tokio::test]
async fn deliveries_are_counted_by_what_came_of_them() {
    let page = page();
    let state = tempfile::tempdir().unwrap();
    let place = state.path().to_str().unwrap();
    let arguments = ["--state-dir", place, "--hooks-allow", "127.0.0.0/8"];
    let (daemon, bridge) = bridge_with(&page, &arguments).await;
    let ann = Person::arrive(&daemon.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let token = Some(HEXLOWER.encode(ann.token().expose()));
    let owner = Rest { token, ..Rest::at(&bridge) };
    let mut receiver = Receiver::start().await;
    receiver.answer("500 Internal Server Error");
    receiver.answer("500 Internal Server Error");
    let made = json!({ "user_name": "ops", "url": receiver.url() });
    owner.post(&format!("/v1/rooms/{}/webhooks", lobby.0), made).await.must(201);
    ann.say(lobby, "the disk is full").await;
    receiver.next().await;
    let failing = "parlor_bridge_webhooks{kind=\"failing\"}";
    let attempts = |outcome: &str| format!("parlor_bridge_deliveries_total{{outcome={outcome:?}}}");
    page.until("a failure", |now| {
        now.value(failing) > 0.5
            && now.value(&attempts("refused")) > 0.5
            && now.value("parlor_bridge_delivery_lag_seconds") > 0.0
    })
    .await;
    receiver.next().await;
    receiver.next().await;
    let delivering = "parlor_bridge_webhooks{kind=\"delivering\"}";
    page.until("a delivery", |now| {
        now.value(delivering) > 0.5
            && now.value(&attempts("delivered")) > 0.5
            && now.value("parlor_bridge_delivery_lag_seconds") < 0.001
    })
    .await;
    assert!(page.figures().await.value("parlor_bridge_delivery_seconds_count") > 1.5);
}

#[tokio::test]
async fn a_reload_changes_the_limits_on_visitors_and_names_what_needs_a_restart() {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bridge.toml");
    let upstream = format!("upstream = \"unix:{}\"", daemon.bridge_socket().display());
    let write = |more: &str| std::fs::write(&file, format!("{upstream}\n{more}\n")).unwrap();
    write("");
    let mut bridge = Bridge::with(&["--config", file.to_str().unwrap()]).await;
    let header = "x-forwarded-for";
    let told = Rest::at(&bridge).with(header, "192.0.2.1");
    told.get("/v1/server").await.must(200);

    write("trusted_proxies = [\"127.0.0.1\"]\nvisitors_max = 0");
    bridge.process().signal(harness::Signal::HUP);
    until("a refusal", || bridge.log().contains("visitors-max: must be 1").then_some(())).await;

    write(
        "trusted_proxies = [\"127.0.0.1\"]\nvisitors_per_address_max = 1\nanswer_timeout = \"5s\"\nrest_idle_timeout = \"5s\"",
    );
    bridge.process().signal(harness::Signal::HUP);
    until("a reload", || bridge.log().contains("INFO reloaded").then_some(())).await;
    let log = bridge.log();
    for option in ["answer-timeout", "begins with rest-"] {
        let line = log.lines().find(|line| line.contains(option));
        assert!(line.is_some_and(|line| line.contains("needs a restart")), "{option}: {log}");
    }
    // A stream is one of the requests that its address may have.
    let bob = Rest::register(&bridge, "bob").await;
    let mut stream = TcpStream::connect(bridge.authority()).await.unwrap();
    let token = bob.token.as_ref().unwrap();
    let request = format!(
        "GET /v1/events HTTP/1.1\r\nhost: a\r\n{header}: 192.0.2.1\r\n\
         authorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    within("the stream", stream.readable()).await.unwrap();
    assert_eq!(told.get("/v1/server").await.refused(429), "TOO_MANY_CALLS");
    Rest::at(&bridge).with(header, "192.0.2.2").get("/v1/server").await.must(200);
}
