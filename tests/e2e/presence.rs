//! Who is there, and why: the one rule of sessions and timeouts, seen from outside.

use std::time::{Duration, Instant};

use harness::{
    Cli, Door, PASSWORD, Peer, Person, Proxy, Setup, Signal, World, behind_both_doors, options,
    within,
};
use parlor_proto::client::{Options, ServerUrl, SignIn, SyncPlan};
use parlor_proto::codes::Reason;
use parlor_proto::v1::{
    self, Activity, GoAwayCode, PresenceCause, PresenceState, client_frame::Body, server_frame,
};

/// Short, so that a test can wait for it.
const TIMEOUT: Duration = Duration::from_secs(3);

/// A visible cut is told within this.
const VISIBLE_CUT: Duration = Duration::from_secs(1);

/// The end of a session is told at most this much after its timeout.
const END_LATENESS: Duration = Duration::from_secs(2);

behind_both_doors! {
    people_who_share_a_room_see_each_other_come_and_go;
    a_visible_cut_shows_at_once_and_the_session_ends_at_its_timeout;
    silence_ends_a_session_at_its_timeout_and_not_before;
    a_frame_just_before_the_timeout_keeps_the_session;
    idle_hands_are_away;
    a_stopped_process_is_offline_at_its_timeout;
    the_time_while_the_daemon_is_down_does_not_count;
}

/// A daemon that grants short timeouts.
fn short() -> Setup {
    Setup::new().config(SHORT_TIMEOUTS)
}

/// What the operator would write.
const SHORT_TIMEOUTS: &str = r#"
session.timeout_min = "1s"
keep_alive.interval = "500ms"
"#;

async fn watcher(world: &World, name: &str) -> Person {
    let person = Person::register(&world.url(), name).await;
    person.sync_with(SyncPlan { presence: true, ..SyncPlan::default() }).await;
    person
}

fn brief(url: &ServerUrl, reconnect: bool) -> Options {
    Options { session_timeout: TIMEOUT, reconnect, ..options(url, "laptop") }
}

fn register(name: &str) -> SignIn {
    let (user_name, password) = (name.to_owned(), PASSWORD.to_owned());
    SignIn::Register { user_name, password, invite: String::new() }
}

#[expect(clippy::disallowed_methods, reason = "how long it takes is the question")]
fn now() -> Instant {
    Instant::now()
}

async fn people_who_share_a_room_see_each_other_come_and_go(door: Door) {
    let world = World::start(door).await;
    let ann = watcher(&world, "ann").await;
    ann.create("lobby").await;
    let bob = Person::register(&world.url(), "bob").await;
    bob.join("lobby").await;
    let here = ann.presence("bob", PresenceState::Online).await;
    assert_eq!((here.cause(), here.device.as_str()), (PresenceCause::Connected, "desk"));
    // Who asks later begins with who is not offline.
    let cat = watcher(&world, "cat").await;
    cat.join("lobby").await;
    cat.presence("bob", PresenceState::Online).await;
    let began = now();
    bob.client.logout().await.unwrap();
    for person in [&ann, &cat] {
        let gone = person.presence("bob", PresenceState::Offline).await;
        assert_eq!(gone.cause(), PresenceCause::LoggedOut);
    }
    assert!(began.elapsed() < VISIBLE_CUT * 6, "{:?}", began.elapsed());
}

async fn a_visible_cut_shows_at_once_and_the_session_ends_at_its_timeout(door: Door) {
    let world = World::with(door, short()).await;
    let url = world.url();
    let proxy = Proxy::to(url.authority().parse().unwrap()).await;
    let through = ServerUrl { port: proxy.address().port(), ..url };
    let ann = watcher(&world, "ann").await;
    ann.create("lobby").await;
    let bob = Person::connect(brief(&through, false), register("bob")).await.unwrap();
    bob.join("lobby").await;
    ann.presence("bob", PresenceState::Online).await;
    let token = bob.token();
    let cut = now();
    proxy.reset_all();
    let away = ann.presence("bob", PresenceState::Away).await;
    assert!(cut.elapsed() < VISIBLE_CUT, "{:?}", cut.elapsed());
    assert_eq!(away.cause(), PresenceCause::ConnectionLost);
    assert_eq!(away.device, "laptop");
    assert!(away.session_ends_ms > away.since_ms, "{away:?}");
    let gone = ann.presence("bob", PresenceState::Offline).await;
    assert_eq!(gone.cause(), PresenceCause::TimedOut);
    // The last frame came a little before the cut.
    let took = cut.elapsed();
    assert!(took > TIMEOUT - Duration::from_secs(1), "too early: {took:?}");
    assert!(took < TIMEOUT + END_LATENESS, "too late: {took:?}");
    let error = Person::resume(&world.url(), token).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::SessionEnded));
}

/// A client that says nothing by itself, with a session of [`TIMEOUT`], in ann's room.
async fn silent_peer(world: &World, name: &str) -> (Peer, v1::AuthResponse) {
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    let sign_in = v1::SignIn {
        device: "phone".into(),
        session_timeout_ms: u32::try_from(TIMEOUT.as_millis()).unwrap(),
        ..Default::default()
    };
    let request = v1::RegisterRequest {
        user_name: name.into(),
        password: PASSWORD.into(),
        sign_in: Some(sign_in),
        ..Default::default()
    };
    let answer = peer.ask(Body::Register(request)).await;
    let server_frame::Body::Auth(auth) = answer else { panic!("{answer:?}") };
    assert_eq!(auth.session_timeout_ms, u32::try_from(TIMEOUT.as_millis()).unwrap());
    let join = v1::JoinRoomRequest { room_name: "lobby".into(), ..Default::default() };
    let answer = peer.ask(Body::JoinRoom(join)).await;
    assert!(matches!(answer, server_frame::Body::Room(_)), "{answer:?}");
    (peer, auth)
}

async fn silence_ends_a_session_at_its_timeout_and_not_before(door: Door) {
    let world = World::with(door, short()).await;
    let ann = watcher(&world, "ann").await;
    ann.create("lobby").await;
    // The last frame came between these two.
    let before = now();
    let (mut bob, auth) = silent_peer(&world, "bob").await;
    let after = now();
    ann.presence("bob", PresenceState::Online).await;
    let gone = ann.presence("bob", PresenceState::Offline).await;
    assert_eq!(gone.cause(), PresenceCause::TimedOut);
    assert!(before.elapsed() > TIMEOUT, "too early: {:?}", before.elapsed());
    assert!(after.elapsed() < TIMEOUT + END_LATENESS, "too late: {:?}", after.elapsed());
    // The socket was open all the time: its owner is told, and the token is void.
    assert_eq!(bob.farewell().await.code(), GoAwayCode::SessionTimedOut);
    let token = <[u8; 32]>::try_from(&*auth.token).unwrap().into();
    let error = Person::resume(&world.url(), token).await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::SessionEnded));
}

async fn a_frame_just_before_the_timeout_keeps_the_session(door: Door) {
    let world = World::with(door, short()).await;
    let ann = watcher(&world, "ann").await;
    ann.create("lobby").await;
    let (mut bob, _) = silent_peer(&world, "bob").await;
    for token in 1..=3 {
        // Time is the subject here: a client that says something only now and then.
        tokio::time::sleep(TIMEOUT.mul_f32(0.7)).await;
        bob.send(0, Body::KeepAlive(v1::KeepAlive { token, activity: 0 })).await;
        let acked = within("the answer to a sign of life", async {
            loop {
                match bob.frame().await.unwrap().body.unwrap() {
                    server_frame::Body::KeepAliveAck(ack) => return ack.token,
                    server_frame::Body::Probe(_) => {}
                    body => assert!(!matches!(body, server_frame::Body::GoAway(_)), "{body:?}"),
                }
            }
        });
        assert_eq!(acked.await, token);
    }
}

async fn idle_hands_are_away(door: Door) {
    let world = World::start(door).await;
    let ann = watcher(&world, "ann").await;
    ann.create("lobby").await;
    let bob = Person::register(&world.url(), "bob").await;
    bob.join("lobby").await;
    ann.presence("bob", PresenceState::Online).await;
    bob.client.set_activity(false);
    let idle = ann.presence("bob", PresenceState::Away).await;
    assert_eq!((idle.cause(), idle.session_ends_ms), (PresenceCause::Idle, 0));
    bob.client.set_activity(true);
    let back = ann.presence("bob", PresenceState::Online).await;
    assert_eq!(back.cause(), PresenceCause::Connected);
    assert_eq!(Activity::default(), Activity::Unspecified);
}

async fn a_stopped_process_is_offline_at_its_timeout(door: Door) {
    let timeout = format!("session.timeout = \"{}s\"", TIMEOUT.as_secs());
    let world = World::with(door, short().config(&timeout)).await;
    let ann = watcher(&world, "ann").await;
    let room = ann.create("lobby").await;
    let bob = Cli::new(&world.url());
    bob.register("bob", PASSWORD).await;
    bob.run(&["join", "lobby"]).success().await;
    let mut tail = bob.run(&["tail", "lobby"]).start();
    assert!(tail.line().await.is_some(), "the room's first event");
    ann.presence("bob", PresenceState::Online).await;
    let stopped = now();
    tail.signal(Signal::STOP);
    let gone = ann.presence("bob", PresenceState::Offline).await;
    let took = stopped.elapsed();
    assert_eq!(gone.cause(), PresenceCause::TimedOut);
    // The last frame came at most one interval before.
    assert!(took > TIMEOUT - Duration::from_secs(1), "too early: {took:?}");
    assert!(took < TIMEOUT + END_LATENESS, "too late: {took:?}");
    // Its device opens another session, without a password and without a hole.
    ann.say(room, "while you slept").await;
    tail.signal(Signal::CONT);
    while !tail.line().await.unwrap().contains("while you slept") {}
    // The next command goes on with that one and opens none of its own.
    let sessions = bob.run(&["--json", "sessions"]).success().await.json();
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    assert_eq!(sessions[0]["connections"], 2);
}

async fn the_time_while_the_daemon_is_down_does_not_count(door: Door) {
    let mut world = World::with(door, short()).await;
    let ann = watcher(&world, "ann").await;
    ann.create("lobby").await;
    let mut tokens = Vec::new();
    for name in ["bob", "cat"] {
        let person = Person::connect(brief(&world.url(), false), register(name)).await.unwrap();
        person.join("lobby").await;
        ann.presence(name, PresenceState::Online).await;
        tokens.push(person.token());
    }
    world.daemon.term().await;
    // Longer than their timeout: time in which nobody could have been heard.
    tokio::time::sleep(TIMEOUT + Duration::from_millis(500)).await;
    world.daemon.restart().await;
    let bob = Person::resume(&world.url(), tokens.swap_remove(0)).await.unwrap();
    assert_eq!(bob.name, "bob", "the same session goes on");
    // Of who has not come back it is said why, until the timeout that begins anew is over.
    let ann = Person::resume(&world.url(), ann.token()).await.unwrap();
    ann.sync_with(SyncPlan { presence: true, ..SyncPlan::default() }).await;
    let away = ann.presence("cat", PresenceState::Away).await;
    assert_eq!(away.cause(), PresenceCause::ServerRestarted);
    assert!(away.session_ends_ms > 0);
    let gone = ann.presence("cat", PresenceState::Offline).await;
    assert_eq!(gone.cause(), PresenceCause::TimedOut);
}
