//! Kill -9 while files come and go: what a message that is in the log refers to is there, whole,
//! after every start, and what nothing refers to is gone as soon as it is quiet.
//!
//! `CYCLES=200 cargo test -p parlor-tests --test crash files -- --nocapture` shows the figures.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use harness::{Daemon, Person, Setup, within};
use parlor_proto::client::{FileHasher, FileOf};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::v1::room_event::Kind;
use tokio::task::JoinSet;

use crate::sender::{self, Board};

const SENDERS: u8 = 3;

/// So often it is quiet, so that what is left over can be looked for.
const QUIET_EVERY: usize = 10;

/// Between two kills so many steps are made, at most: a piece of a file is one, so that the kill
/// comes in the middle of anything.
const STEPS_SPREAD: u64 = 60;

const CONFIG: &str = "files.per_minute = \"off\"\nfiles.unsent_keep = \"3s\"\n\
    files.upload_kib_per_second = \"off\"\nfiles.download_kib_per_second = \"off\"";

/// What was looked at.
#[derive(Debug, Default)]
struct Looked {
    /// Files of messages, read whole after some start.
    read: usize,
    /// Times that it was quiet, and contents then.
    quiet: usize,
    contents: usize,
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "how long a long run has taken is for people")]
async fn no_message_refers_to_a_file_that_is_not_there_and_nothing_else_is() {
    let cycles = std::env::var("CYCLES").map_or(super::CYCLES, |text| text.parse().unwrap());
    let began = Instant::now();
    let mut daemon = Daemon::with(Setup::new().config(CONFIG)).await;
    let owner = Person::register(&daemon.url(), "owner").await;
    let room = owner.create("lobby").await;
    let board = Arc::new(Board::default());
    let mut senders = JoinSet::new();
    for number in 0..SENDERS {
        let person = Person::register(&daemon.url(), &format!("sender-{number}")).await;
        person.join("lobby").await;
        senders.spawn(sender::run(person, room, number, Arc::clone(&board)));
    }
    let mut looked = Looked::default();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for cycle in 1..=cycles {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        within("files to come and go", board.steps(1 + (seed >> 33) % STEPS_SPREAD)).await;
        daemon.kill9().await;
        daemon.restart().await;
        looked.read += everything_is_there(&owner, room, &board).await;
        if cycle % QUIET_EVERY == 0 {
            looked.contents += nothing_else_is(&daemon, &board).await;
            looked.quiet += 1;
        }
    }
    looked.contents += nothing_else_is(&daemon, &board).await;
    looked.read += everything_is_there(&owner, room, &board).await;
    board.end();
    while let Some(done) = senders.join_next().await {
        done.unwrap();
    }
    report(cycles, &board, &looked, began.elapsed());
}

/// Reads whatever any message has, whole, by its SHA-256. How many files that are.
async fn everything_is_there(owner: &Person, room: RoomId, board: &Board) -> usize {
    let kept = board.kept();
    let history = owner.whole_history(room).await;
    let mut read = 0;
    let mut seen = BTreeSet::new();
    for event in history {
        let Some(Kind::Message(message)) = event.kind else { continue };
        let seq = Seq(event.seq);
        for file in message.files {
            seen.insert((seq, file.file_id));
            let from = FileOf { room, seq, file };
            let (mut to, begun) = (Vec::new(), (0, FileHasher::default()));
            let reading = owner.client.download(&from, begun, &mut to, |_| {});
            match within("a download", reading).await {
                Ok(()) => read += 1,
                Err(error) => {
                    let is_deleted = error.reason() == Some(Reason::MessageNotFound);
                    assert!(is_deleted && board.is_going(seq), "{seq}: {error}");
                }
            }
        }
    }
    for (seq, file) in kept {
        let is_there = seen.contains(&(seq, file.file_id));
        assert!(is_there || board.is_going(seq), "{seq} was acknowledged with {file:?}");
    }
    read
}

/// Has everybody rest, and waits until nothing is left but what messages have. How much that is.
async fn nothing_else_is(daemon: &Daemon, board: &Board) -> usize {
    within("everybody to rest", board.rest(SENDERS)).await;
    let wanted: BTreeSet<String> =
        board.kept().values().map(|file| sender::hex(&file.sha256)).collect();
    let settled = async {
        loop {
            let there = contents(daemon);
            assert!(there.is_superset(&wanted), "{wanted:?} is not all of {there:?}");
            if there == wanted {
                break;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    within("everything else to go", settled).await;
    board.go_on();
    wanted.len()
}

/// Between two looks into the folder.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Whole contents, by their SHA-256, and whatever else lies there.
fn contents(daemon: &Daemon) -> BTreeSet<String> {
    let folder = daemon.data().join("files");
    let names = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    let shelves = names(&folder).into_iter();
    shelves
        .flat_map(|shelf| {
            names(&folder.join(&shelf)).into_iter().map(move |rest| format!("{shelf}{rest}"))
        })
        .collect()
}

#[expect(clippy::print_stderr, reason = "the figures of a long run are for people")]
fn report(cycles: usize, board: &Board, looked: &Looked, took: Duration) {
    let (sent, deleted, left) = board.counts();
    eprintln!(
        "{cycles} kills in {took:.0?}; messages with a file: {sent} acknowledged, {deleted} deleted; \
         {left} uploads left unfinished or unsent"
    );
    let Looked { read, quiet, contents } = looked;
    eprintln!(
        "files read whole after a start: {read}, missing: 0; quiet {quiet} times and at the end, \
         with {contents} contents that are wanted and no other"
    );
}
