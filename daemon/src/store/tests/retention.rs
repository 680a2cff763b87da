//! Events whose age is over.

use super::*;
use crate::chat::{
    Anchor, Body, MessageEdited, Oldest, Overdue, Permit, ReactionChanged, RoomChange,
};

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
    let found = |last: u64, before: i64| {
        let Oldest { seq, at, before, messages, .. } = oldest(&store, last, before);
        assert_eq!(at, Stamp(1000 + seq.0.cast_signed()));
        let going: Vec<u64> = messages.iter().map(|message| message.seq.0).collect();
        (seq.0, before, going)
    };
    assert_eq!(found(6, 0), (1, 1, vec![]));
    assert_eq!(found(6, 1004), (4, 4 - 1, vec![3]));
    assert_eq!(found(3, 1004), (3, 3 - 1, vec![]), "not so many at once");
    assert_eq!(found(6, i64::MAX), (6, 6 - 1, vec![3, 4, 5]), "the newest stays");

    let reader = store.reader().unwrap();
    apply(&mut store, &[trimmed(1, 4, &[])]);
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

fn edited(seq: u64, target: u64, text: &str) -> Change {
    let body = Body { text: text.into(), ..Body::default() };
    let edited = MessageEdited { target: Seq(target), body, version: 1 };
    event(LOBBY, seq, ANN, EventKind::MessageEdited(edited))
}

fn trimmed(from: u64, first: u64, edits: &[u64]) -> Change {
    let edits = edits.iter().copied().map(Seq).collect();
    let (from, first) = (Seq(from), Seq(first));
    Change::Room(RoomChange::Trimmed { room: LOBBY, from, first, edits })
}

#[test]
fn the_last_text_of_a_message_goes_with_it_wherever_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let said = [message(LOBBY, 3, ANN, "so"), message(LOBBY, 4, ANN, "long")];
    apply(&mut store, &said);
    apply(&mut store, &[edited(5, 3, "farewell"), edited(6, 4, "stays")]);
    store.commit().unwrap();
    let (first, last, before) = (Seq(1), Seq(4), Stamp(1004));
    let oldest = store.oldest(&Overdue { room: LOBBY, first, last, before }).unwrap();
    let edits: Vec<_> = oldest.messages.iter().filter_map(|message| message.last_edit).collect();
    assert_eq!(edits, [(Seq(5), Stamp(1005))]);
    apply(&mut store, &[trimmed(1, 4, &[5])]);
    store.commit().unwrap();
    let texts: Vec<String> = all_events(&store, LOBBY)
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Message(message) => Some(message.body.text.to_string()),
            EventKind::MessageEdited(edited) => Some(edited.body.text.to_string()),
            EventKind::MemberChanged(_)
            | EventKind::RoomChanged(_)
            | EventKind::MessageDeleted { .. }
            | EventKind::ReactionChanged(_) => None,
        })
        .collect();
    assert_eq!(texts, ["stays", "", "stays"]);
    assert_eq!(store.replay().unwrap().rooms[0].gone, 4 - 1);
}

#[test]
fn reactions_to_what_is_gone_go_a_few_at_a_time() {
    const REACTIONS: u32 = 1_200;
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    apply(&mut store, &[message(LOBBY, 3, ANN, "gone"), message(LOBBY, 4, ANN, "kept")]);
    let react = |seq: u64, target: u64| {
        let (target, present, count) = (Seq(target), true, 1);
        let reaction = format!("r{seq}").into();
        let changed = ReactionChanged { target, reaction, present, count };
        event(LOBBY, seq, ANN, EventKind::ReactionChanged(changed))
    };
    let last = 5 + u64::from(REACTIONS);
    for seq in 5..last {
        apply(&mut store, &[react(seq, 3)]);
    }
    apply(&mut store, &[react(last, 4)]);
    apply(&mut store, &[event(LOBBY, last + 1, ANN, EventKind::MessageDeleted { target: Seq(3) })]);
    store.commit().unwrap();
    let left = |store: &Store| {
        let sql = "SELECT count(*) FROM reaction";
        store.conn.query_row(sql, (), |row| row.get::<_, u32>(0)).unwrap()
    };
    assert_eq!(left(&store), REACTIONS + 1);
    // What was under way when the daemon ended goes on.
    assert!(store.sweep().unwrap());
    store.commit().unwrap();
    assert_eq!(left(&store), REACTIONS + 1 - 500);
    drop(store);
    let mut store = Store::open(folder.path()).unwrap();
    while store.sweep().unwrap() {
        store.commit().unwrap();
    }
    assert_eq!(left(&store), 1, "that to the other message");

    apply(&mut store, &[trimmed(1, 5, &[])]);
    store.commit().unwrap();
    while store.sweep().unwrap() {}
    store.commit().unwrap();
    assert_eq!(left(&store), 0);
}
