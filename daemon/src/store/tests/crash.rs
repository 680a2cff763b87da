//! What is found after the process or the machine has stopped in the middle of something.

use std::fs::{OpenOptions, Permissions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};

use parlor_proto::ids::Epoch;

use super::*;

/// Batches that the torn log held.
const BATCHES: usize = 6;

fn epoch(folder: &Path) -> Epoch {
    Store::open(folder).unwrap().replay().unwrap().epoch
}

/// A folder whose last batches are in the log only; with the length of the log, the head and
/// the mark after each of them.
fn with_a_long_log() -> (tempfile::TempDir, Vec<(u64, Seq)>) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let log = folder.path().join("parlor.db-wal");
    let mut commits = vec![(fs::metadata(&log).unwrap().len(), head(&mut store))];
    for _ in 0..BATCHES {
        let (_, Seq(head)) = commits[commits.len() - 1];
        let long = "x".repeat(3000);
        remember(
            &mut store,
            &[message(LOBBY, head + 1, ANN, &long), message(LOBBY, head + 2, BEN, "y")],
        );
        commits.push((fs::metadata(&log).unwrap().len(), Seq(head + 2)));
    }
    let left = as_left_behind(folder.path());
    (left, commits)
}

#[test]
fn a_commit_waits_for_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let synchronous = store.conn.pragma_query_value(None, "synchronous", |row| row.get(0));
    assert_eq!(synchronous, Ok(2), "FULL: the log is synced at each commit");
}

#[test]
fn a_torn_log_gives_back_whole_batches() {
    let (left, commits) = with_a_long_log();
    let (whole, _) = commits[commits.len() - 1];
    for cut in (commits[0].0..=whole).step_by(1501).chain(commits.iter().map(|(len, _)| *len)) {
        let torn = as_left_behind(left.path());
        let log = OpenOptions::new().write(true).open(torn.path().join("parlor.db-wal")).unwrap();
        log.set_len(cut).unwrap();
        let mut store = Store::open(torn.path()).unwrap();
        let (_, expect) = commits.iter().rfind(|(len, _)| *len <= cut).unwrap();
        assert_eq!(head(&mut store), *expect, "cut at {cut}");
        assert_eq!(all_events(&store, LOBBY).len() as u64, expect.0, "cut at {cut}");
    }
}

#[test]
fn a_damaged_frame_ends_the_log_before_its_batch() {
    let (left, commits) = with_a_long_log();
    for pair in commits.windows(2) {
        let ((from, before), (to, _)) = (pair[0], pair[1]);
        let torn = as_left_behind(left.path());
        let log = OpenOptions::new().write(true).open(torn.path().join("parlor.db-wal")).unwrap();
        log.write_all_at(b"garbage", from.midpoint(to)).unwrap();
        assert_eq!(head(&mut Store::open(torn.path()).unwrap()), before);
    }
}

#[test]
fn a_batch_that_was_not_committed_is_gone_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    // More than the cache holds, so that pages of the open transaction are already in the log.
    store.conn.pragma_update(None, "cache_size", 10).unwrap();
    for seq in 3..500 {
        store.apply(&message(LOBBY, seq, ANN, &"x".repeat(2000))).unwrap();
    }
    let left = as_left_behind(folder.path());
    assert!(fs::metadata(left.path().join("parlor.db-wal")).unwrap().len() > 500_000);
    assert_eq!(head(&mut Store::open(left.path()).unwrap()), Seq(2));
}

#[test]
fn an_older_copy_of_the_database_begins_a_new_epoch() {
    let folder = tempfile::tempdir().unwrap();
    drop(founded(folder.path()));
    let first = epoch(folder.path());
    let database = folder.path().join("parlor.db");
    let older = fs::read(&database).unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    remember(&mut store, &[message(LOBBY, 3, ANN, "soon forgotten")]);
    drop(store);
    assert_eq!(epoch(folder.path()), first);

    fs::write(&database, older).unwrap();
    let second = epoch(folder.path());
    assert_ne!(second, first);
    // Once is enough.
    assert_eq!(epoch(folder.path()), second);
    let mut store = Store::open(folder.path()).unwrap();
    remember(&mut store, &[message(LOBBY, 3, ANN, "another third event")]);
    drop(store);
    assert_eq!(epoch(folder.path()), second);
}

#[test]
fn history_that_did_not_go_backwards_keeps_its_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let mark = folder.path().join("commit.mark");
    let behind = fs::read(&mark).unwrap();
    remember(&mut store, &[message(LOBBY, 3, ANN, "hello")]);
    let left = as_left_behind(folder.path());
    drop(store);
    let first = epoch(folder.path());

    // After a crash; with a mark that did not reach the disk, or was damaged, or lost.
    assert_eq!(epoch(left.path()), first);
    fs::write(&mark, behind).unwrap();
    assert_eq!(epoch(folder.path()), first);
    fs::write(&mark, [0; 21]).unwrap();
    assert_eq!(epoch(folder.path()), first);
    fs::remove_file(&mark).unwrap();
    assert_eq!(epoch(folder.path()), first);
    assert!(mark.exists());
}

#[test]
fn a_database_that_was_lost_begins_a_new_epoch() {
    let folder = tempfile::tempdir().unwrap();
    drop(founded(folder.path()));
    let first = epoch(folder.path());
    fs::remove_file(folder.path().join("parlor.db")).unwrap();
    assert_ne!(epoch(folder.path()), first);
}

#[test]
fn a_session_number_is_not_given_out_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    remember(&mut store, &[session_started(41), session_started(7)]);
    remember(&mut store, &[message(LOBBY, 3, ANN, "a batch without sessions")]);
    drop(store);
    let last = Store::open(folder.path()).unwrap().replay().unwrap().last_session;
    assert_eq!(last, SessionId(41));
}

#[test]
fn a_head_that_is_not_the_newest_event_is_not_gone_on_from() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    for (head, what) in [(1, "head is event 1"), (9, "head is event 9")] {
        store.conn.execute("UPDATE room SET head = ?1", [head]).unwrap();
        check_failed(store.replay().map(drop), what);
    }
}

#[test]
fn a_second_daemon_is_told_who_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = founded(folder.path());
    let second = Store::open(folder.path());
    let us = std::process::id();
    assert!(
        matches!(&second, Err(StoreError::Locked { pid, .. }) if *pid == Some(us)),
        "{second:?}"
    );
    drop(store);
    Store::open(folder.path()).unwrap();
}

#[test]
fn nobody_else_may_read_the_files() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("var/lib/parlord");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for _ in ["made", "loosened"] {
        let store = founded_again(&folder);
        assert_eq!(mode(&folder), 0o700);
        for file in ["parlor.db", "parlor.db-wal", "parlor.db-shm", "lock", "commit.mark"] {
            assert_eq!(mode(&folder.join(file)), 0o600, "{file}");
        }
        drop(store);
        fs::set_permissions(folder.join("parlor.db"), Permissions::from_mode(0o644)).unwrap();
    }
}

/// A store with a log beside it, whether or not there was one before.
fn founded_again(folder: &Path) -> Store {
    let mut store = Store::open(folder).unwrap();
    store.probe().unwrap();
    store
}

#[test]
fn what_is_no_database_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("parlor.db");
    fs::write(&file, "a letter to a friend, that somebody keeps here").unwrap();
    check_failed(Store::open(folder.path()).map(drop), "not a database");
    assert_eq!(fs::read_to_string(&file).unwrap().len(), 46);

    fs::remove_file(&file).unwrap();
    let stranger = rusqlite::Connection::open(&file).unwrap();
    stranger.execute_batch("CREATE TABLE bookmark (x)").unwrap();
    drop(stranger);
    let before = fs::read(&file).unwrap();
    check_failed(Store::open(folder.path()).map(drop), "bookmark");
    assert_eq!(fs::read(&file).unwrap(), before);
}
