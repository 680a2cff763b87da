//! Events whose age is over.

use super::*;
use crate::chat::{Anchor, Oldest, Overdue, Permit, RoomChange};

fn permit(floor: u64) -> Permit {
    let (floor, ceiling) = (Seq(floor), Seq(6));
    Permit { room: LOBBY, floor, ceiling, anchor: Anchor::After(Seq(0)), rows: 100 }
}

#[test]
fn what_is_too_old_is_found_deleted_and_stays_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    for seq in 3..=6 {
        apply(&mut store, &[message(LOBBY, seq, ANN, "so long")]);
    }
    store.commit().unwrap();
    let oldest = |store: &Store, last: u64, before: i64| {
        let (first, last, before) = (Seq(1), Seq(last), Stamp(before));
        store.oldest(&Overdue { room: LOBBY, first, last, before }).unwrap()
    };
    let at = |seq: u64| Oldest { room: LOBBY, seq: Seq(seq), at: Stamp(1000 + seq.cast_signed()) };
    assert_eq!(oldest(&store, 6, 0), at(1));
    assert_eq!(oldest(&store, 6, 1004), at(4));
    assert_eq!(oldest(&store, 3, 1004), at(3), "not so many at once");
    assert_eq!(oldest(&store, 6, i64::MAX), at(6), "the newest stays");

    let reader = store.reader().unwrap();
    apply(
        &mut store,
        &[Change::Room(RoomChange::Trimmed { room: LOBBY, from: Seq(1), first: Seq(4) })],
    );
    store.commit().unwrap();
    // Whoever was allowed to read before gets what is left.
    for floor in [1, 4] {
        let page = reader.page(&permit(floor)).unwrap();
        let seqs: Vec<u64> = page.events.iter().map(|event| event.seq.0).collect();
        assert_eq!(seqs, [4, 5, 6]);
    }
    drop(store);
    let snapshot = Store::open(folder.path()).unwrap().replay().unwrap();
    let room = &snapshot.rooms[0];
    assert_eq!((room.first, room.first_at, room.head), (Seq(4), Stamp(1004), Seq(6)));
}
