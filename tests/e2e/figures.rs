//! The page of figures and health: that it is right, that it counts what happens, and that
//! whoever asks for it can do no harm.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use futures_util::future::join_all;
use harness::{
    Bridge, Daemon, Figures, PASSWORD, Page, Peer, Person, Setup, Signal, free_port, until, within,
};
use parlor_proto::codes::Reason;
use parlor_proto::v1::{self, client_frame::Body};

/// More than every buffer between the engine and a reader holds.
const MESSAGES_MAX: usize = 5_000;
const TEXT_BYTES: usize = 4_000;

/// Connections that the page takes at once.
const VISITORS_MAX: usize = 8;

fn port_page() -> Page {
    Page::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, free_port())))
}

async fn daemon_with(page: &Page) -> Daemon {
    let setting = format!("metrics.listen = {:?}", page.setting());
    Daemon::with(Setup::new().config(&setting)).await
}

fn rise(before: &Figures, after: &Figures, sample: &str) -> f64 {
    after.value(sample) - before.value(sample)
}

#[tokio::test]
async fn the_page_is_strict_and_whole_on_a_socket_and_on_a_port() {
    let folder = tempfile::tempdir().unwrap();
    for page in [Page::Unix(folder.path().join("figures.sock")), port_page()] {
        let mut daemon = daemon_with(&page).await;
        assert_eq!(daemon.ready().len(), 1, "the page is told of in the log");
        daemon.logged(&page.setting()).await;
        let answer = page.get("/metrics").await;
        let kind = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert!(answer.head.contains(kind), "{}", answer.head);
        let figures = Figures::parse(&answer.body);
        let known: BTreeSet<String> = parlord::figure_names().collect();
        assert_eq!(figures.names(), &known);
        let build = format!("parlord_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
        assert!(figures.value(&build) > 0.0);
        assert!(figures.value("process_resident_memory_bytes") > 1e6);
        let head = page.ask("HEAD", "/metrics").await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        assert_eq!(daemon.term().await.code(), Some(0));
        assert_eq!(daemon.process().rest().await, [""; 0], "nothing more on stdout");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the socket goes as well");
}

#[tokio::test]
async fn only_three_pages_can_be_read_and_nothing_else() {
    let page = port_page();
    let _daemon = daemon_with(&page).await;
    for path in ["/livez", "/readyz"] {
        let answer = page.get(path).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"));
        assert!(answer.head.contains("cache-control: no-store"), "{}", answer.head);
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "BREW"] {
        let answer = page.ask(method, "/metrics").await;
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.head.contains("allow: get, head"), "{}", answer.head);
    }
    for path in ["/", "/metrics/", "/healthz", "/v1/ws", "//metrics"] {
        assert_eq!(page.get(path).await.status, 404, "{path}");
    }
    assert_eq!(page.say("this is not HTTP\r\n\r\n").await.status, 400);
}

#[tokio::test]
async fn whoever_does_not_come_to_the_point_is_cut() {
    let page = port_page();
    let _daemon = daemon_with(&page).await;
    let endless = format!("GET /metrics HTTP/1.1\r\nX: {}", "x".repeat(100_000));
    assert!(matches!(page.say(&endless).await.status, 0 | 431));
    let many = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "X: x\r\n".repeat(1_000));
    assert!(matches!(page.say(&many).await.status, 0 | 431));
    // As many as there may be sit there and say nothing, or not enough.
    let silent = (0..VISITORS_MAX).map(|n| page.say(if n % 2 == 0 { "" } else { "GET / HT" }));
    let (answers, figures) = tokio::join!(join_all(silent), page.figures());
    assert!(answers.iter().all(|answer| answer.status == 0), "{answers:?}");
    assert!(figures.value("parlord_uptime_seconds") > 0.0, "others have their turn after them");
}

#[tokio::test]
async fn a_message_is_counted_on_its_whole_way() {
    let page = port_page();
    let daemon = daemon_with(&page).await;
    let ann = Person::arrive(&daemon.url(), "ann").await;
    let bob = Person::arrive(&daemon.url(), "bob").await;
    let lobby = ann.create("lobby").await;
    bob.join("lobby").await;
    let before = page.figures().await;
    assert!(before.value("parlord_sessions") >= 2.0);
    assert!(before.value("parlord_connections{transport=\"tls\"}") >= 2.0);
    assert!(before.value("parlord_password_seconds_count") >= 2.0);
    ann.say(lobby, "hello").await;
    bob.hear("hello").await;
    let after = page
        .until("the shard and the engine to take stock", |now| {
            rise(&before, now, "parlord_requests_total{request=\"send\"}") >= 1.0
                && rise(&before, now, "parlord_sent_frames_total") >= 3.0
                && rise(&before, now, "parlord_sent_events_total") >= 2.0
                && rise(&before, now, "parlord_delivery_seconds_count") >= 1.0
        })
        .await;
    let rise = |sample| rise(&before, &after, sample);
    assert!((rise("parlord_requests_total{request=\"send\"}") - 1.0).abs() < 0.1);
    assert!((rise("parlord_events_total") - 1.0).abs() < 0.1);
    assert!(rise("parlord_commit_seconds_count") >= 1.0);
    assert!(rise("parlord_commit_seconds_sum") > 0.0);
    assert!(rise("parlord_batch_inputs_sum") >= 1.0);
    assert!(rise("parlord_deliveries_total") >= 2.0, "an answer and an event");
    assert!(rise("parlord_received_frames_total") >= 1.0);
    assert!(rise("parlord_received_bytes_total") >= 20.0);
    assert!(rise("parlord_sent_bytes_total") >= 20.0);
    assert!(rise("parlord_engine_busy_seconds_total") > 0.0);
    assert!(after.value("parlord_wal_bytes") > 0.0);
}

#[tokio::test]
async fn refusals_are_counted_by_their_reason_and_good_byes_by_their_code() {
    let page = port_page();
    let limits = "limits.connect_burst = 3\nlimits.connect_per_second = 1";
    let setting = format!("metrics.listen = {:?}", page.setting());
    let unhurried = "limits.login_per_minute = \"off\"";
    let config = format!("{limits}\n{setting}\n{unhurried}");
    let daemon = Daemon::with(Setup::new().only_config(&config)).await;
    let mut peer = Peer::connect(&daemon.url()).await;
    let logout = || Body::Logout(v1::LogoutRequest::default());
    peer.refused(logout(), Reason::HelloRequired).await;
    peer.hello().await;
    peer.refused(logout(), Reason::NotSignedIn).await;
    let login = v1::LoginRequest {
        user_name: "nobody".into(),
        password: PASSWORD.into(),
        ..Default::default()
    };
    peer.refused(Body::Login(login), Reason::BadCredentials).await;
    peer.write(&[0xff; 8]).await;
    peer.farewell().await;
    // One more than may come at once: it is dropped before it can say a word.
    for _ in 0..3 {
        drop(tokio::net::TcpStream::connect(daemon.address()).await);
    }
    let counted = [
        "parlord_refusals_total{reason=\"HELLO_REQUIRED\"}",
        "parlord_refusals_total{reason=\"NOT_SIGNED_IN\"}",
        "parlord_refusals_total{reason=\"BAD_CREDENTIALS\"}",
        "parlord_go_aways_total{code=\"PROTOCOL_ERROR\"}",
        "parlord_connections_refused_total{reason=\"rate\"}",
        "parlord_requests_total{request=\"login\"}",
        "parlord_handshakes_failed_total{reason=\"lost\"}",
    ];
    page.until("all of it to be counted", |now| counted.iter().all(|it| now.value(it) > 0.0)).await;
}

#[tokio::test]
async fn who_does_not_read_is_seen_to_be_slow_and_behind() {
    let page = port_page();
    let daemon = daemon_with(&page).await;
    let ann = Person::arrive(&daemon.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let mut slow = Peer::connect(&daemon.url()).await;
    slow.hello().await;
    slow.register("slow", PASSWORD).await;
    let join = v1::JoinRoomRequest { room_name: "lobby".into(), ..Default::default() };
    slow.ask(Body::JoinRoom(join)).await;
    slow.ask(Body::Sync(v1::SyncRequest::default())).await;
    let is_behind = |now: &Figures| {
        now.value("parlord_behind_connections") >= 1.0
            && now.value("parlord_slow_connections") >= 1.0
            && now.sum("parlord_outbox_bytes") >= 256.0 * 1024.0
            && now.value("parlord_fell_behind_total") >= 1.0
    };
    let mut said = 0;
    while !is_behind(&page.figures().await) {
        assert!(said < MESSAGES_MAX, "it is never behind");
        for _ in 0..100 {
            ann.say(lobby, &"x".repeat(TEXT_BYTES)).await;
            ann.message().await;
            said += 1;
        }
    }
    let figures = page.figures().await;
    assert!(figures.sum("parlord_outbox_bytes") < figures.value("parlord_outbox_limit_bytes"));
    // When it reads again, it is caught up.
    let mut heard = 0;
    while heard < said {
        let frame = within("what was missed", slow.frame()).await.unwrap();
        heard += usize::from(matches!(
            frame.body,
            Some(v1::server_frame::Body::RoomEvent(event))
                if matches!(event.kind, Some(v1::room_event::Kind::Message(_)))
        ));
    }
    let caught_up = page
        .until("nobody to be behind", |now| {
            now.value("parlord_behind_connections") < 0.5
                && now.value("parlord_slow_connections") < 0.5
        })
        .await;
    assert!(caught_up.sum("parlord_catch_up_events_total") > 0.0);
}

#[tokio::test]
async fn a_daemon_that_stops_is_alive_and_not_ready() {
    let page = port_page();
    let mut daemon = daemon_with(&page).await;
    let mut lingering = Peer::connect(&daemon.url()).await;
    lingering.hello().await;
    daemon.process().signal(Signal::TERM);
    // Who does not close its side is waited for.
    assert_eq!(page.until_answered("/readyz", 503).await, "the daemon is stopping\n");
    assert_eq!(page.get("/livez").await.status, 200);
    assert!(page.figures().await.value("parlord_go_aways_total{code=\"DRAINING\"}") > 0.0);
    drop(lingering);
    assert_eq!(within("the end", daemon.process().exit()).await.code(), Some(0));
}

#[tokio::test]
async fn a_reload_says_that_another_place_needs_a_restart() {
    let page = port_page();
    let mut daemon = daemon_with(&page).await;
    let elsewhere = port_page();
    daemon.write_config(&format!("metrics.listen = {:?}", elsewhere.setting()));
    daemon.hup();
    until("the log", || daemon.log().contains("need a restart").then_some(())).await;
    let log = daemon.log();
    let line = log.lines().find(|line| line.contains("need a restart")).unwrap();
    assert!(line.contains("metrics.listen"), "{line}");
    assert_eq!(page.get("/readyz").await.status, 200, "the old place stays");
}

/// A daemon, and a bridge in front of it with a page of figures.
async fn bridge_with(page: &Page) -> (Daemon, Bridge) {
    let daemon = Daemon::with(Setup::new().bridge_socket()).await;
    let upstream = format!("unix:{}", daemon.bridge_socket().display());
    let arguments = ["--upstream", &upstream, "--metrics-listen", &page.setting()];
    let bridge = Bridge::with(&arguments).await;
    (daemon, bridge)
}

#[tokio::test]
async fn the_page_of_the_bridge_is_strict_and_counts_what_passes() {
    let folder = tempfile::tempdir().unwrap();
    for page in [Page::Unix(folder.path().join("figures.sock")), port_page()] {
        let (_daemon, mut bridge) = bridge_with(&page).await;
        for path in ["/livez", "/readyz"] {
            assert_eq!(page.get(path).await.body, "ok\n", "{path}");
        }
        assert_eq!(page.ask("POST", "/metrics").await.status, 405);
        assert_eq!(page.get("/v1/ws").await.status, 404, "nobody chats here");
        let public = Page::Tcp(bridge.authority().parse().unwrap());
        let healthz = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        assert_eq!(public.say(healthz).await.status, 200);
        let ann = Person::arrive(&bridge.url(), "ann").await;
        let lobby = ann.create("lobby").await;
        ann.say(lobby, "hello").await;
        ann.hear("hello").await;
        let now = page.figures().await;
        assert!(now.value("parlor_bridge_websockets{flavor=\"binary\"}") > 0.0);
        assert!(now.value("parlor_bridge_upgrades_total{flavor=\"binary\"}") > 0.0);
        assert!(now.value("parlor_bridge_upstream_connect_seconds_count") > 0.0);
        for way in ["up", "down"] {
            let labels = format!("direction=\"{way}\",flavor=\"binary\"");
            let sample = |name: &str| format!("parlor_bridge_{name}{{{labels}}}");
            assert!(now.value(&sample("messages_total")) >= 3.0, "{way}");
            assert!(now.value(&sample("copied_bytes_total")) > 100.0, "{way}");
        }
        ann.client.close().await;
        let closed = "parlor_bridge_endings_total{reason=\"by_client\"}";
        page.until("a good-bye", |now| now.value(closed) > 0.0).await;
        assert_eq!(bridge.term().await.code(), Some(0));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the socket goes as well");
}

#[tokio::test]
async fn a_bridge_counts_whom_it_refuses_and_whom_it_cannot_connect() {
    let page = port_page();
    let (mut daemon, bridge) = bridge_with(&page).await;
    let knock = |headers: Vec<(&'static str, &'static str)>| {
        let authority = bridge.authority();
        async move { Peer::websocket_with(&authority, &headers).await.map(drop) }
    };
    let ours = ("Sec-WebSocket-Protocol", "parlor.v1");
    assert!(knock(vec![]).await.is_err());
    assert!(knock(vec![ours, ("Origin", "https://evil.example")]).await.is_err());
    let public = Page::Tcp(bridge.authority().parse().unwrap());
    assert_eq!(
        public.say("GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.status,
        404
    );
    let mut noisy = Peer::websocket(&bridge.authority()).await;
    noisy.write(b"no frame").await;
    noisy.rest().await;
    daemon.kill9().await;
    let mut unlucky = Peer::websocket(&bridge.authority()).await;
    unlucky.rest().await;
    assert_eq!(unlucky.close_code(), Some(1013));
    let counted = [
        "parlor_bridge_upgrades_refused_total{reason=\"subprotocol\"}",
        "parlor_bridge_upgrades_refused_total{reason=\"origin\"}",
        "parlor_bridge_endings_total{reason=\"client_broke\"}",
        "parlor_bridge_closes_total{code=\"1009\"}",
        "parlor_bridge_upstream_failures_total",
        "parlor_bridge_endings_total{reason=\"unreachable\"}",
        "parlor_bridge_closes_total{code=\"1013\"}",
    ];
    page.until("all of it to be counted", |now| counted.iter().all(|it| now.value(it) > 0.0)).await;
    let unready = page.until_answered("/readyz", 503).await;
    assert_eq!(unready, "the upstream cannot be reached\n");
    assert_eq!(page.get("/livez").await.status, 200);
}

#[tokio::test]
async fn a_bridge_tells_its_figures_to_this_machine_only() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--upstream", "unix:/nowhere", "--metrics-listen", "0.0.0.0:0"];
    let mut process = Bridge::spawn(&arguments, folder.path());
    assert_eq!(process.exit().await.code(), Some(78));
    assert!(process.log().contains("must be on loopback"), "{}", process.log());
}
