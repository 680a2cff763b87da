//! Kill -9 under load, again and again: what was acknowledged is there, once, in order, and
//! everybody has heard all of it. `CYCLES=200 cargo test -p parlor-tests --test crash`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(clippy::panic, reason = "a test that cannot go on should stop")]
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod check;
mod record;
mod talker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use harness::{Daemon, Person, within};
use parlor_proto::ids::RoomId;
use record::Record;

/// How often the daemon is killed if nobody says otherwise.
const CYCLES: usize = 5;

/// Who talks, each in every room, each with several messages under way.
const TALKERS: usize = 8;
const ROOMS: usize = 3;

/// Between two kills so many messages are acknowledged: at least, and how many more at most.
const ACKS_MIN: u64 = 40;
const ACKS_SPREAD: u64 = 400;

/// Kept through all cycles.
#[derive(Debug, Default)]
struct Progress {
    acks: AtomicU64,
    is_over: AtomicBool,
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_by_kill_9() {
    let cycles = std::env::var("CYCLES").map_or(CYCLES, |text| text.parse().unwrap());
    let mut daemon = Daemon::start().await;
    let rooms = rooms(&daemon).await;
    let progress = Arc::new(Progress::default());
    let mut talkers = Vec::new();
    for n in 0..TALKERS {
        let person = Person::register(&daemon.url(), &format!("talker{n}")).await;
        let running = talker::run(person, rooms.clone(), Arc::clone(&progress));
        talkers.push(tokio::spawn(running));
    }
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for cycle in 0..cycles {
        // Work, not time, says when: the kill falls into the middle of whatever goes on.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let wanted = progress.acks.load(Ordering::Relaxed) + ACKS_MIN + (seed >> 33) % ACKS_SPREAD;
        within(&format!("messages in cycle {cycle}"), reached(&progress.acks, wanted)).await;
        daemon.kill9().await;
        daemon.restart().await;
    }
    progress.is_over.store(true, Ordering::Relaxed);
    let mut records = Vec::new();
    for talker in talkers {
        records.push(within("a talker to finish", talker).await.unwrap());
    }
    let acks: usize = records.iter().map(|record: &Record| record.acks.len()).sum();
    assert_eq!(daemon.term().await.code(), Some(0));
    check::records_agree(&records, &rooms);
    check::database_agrees(&daemon.database(), &records, &rooms);
    report(cycles, acks);
}

async fn rooms(daemon: &Daemon) -> Vec<RoomId> {
    let host = Person::register(&daemon.url(), "host").await;
    let mut rooms = Vec::new();
    for n in 0..ROOMS {
        rooms.push(host.create(&format!("room{n}")).await);
    }
    host.client.close().await;
    rooms
}

async fn reached(count: &AtomicU64, wanted: u64) {
    while count.load(Ordering::Relaxed) < wanted {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[expect(clippy::print_stderr, reason = "the figures of a long run are for people")]
fn report(cycles: usize, acks: usize) {
    eprintln!("{cycles} kills, {acks} acknowledged messages: each there once, no gap");
}
