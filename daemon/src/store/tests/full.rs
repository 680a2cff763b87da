//! A full disk costs the batch, and nothing else.

use super::*;
use crate::chat::Found;

/// More than any test writes.
const PLENTY: i64 = 1_000_000;

impl Store {
    /// From here on the disk has room for so many pages and no more.
    pub(crate) fn leave_pages(&self, pages: i64) {
        let query = |sql: &str| self.conn.query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap();
        let used = query("PRAGMA page_count");
        query(&format!("PRAGMA max_page_count = {}", used + pages));
    }
}

/// Sends until there is no room; gives how many it were.
fn send_until_full(store: &mut Store, from: Seq) -> u64 {
    for number in 0.. {
        let change = message(LOBBY, from.0 + number, ANN, &"x".repeat(2000));
        match store.apply(&change).and_then(|()| store.commit()) {
            Ok(()) => {}
            Err(error) => {
                assert!(error.is_full(), "{error}");
                return number;
            }
        }
    }
    unreachable!("the disk was never full");
}

#[test]
fn a_full_disk_refuses_and_recovers_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let mut head = Seq(2);
    for _ in 0..10 {
        store.leave_pages(0);
        head = Seq(head.0 + send_until_full(&mut store, head.next()));
        check_failed(store.commit(), "roll it back");
        store.rollback().unwrap();
        assert!(store.probe().unwrap_err().is_full());
        // Reading goes on meanwhile, and nothing that was committed is lost.
        assert_eq!(all_events(&store, LOBBY).len() as u64, head.0);
        assert_eq!(super::head(&mut store), head);
        assert!(matches!(store.sent(LOBBY, ANN, message_id(head.0 + 1)).unwrap(), Found::Nothing));

        store.leave_pages(PLENTY);
        store.probe().unwrap();
        remember(&mut store, &[message(LOBBY, head.0 + 1, BEN, "there is room again")]);
        head = head.next();
    }
    drop(store);
    let mut store = Store::open(folder.path()).unwrap();
    assert_eq!(super::head(&mut store), head);
}

#[test]
fn a_probe_leaves_nothing_but_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let before = state(&mut store);
    for _ in 0..5 {
        store.probe().unwrap();
    }
    assert_eq!(state(&mut store), before);
    let left: i64 =
        store.conn.query_row("SELECT count(*) FROM probe", (), |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
    let size = fs::metadata(folder.path().join("parlor.db")).unwrap().len();
    assert!(size < 1024 * 1024, "{size}");
}
