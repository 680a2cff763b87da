//! What is queued, what is refused, and what the budget says of it.

use super::*;

fn outbox() -> Outbox {
    Outbox::new(Budget::new(usize::MAX))
}

fn gathered(outbox: &Outbox, slices_max: usize, bytes_max: usize) -> Vec<u8> {
    let mut slices = vec![IoSlice::new(&[]); slices_max];
    let count = outbox.gather(&mut slices, bytes_max);
    slices[..count].iter().flat_map(|slice| slice.to_vec()).collect()
}

#[test]
fn bytes_leave_in_the_order_in_which_they_came() {
    let mut outbox = outbox();
    for frame in ["one", "two", "three"] {
        outbox.push(Bytes::from_static(frame.as_bytes())).unwrap();
    }
    assert_eq!(gathered(&outbox, 8, 100), b"onetwothree");
    assert_eq!(gathered(&outbox, 8, 4), b"onet");
    assert_eq!(gathered(&outbox, 2, 100), b"onetwo");
    outbox.consume(4);
    assert_eq!(gathered(&outbox, 8, 100), b"wothree");
    outbox.consume(2);
    assert_eq!(gathered(&outbox, 8, 100), b"three");
    outbox.consume(5);
    assert!(outbox.is_empty());
    assert_eq!((outbox.bytes, outbox.queue.capacity()), (0, 0));
}

#[test]
fn slow_over_the_soft_limit_refused_over_the_hard_one() {
    let mut outbox = outbox();
    let frame = Bytes::from(vec![0; 64 * 1024]);
    for count in 1..=16 {
        assert!(!outbox.is_slow() || count > 4, "{count}");
        outbox.push(frame.clone()).unwrap();
    }
    assert!(outbox.is_slow());
    assert_eq!(outbox.push(Bytes::from_static(b"x")), Err(Full));
    outbox.consume(13 * 64 * 1024);
    assert!(!outbox.is_slow() && !outbox.is_low());
    outbox.consume(2 * 64 * 1024);
    assert!(!outbox.is_low());
    outbox.consume(1);
    assert!(outbox.is_low());
}

#[test]
fn a_tight_budget_makes_slow_whoever_waits_and_is_given_back() {
    let budget = Budget::new(20);
    let mut ann = Outbox::new(budget.clone());
    let bob = Outbox::new(budget.clone());
    ann.push(Bytes::from_static(b"0123456789")).unwrap();
    assert!(ann.is_slow());
    assert!(!bob.is_slow());
    assert_eq!(budget.used(), 10);
    ann.consume(4);
    assert_eq!(budget.passed(), Passed { pieces: 1, bytes: 4 });
    drop(ann);
    assert_eq!(budget.used(), 0);
}

#[test]
fn what_is_being_read_has_its_part_and_who_has_none_comes_first() {
    let budget = Budget::new(100);
    let mut ann = Outbox::new(budget.clone());
    let mut bob = Outbox::new(budget.clone());
    assert_eq!([30, 30].map(|bytes| ann.reserve(9, bytes)), [Ok(30), Ok(30)]);
    assert_eq!(ann.reserve(9, 30), Err(NoRoom), "the other half is for others");
    assert!(!ann.is_slow(), "nothing waits that could be read");
    assert_eq!(bob.reserve(41, 50), Err(NoRoom));
    assert_eq!(bob.reserve(40, 50), Ok(40));
    ann.push(Bytes::from_static(b"x")).unwrap();
    assert!(ann.is_slow());
    ann.release(60);
    assert!(!ann.is_slow());
    bob.release(1_000);
    assert_eq!(budget.used(), 1);
    bob.reserve(9, 50).unwrap();
    drop((ann, bob));
    assert_eq!(budget.used(), 0);
}

#[test]
fn a_sealed_copy_counts_until_it_has_left() {
    let budget = Budget::new(20);
    let mut ann = Outbox::new(budget.clone());
    ann.push(Bytes::from_static(b"0123456789")).unwrap();
    ann.consume(10);
    ann.hold(10);
    assert_eq!((budget.used(), ann.is_empty(), ann.is_slow()), (10, true, true));
    assert_eq!(ann.reserve(1, 1), Err(NoRoom), "it has not read what it had");
    ann.let_go();
    assert_eq!((budget.used(), ann.is_slow()), (0, false));
    ann.hold(5);
    drop(ann);
    assert_eq!(budget.used(), 0);
}

#[test]
fn one_is_read_for_whatever_the_budget() {
    let budget = Budget::new(0);
    let mut ann = Outbox::new(budget.clone());
    let mut bob = Outbox::new(budget);
    ann.reserve(100, 100).unwrap();
    assert_eq!(bob.reserve(100, 100), Err(NoRoom));
    drop(ann);
    bob.reserve(100, 100).unwrap();
}

#[test]
fn the_last_frame_follows_a_begun_one_and_nothing_else() {
    let budget = Budget::new(usize::MAX);
    let mut outbox = Outbox::new(budget.clone());
    for frame in ["one", "two"] {
        outbox.push(Bytes::from_static(frame.as_bytes())).unwrap();
    }
    outbox.consume(1);
    outbox.cut(Bytes::from_static(b"bye"));
    assert_eq!(gathered(&outbox, 8, 100), b"nebye");
    assert_eq!((outbox.bytes, budget.used()), (5, 6), "what is begun is held to its end");
    outbox.consume(5);
    outbox.push(Bytes::from_static(b"one")).unwrap();
    outbox.cut(Bytes::from_static(b"bye"));
    assert_eq!(gathered(&outbox, 8, 100), b"bye");
    outbox.consume(2);
    assert_eq!((outbox.bytes, budget.used()), (1, 3));
    drop(outbox);
    assert_eq!(budget.used(), 0);
}

#[test]
fn pieces_of_files_give_way_and_make_nobody_slow() {
    let budget = Budget::new(usize::MAX);
    let mut outbox = Outbox::new(budget.clone());
    let [one, two] = ["ONE", "TWO"].map(|piece| Bytes::from_static(piece.as_bytes()));
    outbox.push_piece(one).unwrap();
    outbox.push_piece(two).unwrap();
    assert_eq!(gathered(&outbox, 8, 100), b"ONE", "one at a time");
    outbox.push(Bytes::from_static(b"hello")).unwrap();
    assert_eq!(gathered(&outbox, 8, 100), b"hello");
    outbox.consume(5);
    outbox.consume(1);
    outbox.push(Bytes::from_static(b"again")).unwrap();
    assert_eq!(gathered(&outbox, 8, 100), b"NEagain", "what is begun is sent to its end");
    outbox.consume(4);
    assert_eq!(gathered(&outbox, 8, 100), b"ain");
    outbox.consume(3);
    assert_eq!(gathered(&outbox, 8, 100), b"TWO");
    outbox.consume(3);
    assert!(outbox.is_empty());
    assert_eq!((outbox.pieces.is_none(), budget.used()), (true, 0));
    outbox.push_piece(Bytes::from(vec![0; SOFT_BYTES_MAX])).unwrap();
    assert!(!outbox.is_slow() && outbox.is_low());
    let rest = Bytes::from(vec![0; HARD_BYTES_MAX - SOFT_BYTES_MAX + 1]);
    assert_eq!(outbox.push(rest.clone()), Err(Full));
    assert_eq!(outbox.push_piece(rest), Err(Full));
    outbox.consume(1);
    outbox.cut(Bytes::from_static(b"bye"));
    let left = gathered(&outbox, 8, usize::MAX);
    assert!(left.len() == SOFT_BYTES_MAX + 2 && left.ends_with(b"\0bye"));
    drop(outbox);
    assert_eq!(budget.used(), 0);
}
