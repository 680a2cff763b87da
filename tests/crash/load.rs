//! The run itself: clients who talk all the time, and a daemon that is killed all the time.

use std::array;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use harness::{Daemon, Person, until, within};
use parlor_proto::ids::RoomId;

use crate::record::Record;
use crate::talker;

/// Who talks, each in every room, each with several messages under way.
pub(crate) const TALKERS: usize = 8;
const ROOMS: usize = 3;

/// Between two kills so many messages are acknowledged: at least, and how many more at most.
const ACKS_MIN: u64 = 40;
const ACKS_SPREAD: u64 = 400;

/// Shared with the talkers, through all cycles.
#[derive(Debug)]
pub(crate) struct Progress {
    acks: [AtomicU64; TALKERS],
    is_over: AtomicBool,
}

impl Progress {
    pub(crate) fn acknowledged(&self, talker: usize) {
        self.acks[talker].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    fn counts(&self) -> [u64; TALKERS] {
        array::from_fn(|talker| self.acks[talker].load(Ordering::Relaxed))
    }
}

/// What is left when it is over.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Has ended; its folder is still there.
    pub(crate) daemon: Daemon,
    pub(crate) rooms: Vec<RoomId>,
    pub(crate) records: Vec<Record>,
}

/// Kills the daemon so often while everybody talks, and stops it in the end.
pub(crate) async fn run(cycles: usize) -> Outcome {
    let mut daemon = Daemon::start().await;
    let rooms = rooms(&daemon).await;
    let (acks, is_over) = Default::default();
    let progress = Arc::new(Progress { acks, is_over });
    let mut talkers = Vec::new();
    for number in 0..TALKERS {
        let person = Person::register(&daemon.url(), &format!("talker{number}")).await;
        let running = talker::run(person, number, rooms.clone(), Arc::clone(&progress));
        talkers.push(tokio::spawn(running));
    }
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    // One cycle more than kills: the last ends in a stop.
    for cycle in 0..=cycles {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Every other time all must have come back; between, some are killed on their way.
        let wait_for_all = cycle % 2 == 0;
        work(&progress, ACKS_MIN + (seed >> 33) % ACKS_SPREAD, wait_for_all).await;
        if cycle < cycles {
            daemon.kill9().await;
            daemon.restart().await;
        }
    }
    progress.is_over.store(true, Ordering::Relaxed);
    let mut records = Vec::new();
    for talker in talkers {
        records.push(within("a talker to finish", talker).await.unwrap());
    }
    assert_eq!(daemon.term().await.code(), Some(0));
    Outcome { daemon, rooms, records }
}

/// Lets so many messages be acknowledged: work, not time, says when the next kill comes, so
/// that it falls into the middle of whatever goes on.
async fn work(progress: &Progress, wanted: u64, wait_for_all: bool) {
    let before = progress.counts();
    until("messages to be acknowledged", || {
        let now = progress.counts();
        let done = now.iter().sum::<u64>() - before.iter().sum::<u64>();
        let all_have_some = before.iter().zip(&now).all(|(before, now)| now > before);
        (done >= wanted && (all_have_some || !wait_for_all)).then_some(())
    })
    .await;
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
