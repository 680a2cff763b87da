//! The acknowledgement follows the fsync: seen in the order of the daemon's system calls.

use std::fs;

use harness::{Daemon, Person, Setup};

/// Messages whose acknowledgement is looked at, one at a time.
const MESSAGES: usize = 50;

/// A system call that matters here, in the order in which they ended.
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
    let calls = calls_of(Setup::new()).await;
    let unsynced = sent_before_synced(&calls);
    assert!(calls.iter().filter(|call| **call == Call::Synced).count() >= MESSAGES, "{calls:?}");
    assert_eq!(unsynced, 0, "acknowledged before it was on disk");
}

#[test]
fn an_early_acknowledgement_would_be_seen() {
    use Call::{Sent, Synced, Written};
    assert_eq!(sent_before_synced(&[Written, Synced, Sent, Written, Synced, Sent]), 0);
    assert_eq!(sent_before_synced(&[Written, Sent, Synced]), 1);
    assert_eq!(sent_before_synced(&[Synced, Written, Sent, Written, Sent]), 2);
}

/// Runs a daemon under strace while somebody sends; what it did.
async fn calls_of(setup: Setup) -> Vec<Call> {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let traced = "trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync";
    let strace =
        ["strace", "-f", "-y", "-qq", "-s", "0", "-e", traced, "-o", trace.to_str().unwrap()];
    let mut daemon = Daemon::with(setup.under(&strace)).await;
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
    let lines = text.get(begin..).unwrap_or_default().lines().skip(1);
    lines.filter_map(|line| call(line, &log)).collect()
}

/// `4711 fdatasync(12</tmp/data/parlor.db-wal>) = 0`, also where strace tells of it in two lines.
fn call(line: &str, log: &str) -> Option<Call> {
    let is_ours = line.contains(log);
    let is_socket = line.contains("socket:[") || line.contains("TCP:[");
    if line.contains("unfinished ...") {
        // A write counts from its beginning on, a sync only at its end.
        return (is_ours && line.contains("write")).then_some(Call::Written);
    }
    match line {
        _ if line.contains("sync") && line.trim_end().ends_with("= 0") => Some(Call::Synced),
        _ if is_ours && line.contains("write") => Some(Call::Written),
        _ if is_socket => Some(Call::Sent),
        _ => None,
    }
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
