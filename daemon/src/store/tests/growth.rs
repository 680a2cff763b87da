//! Under a steady load the log of the database stays short, and readers see what is committed.

use super::*;
use crate::store::wal;

const BATCHES: u64 = 2_000;
const BATCH_EVENTS: u64 = 100;

#[test]
fn the_log_stays_short_while_readers_come_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let reader = store.reader().unwrap();
    let log = folder.path().join("parlor.db-wal");
    let (mut longest, mut seq) = (0, 2);
    for batch in 0..BATCHES {
        for _ in 0..BATCH_EVENTS {
            seq += 1;
            let words = "some two hundred bytes of what people say to one another ".repeat(4);
            store.apply(&message(LOBBY, seq, ANN, &words)).unwrap();
        }
        store.commit().unwrap();
        longest = longest.max(fs::metadata(&log).unwrap().len());
        // A read that goes on over many commits, then none for a while.
        match batch % 300 {
            50 => reader.conn.execute_batch("BEGIN; SELECT * FROM meta").unwrap(),
            200 => reader.conn.execute_batch("COMMIT").unwrap(),
            _ => {}
        }
    }
    assert!(longest < wal::BYTES_MAX.cast_unsigned(), "{longest}");
    assert_eq!(head(&mut store), Seq(2 + BATCHES * BATCH_EVENTS));
}

#[test]
fn a_reader_that_never_ends_costs_space_and_not_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let reader = store.reader().unwrap();
    reader.conn.execute_batch("BEGIN; SELECT * FROM meta").unwrap();
    let log = folder.path().join("parlor.db-wal");
    let long = "x".repeat(8000);
    let mut seq = 2;
    while fs::metadata(&log).unwrap().len() < wal::BYTES_MAX.cast_unsigned() + 8_000_000 {
        for _ in 0..500 {
            seq += 1;
            store.apply(&message(LOBBY, seq, ANN, &long)).unwrap();
        }
        store.commit().unwrap();
    }
    reader.conn.execute_batch("COMMIT").unwrap();
    for _ in 0..5 {
        for _ in 0..500 {
            seq += 1;
            store.apply(&message(LOBBY, seq, ANN, &long)).unwrap();
        }
        store.commit().unwrap();
    }
    let len = fs::metadata(&log).unwrap().len();
    assert!(len < wal::BYTES_MAX.cast_unsigned(), "{len}");
}

#[test]
fn a_reader_sees_what_is_committed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let reader = store.reader().unwrap();
    let seen = || reader.events(LOBBY, Seq(1)..=Seq(9), 100, usize::MAX).unwrap().len();
    apply(&mut store, &[message(LOBBY, 3, ANN, "taken back")]);
    assert_eq!(seen(), 2);
    store.rollback().unwrap();
    assert_eq!(seen(), 2);
    apply(&mut store, &[message(LOBBY, 3, ANN, "kept")]);
    assert_eq!(seen(), 2);
    store.commit().unwrap();
    assert_eq!(seen(), 3);
    assert!(reader.conn.execute("DELETE FROM event", ()).is_err());
}
