//! Pages of history against a model: the same log as a plain list.

use parlor_proto::limits::PAGE_ROWS_MAX;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::chat::{Anchor, Permit};
use crate::store::Reader;
use crate::store::reader::{PAGE_BYTES_MAX, Page};
use crate::store::row::encoded_bytes_max;

const HEAD: u64 = 400;

/// A room with texts of all lengths, between two rooms that must never show.
fn long_room(folder: &Path) -> (Store, Vec<RoomEvent>) {
    let mut store = founded(folder);
    for room in [RoomId(2), RoomId(3), RoomId(4)] {
        apply(&mut store, &[room_changed(room, 1, "")]);
        for seq in 2..=HEAD {
            let bytes = usize::try_from(seq * seq * 7 % 8193).unwrap();
            let text = "x".repeat(if seq % 3 == 0 { bytes } else { bytes % 100 });
            apply(&mut store, &[message(room, seq, ANN, &text)]);
        }
    }
    store.commit().unwrap();
    let events = all_events(&store, RoomId(3));
    assert_eq!(events.len() as u64, HEAD);
    (store, events)
}

/// What a page should be, from the list of all events.
fn model(all: &[RoomEvent], permit: &Permit) -> (Vec<u64>, bool, bool) {
    let allowed = |seq: u64| permit.floor.0 <= seq && seq <= permit.ceiling.0;
    let wanted = |seq: u64| match permit.anchor {
        Anchor::Before(before) => before.is_none_or(|before| seq < before.0),
        Anchor::After(after) => seq > after.0,
    };
    let mut walk: Vec<&RoomEvent> =
        all.iter().filter(|event| allowed(event.seq.0) && wanted(event.seq.0)).collect();
    if matches!(permit.anchor, Anchor::Before(_)) {
        walk.reverse();
    }
    let mut bytes = 0;
    let mut page: Vec<u64> = Vec::new();
    for event in walk {
        bytes += encoded_bytes_max(event);
        let full = page.len() >= permit.rows.clamp(1, PAGE_ROWS_MAX) as usize;
        if full || (bytes > PAGE_BYTES_MAX && !page.is_empty()) {
            break;
        }
        page.push(event.seq.0);
    }
    page.sort_unstable();
    // More in a direction: something allowed lies beyond the page there; beyond the anchor, if
    // the page is empty.
    let beyond = |outside: &dyn Fn(u64) -> bool| {
        all.iter().map(|event| event.seq.0).any(|seq| allowed(seq) && outside(seq))
    };
    let older = beyond(&|seq| {
        page.first().map_or_else(
            || matches!(permit.anchor, Anchor::After(after) if seq <= after.0),
            |&first| seq < first,
        )
    });
    let newer = beyond(&|seq| {
        page.last().map_or_else(
            || matches!(permit.anchor, Anchor::Before(Some(before)) if seq >= before.0),
            |&last| seq > last,
        )
    });
    (page, older, newer)
}

fn permits() -> impl Strategy<Value = Permit> {
    let seq = || prop_oneof![8 => 0..=HEAD + 2, 1 => Just(u64::MAX)].prop_map(Seq);
    let anchor = prop_oneof![
        1 => Just(Anchor::Before(None)),
        3 => seq().prop_map(|seq| Anchor::Before(Some(seq))),
        3 => seq().prop_map(Anchor::After),
    ];
    let rows = prop_oneof![0..=PAGE_ROWS_MAX + 1, Just(u32::MAX)];
    (1..=HEAD + 1, 0..=HEAD, anchor, rows).prop_map(|(floor, ceiling, anchor, rows)| Permit {
        room: RoomId(3),
        floor: Seq(floor),
        ceiling: Seq(ceiling),
        anchor,
        rows,
    })
}

fn page(reader: &Reader, permit: &Permit) -> (Vec<u64>, bool, bool) {
    let Page { events, has_older, has_newer } = reader.page(permit).unwrap();
    (events.iter().map(|event| event.seq.0).collect(), has_older, has_newer)
}

#[test]
fn a_page_never_leaves_its_permit_and_tells_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    let (store, all) = long_room(folder.path());
    let reader = store.reader().unwrap();
    let mut runner =
        TestRunner::new(Config { cases: 2000, failure_persistence: None, ..Config::default() });
    runner
        .run(&permits(), |permit| {
            prop_assert_eq!(page(&reader, &permit), model(&all, &permit));
            Ok(())
        })
        .unwrap();
}

#[test]
fn pages_one_after_another_are_the_whole_log() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = long_room(folder.path());
    let reader = store.reader().unwrap();
    let mut permit = Permit {
        room: RoomId(3),
        floor: Seq(1),
        ceiling: Seq(HEAD),
        anchor: Anchor::Before(None),
        rows: 100,
    };
    let mut back = Vec::new();
    loop {
        let (mut seqs, older, _) = page(&reader, &permit);
        permit.anchor = Anchor::Before(Some(Seq(seqs[0])));
        seqs.append(&mut back);
        back = seqs;
        if !older {
            break;
        }
    }
    assert_eq!(back, (1..=HEAD).collect::<Vec<_>>());
}

#[test]
fn catching_up_goes_on_from_where_it_is_told_within_both_limits() {
    let folder = tempfile::tempdir().unwrap();
    let (store, all) = long_room(folder.path());
    let reader = store.reader().unwrap();
    let room = RoomId(3);
    for (rows_max, bytes_max) in [(100, 64 * 1024), (7, usize::MAX), (100, 1), (0, 0)] {
        let mut next = Seq(1);
        let mut caught_up = Vec::new();
        while next <= Seq(HEAD) {
            let some = reader.events(room, next..=Seq(HEAD), rows_max, bytes_max).unwrap();
            let bytes: usize = some.iter().map(encoded_bytes_max).sum();
            assert!(some.len() <= rows_max.max(1) as usize);
            assert!(some.len() == 1 || bytes <= bytes_max);
            next = some[some.len() - 1].seq.next();
            caught_up.extend(some);
        }
        assert_eq!(caught_up, all);
    }
    assert!(reader.events(room, Seq(HEAD + 1)..=Seq(HEAD + 9), 9, 9).unwrap().is_empty());
    assert!(reader.events(room, Seq(9)..=Seq(8), 9, 9).unwrap().is_empty());
}

#[test]
fn a_hole_in_the_log_is_an_error_and_not_a_shorter_page() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = long_room(folder.path());
    let reader = store.reader().unwrap();
    store.conn.execute("DELETE FROM event WHERE room = 3 AND seq = 20", ()).unwrap();
    let read = |from: u64| reader.events(RoomId(3), Seq(from)..=Seq(40), 100, usize::MAX).map(drop);
    check_failed(read(18), "event 20 is missing");
    check_failed(read(20), "event 20 is missing");
    read(21).unwrap();
}
