//! The acknowledgement follows the fsync: seen in the order of the daemon's system calls.
//!
//! To see it fail, write "NORMAL" for "FULL" in `daemon/src/store/open.rs` and run
//! `cargo test -p parlor-tests --test system fsync`.

use std::collections::BTreeMap;
use std::fs;

use harness::{Daemon, Person, Setup};

/// Messages whose acknowledgement is looked at, one at a time.
const MESSAGES: usize = 50;

/// What strace tells of.
const TRACED: &str = "trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync";

/// The daemon is told that its syncs have worked, and none happens: to the disk this is what a
/// lower `synchronous` would be.
const SYNCS_DROPPED: &str = "inject=fsync,fdatasync:retval=0";

/// A system call that matters here, in the order in which they happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Call {
    /// Something was written into the database's log, which is where a commit goes.
    Written,
    /// What was written is on disk.
    Synced,
    /// Something was sent to a client.
    Sent,
}

#[tokio::test]
async fn an_acknowledgement_follows_the_fsync() {
    let calls = calls_of(&[]).await;
    assert_eq!(sent_before_synced(&calls), 0, "acknowledged before it was on disk: {calls:?}");
    for call in [Call::Written, Call::Synced, Call::Sent] {
        assert!(count(&calls, call) >= MESSAGES, "too few to have seen all: {calls:?}");
    }
}

#[tokio::test]
async fn a_missing_fsync_is_noticed() {
    let calls = calls_of(&["-e", SYNCS_DROPPED]).await;
    assert_eq!(count(&calls, Call::Synced), 0);
    assert!(sent_before_synced(&calls) >= MESSAGES, "{calls:?}");
}

/// Runs a daemon under strace while somebody sends; what it did.
async fn calls_of(more: &[&str]) -> Vec<Call> {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let output = ["-o", trace.to_str().unwrap()];
    // -D makes the tracer the child, so that what the harness kills is the daemon.
    let words = ["strace", "-D", "-f", "-y", "-qq", "-s", "0", "-e", TRACED];
    let strace = [&words, more, &output].concat();
    let mut daemon = Daemon::with(Setup::new().under(&strace)).await;
    let log = format!("{}-wal>", daemon.database().canonicalize().unwrap().display());
    let ann = Person::register(&daemon.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    // What is looked at begins here: registering and creating have their own acknowledgements.
    let begin = fs::read_to_string(&trace).unwrap().len();
    for n in 0..MESSAGES {
        ann.say(lobby, &format!("message {n}")).await;
    }
    ann.client.close().await;
    daemon.kill9().await;
    let text = fs::read_to_string(&trace).unwrap();
    calls(text.get(begin..).unwrap_or_default(), &log)
}

/// `4711 fdatasync(12</tmp/data/parlor.db-wal>) = 0`, also where strace tells of it in two
/// lines. Writing and sending count from their beginning on, a sync when it has ended well.
fn calls(trace: &str, log: &str) -> Vec<Call> {
    // Threads, and whether the sync that each is in is one of the log.
    let mut syncing: BTreeMap<&str, bool> = BTreeMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        let is_sync = call.starts_with("fsync(") || call.starts_with("fdatasync(");
        let is_of_log = call.contains(log);
        let has_worked = call.trim_end().ends_with("= 0");
        if call.starts_with("<... ") {
            if syncing.remove(thread) == Some(true) && has_worked {
                calls.push(Call::Synced);
            }
        } else if is_sync && call.ends_with("<unfinished ...>") {
            syncing.insert(thread, is_of_log);
        } else if is_sync {
            calls.extend((is_of_log && has_worked).then_some(Call::Synced));
        } else if is_of_log {
            calls.push(Call::Written);
        } else if call.contains("<socket:[") || call.contains("<TCP:[") {
            calls.push(Call::Sent);
        }
    }
    calls
}

fn count(calls: &[Call], which: Call) -> usize {
    calls.iter().filter(|call| **call == which).count()
}

/// How many times something was sent while something written was not synced.
fn sent_before_synced(calls: &[Call]) -> usize {
    let mut is_dirty = false;
    let mut early = 0;
    for call in calls {
        match call {
            Call::Written => is_dirty = true,
            Call::Synced => is_dirty = false,
            Call::Sent => early += usize::from(is_dirty),
        }
    }
    early
}

#[test]
fn the_order_of_calls_is_read_from_the_trace() {
    use Call::{Sent, Synced, Written};
    let check = |trace, expect: &[Call]| assert_eq!(calls(trace, "/db-wal>"), expect, "{trace}");
    check(
        "7 pwrite64(9</db-wal>, \"\"..., 4120, 0) = 4120\n\
         7 fdatasync(9</db-wal>) = 0\n\
         8  write(5<socket:[12]>, \"\"..., 99) = 99",
        &[Written, Synced, Sent],
    );
    check(
        "7 pwrite64(9</db-wal>, \"\"..., 4120, 0 <unfinished ...>\n\
         7 <... pwrite64 resumed>) = 4120\n\
         7 fdatasync(9</db-wal> <unfinished ...>\n\
         8 write(5<socket:[12]>, \"\"..., 99 <unfinished ...>\n\
         8 <... write resumed>) = 99\n\
         7 <... fdatasync resumed>) = 0",
        &[Written, Sent, Synced],
    );
    check("7 fdatasync(9</db-wal>) = -1 EIO (Input/output error)", &[]);
    check("7 fdatasync(9</db-wal>) = 0 (INJECTED)", &[]);
    check("7 fsync(9</db>) = 0\n7 fsync(9</db> <unfinished ...>\n7 <... fsync resumed>) = 0", &[]);
}

#[test]
fn an_early_acknowledgement_would_be_seen() {
    use Call::{Sent, Synced, Written};
    assert_eq!(sent_before_synced(&[Written, Synced, Sent, Written, Synced, Sent]), 0);
    assert_eq!(sent_before_synced(&[Written, Sent, Synced]), 1);
    assert_eq!(sent_before_synced(&[Synced, Written, Sent, Written, Sent]), 2);
}
