//! What a message costs at each step of its way through the daemon.
//!
//! `commit` writes to the folder for temporary files, and so measures the disk under it: with
//! `TMPDIR` on a tmpfs it measures us.

use std::cell::RefCell;

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher};
use parlord::bench::{Core, Crowd, Log, SealedCrowd};

/// Messages in one commit, and the rooms that they are said in.
const BATCHES: [(usize, u64); 6] =
    [(1, 1), (10, 1), (100, 1), (1_000, 1), (1_000, 64), (2_000, 64)];

/// Members of a room on one shard.
const CROWD: usize = 1_000;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// `chat.step` with one message, in rooms of different size.
#[divan::bench(args = [10, 1_000])]
fn step(bencher: Bencher<'_, '_>, members: u32) {
    let mut core = Core::with_members(members);
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| core.send());
}

/// A batch of messages looked up, applied and committed with one fsync.
#[divan::bench(args = BATCHES, max_time = 3)]
fn commit(bencher: Bencher<'_, '_>, (messages, rooms): (usize, u64)) {
    #[expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]
    let folder = tempfile::tempdir().unwrap();
    let log = RefCell::new(Log::with_rooms(folder.path(), rooms));
    bencher
        .counter(ItemsCount::new(messages))
        .with_inputs(|| log.borrow_mut().next_batch(messages))
        .bench_local_values(|batch| log.borrow_mut().remember(batch));
}

/// One event from its parcel into all outboxes, and up to the system call of each.
#[divan::bench]
fn fan_out(bencher: Bencher<'_, '_>) {
    let mut crowd = Crowd::of(CROWD);
    bencher.counter(ItemsCount::new(CROWD)).bench_local(|| crowd.tell());
}

/// One event from all outboxes into a TLS record each.
#[divan::bench]
fn seal(bencher: Bencher<'_, '_>) {
    let mut crowd = SealedCrowd::of(CROWD);
    bencher.counter(ItemsCount::new(CROWD)).bench_local(|| crowd.tell());
}
