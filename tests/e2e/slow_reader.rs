//! A reader that does not read: it costs bounded memory, nobody else's time, and no event.

use std::fs;
use std::time::Duration;

use harness::{Door, PASSWORD, Peer, Person, World, behind_both_doors, within};
use parlor_proto::v1::{self, client_frame::Body, room_event::Kind, server_frame};

/// More than every buffer between the engine and the reader can hold.
const MESSAGES: usize = 3_000;
const TEXT_BYTES: usize = 4_000;

/// What the daemon may need for one reader that has stalled, and for its own caches.
const RESIDENT_BYTES_MAX: usize = 64 * 1024 * 1024;

behind_both_doors! {
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
    let grown = resident_bytes(&world).saturating_sub(before);
    assert!(grown < RESIDENT_BYTES_MAX, "grown by {grown} bytes");
    // Now it reads: every event, once, in order. It speaks now and then, to stay alive.
    let (mut next, mut heard) = (None, 0);
    while next.is_none_or(|next| next <= last) {
        let frame = within("what was missed", slow.frame()).await.unwrap();
        if let Some(server_frame::Body::RoomEvent(event)) = frame.body {
            assert!(next.is_none_or(|next| next == event.seq), "{next:?} {}", event.seq);
            next = Some(event.seq + 1);
            heard += usize::from(matches!(event.kind, Some(Kind::Message(_))));
            if heard % 500 == 0 {
                slow.send(0, Body::KeepAlive(v1::KeepAlive::default())).await;
            }
        }
    }
    assert_eq!(heard, MESSAGES);
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

/// What the daemon holds in memory.
fn resident_bytes(world: &World) -> usize {
    let status = format!("/proc/{}/status", world.daemon.pid());
    let status = fs::read_to_string(status).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kilobytes: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}
