//! A reader that does not read: it costs bounded memory, nobody else's time, and no event.

use std::fs;
use std::time::Duration;

use harness::{Door, PASSWORD, Peer, Person, Setup, World, behind_both_doors, within};
use parlor_proto::client::{Event, SyncPlan};
use parlor_proto::ids::RoomId;
use parlor_proto::v1::{
    self, PresenceCause, PresenceState, client_frame::Body, room_event::Kind, server_frame,
};

/// More than every buffer between the engine and the reader can hold.
const MESSAGES: usize = 3_000;
const TEXT_BYTES: usize = 4_000;

/// Unlike the ids that a peer gives to what it asks by itself.
const REQUEST: u32 = 1_000;

/// What the daemon and the bridge may need for one reader that has stalled, and for their own
/// caches.
const RESIDENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Short, so that a test can outlast it; and signs of life that are well inside.
const TIMEOUT: Duration = Duration::from_secs(4);
const KEEP_ALIVE: Duration = Duration::from_millis(250);

behind_both_doors! {
    who_does_not_read_and_keeps_alive_outlasts_the_timeout_and_misses_nothing;
    a_stalled_reader_costs_nobody_and_gets_everything_later;
    who_asks_without_reading_is_not_read_either;
}

async fn a_stalled_reader_costs_nobody_and_gets_everything_later(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let lobby = ann.create("lobby").await;
    bob.join("lobby").await;
    let mut slow = Peer::connect(&world.url()).await;
    slow.hello().await;
    slow.register("slow", PASSWORD).await;
    let join = v1::JoinRoomRequest { room_name: "lobby".into(), ..Default::default() };
    slow.ask(Body::JoinRoom(join)).await;
    slow.ask(Body::Sync(v1::SyncRequest::default())).await;
    let before = resident_bytes(&world);
    // The slow one reads nothing from here on; the others must not notice.
    let last = converse(&ann, &bob, lobby).await;
    let grown = resident_bytes(&world).saturating_sub(before);
    assert!(grown < RESIDENT_BYTES_MAX, "grown by {grown} bytes");
    let (heard, _) = read_up_to(&mut slow, last).await;
    assert_eq!(heard, MESSAGES);
}

async fn who_does_not_read_and_keeps_alive_outlasts_the_timeout_and_misses_nothing(door: Door) {
    let setup = Setup::new().config("session.timeout_min = \"1s\"");
    let world = World::with(door, setup).await;
    let ann = Person::register(&world.url(), "ann").await;
    ann.sync_with(SyncPlan { presence: true, ..SyncPlan::default() }).await;
    let bob = Person::arrive(&world.url(), "bob").await;
    let lobby = ann.create("lobby").await;
    bob.join("lobby").await;
    let mut slow = brief_member(&world, "slow").await;
    slow.ask(Body::Sync(v1::SyncRequest { presence: true, ..Default::default() })).await;
    let before = resident_bytes(&world);
    let last = keeping_alive(&mut slow, converse(&ann, &bob, lobby)).await;
    // A request that has to wait, because much waits for whoever has sent it.
    let list = v1::ListRoomsRequest::default();
    slow.send(REQUEST, Body::ListRooms(list)).await;
    // Somebody else has as much to read, and says nothing: they are gone.
    let mut gone = brief_member(&world, "gone").await;
    let cursors = vec![v1::Cursor { room_id: lobby.0, seq: 1 }];
    gone.ask(Body::Sync(v1::SyncRequest {
        epoch: ann.client.hello().epoch,
        cursors,
        ..Default::default()
    }))
    .await;
    let presence = keeping_alive(&mut slow, ends(&ann, "gone")).await;
    assert_eq!(presence.cause(), PresenceCause::TimedOut);
    let grown = resident_bytes(&world).saturating_sub(before);
    assert!(grown < RESIDENT_BYTES_MAX, "grown by {grown} bytes");
    // It wakes, on the same connection.
    let after = ann.say(lobby, "good morning").await.0;
    assert!(after > last);
    let (heard, answers) = read_up_to(&mut slow, after).await;
    assert_eq!(heard, MESSAGES + 1);
    if answers.is_empty() {
        slow.answer(REQUEST).await;
    }
}

/// Ann talks to bob, and both hear all of it. Returns the last seq.
async fn converse(ann: &Person, bob: &Person, lobby: RoomId) -> u64 {
    let talking = async {
        let mut last = 0;
        for n in 0..MESSAGES {
            last = ann.say(lobby, &format!("{n:>width$}", width = TEXT_BYTES)).await.0;
        }
        last
    };
    let hearing = async {
        for n in 0..MESSAGES {
            let (_, text) = bob.message().await;
            assert_eq!(text.trim(), n.to_string());
        }
    };
    let own = async { while ann.message().await.1.trim() != (MESSAGES - 1).to_string() {} };
    let (last, (), ()) = tokio::join!(talking, hearing, own);
    last
}

/// A client that says nothing by itself, with a session of [`TIMEOUT`], in the lobby.
async fn brief_member(world: &World, name: &str) -> Peer {
    let mut peer = Peer::connect(&world.url()).await;
    peer.hello().await;
    let session_timeout_ms = u32::try_from(TIMEOUT.as_millis()).unwrap();
    let request = v1::RegisterRequest {
        user_name: name.into(),
        password: PASSWORD.into(),
        sign_in: Some(v1::SignIn { session_timeout_ms, ..Default::default() }),
        ..Default::default()
    };
    peer.ask(Body::Register(request)).await;
    let join = v1::JoinRoomRequest { room_name: "lobby".into(), ..Default::default() };
    peer.ask(Body::JoinRoom(join)).await;
    peer
}

/// Sends signs of life and reads nothing, until the future is done.
async fn keeping_alive<T>(peer: &mut Peer, until: impl Future<Output = T>) -> T {
    let mut ticks = tokio::time::interval(KEEP_ALIVE);
    let mut until = std::pin::pin!(until);
    loop {
        tokio::select! {
            done = &mut until => return done,
            _ = ticks.tick() => peer.send(0, Body::KeepAlive(v1::KeepAlive::default())).await,
        }
    }
}

/// Waits until somebody is offline; nobody else may go meanwhile.
async fn ends(watcher: &Person, name: &str) -> v1::Presence {
    loop {
        let Event::Presence(presences) = watcher.event().await else { continue };
        for presence in presences {
            if presence.user_name != name {
                assert_eq!(presence.state(), PresenceState::Online, "{}", presence.user_name);
            } else if presence.state() == PresenceState::Offline {
                return presence;
            }
        }
    }
}

/// Reads until it has this event: every event once and in order. It speaks now and then, to
/// stay alive. Returns how many messages it heard, and the requests that were answered.
async fn read_up_to(peer: &mut Peer, last: u64) -> (usize, Vec<u32>) {
    let (mut next, mut heard, mut answers) = (None, 0, Vec::new());
    while next.is_none_or(|next| next <= last) {
        let frame = within("what was missed", peer.frame()).await.unwrap();
        if frame.request_id != 0 {
            answers.push(frame.request_id);
        }
        if let Some(server_frame::Body::RoomEvent(event)) = frame.body {
            assert!(next.is_none_or(|next| next == event.seq), "{next:?} {}", event.seq);
            next = Some(event.seq + 1);
            heard += usize::from(matches!(event.kind, Some(Kind::Message(_))));
            if event.seq % 100 == 0 {
                peer.send(0, Body::KeepAlive(v1::KeepAlive::default())).await;
            }
        }
    }
    (heard, answers)
}

async fn who_asks_without_reading_is_not_read_either(door: Door) {
    let world = World::start(door).await;
    let ann = Person::arrive(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    for n in 0..100 {
        ann.say(lobby, &format!("{n:>width$}", width = 500)).await;
        ann.message().await;
    }
    let mut greedy = Peer::connect(&world.url()).await;
    greedy.hello().await;
    greedy.register("greedy", PASSWORD).await;
    let join = v1::JoinRoomRequest { room_name: "lobby".into(), ..Default::default() };
    greedy.ask(Body::JoinRoom(join)).await;
    let before = resident_bytes(&world);
    // Pages of 50 KiB, asked for as fast as the daemon takes the requests.
    let asking = async {
        for id in 1_000..20_000 {
            let page = v1::HistoryRequest { room_id: lobby.0, ..Default::default() };
            greedy.send(id, Body::History(page)).await;
        }
    };
    let stopped = tokio::time::timeout(Duration::from_secs(5), asking).await.is_err();
    let grown = resident_bytes(&world).saturating_sub(before);
    assert!(grown < RESIDENT_BYTES_MAX, "grown by {grown} bytes, stopped: {stopped}");
    ann.say(lobby, "meanwhile").await;
    ann.hear("meanwhile").await;
}

/// What the daemon holds in memory, and the bridge if there is one.
fn resident_bytes(world: &World) -> usize {
    let resident = |pid: u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        let kilobytes: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes * 1024
    };
    resident(world.daemon.pid()) + world.bridge.as_ref().map_or(0, |bridge| resident(bridge.pid()))
}
