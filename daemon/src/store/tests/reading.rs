//! How far members have read, whom messages mention, and cursors, as they are found again.

use super::*;
use crate::chat::{
    Body, FirstUnread, Found, MentionBounds, MentionToken, MessageEdited, NamedCursor, Passed,
    Reading, ReadingChange, ReadingRequest, RoomFacts, UnreadRoom,
};

const NOBODY: &[UserId] = &[];

fn mentioning(users: &[UserId], everybody: bool) -> Body {
    let (mentions, mentions_room) = (users.into(), everybody);
    Body { text: "look".into(), mentions, mentions_room, ..Body::default() }
}

fn calls(seq: u64, actor: UserId, users: &[UserId], everybody: bool) -> Change {
    let id = message_id(seq);
    let said = Message { id, body: mentioning(users, everybody), ..Message::default() };
    event(LOBBY, seq, actor, EventKind::Message(said))
}

fn reworded(seq: u64, target: u64, version: u32, users: &[UserId]) -> Change {
    let body = mentioning(users, false);
    let edited = MessageEdited { target: Seq(target), body, version };
    event(LOBBY, seq, ANN, EventKind::MessageEdited(edited))
}

fn read(user: UserId, seq: u64, own: u64) -> Change {
    let reading = Reading { seq: Seq(seq), nth: seq, own, mentions: 0 };
    Change::Reading(ReadingChange::Read { room: LOBBY, user, reading })
}

fn reading(store: &mut Store, user: UserId) -> Reading {
    let members = store.replay().unwrap().members;
    members.into_iter().find(|member| member.user == user).unwrap().reading
}

fn found(store: &Store, wish: &ReadingRequest, from: Reading) -> Found {
    store.find_for_reading(BEN, wish, |_| Some(from)).unwrap()
}

/// Ann, and then Ben, in the lobby: head 3.
fn both(folder: &Path) -> Store {
    let mut store = founded(folder);
    remember(&mut store, &[member_changed(LOBBY, 3, BEN, Membership::Joined)]);
    store
}

#[test]
fn markers_are_there_after_a_restart_and_mentions_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = both(folder.path());
    assert_eq!(reading(&mut store, BEN), Reading { seq: Seq(3), nth: 3, own: 0, mentions: 0 });
    let changes = [
        calls(4, ANN, &[BEN, ANN], false),
        calls(5, BEN, &[BEN], true),
        calls(6, ANN, &[BEN], true),
        calls(7, ANN, NOBODY, false),
        read(ANN, 5, 0),
        read(ANN, 7, 0),
        read(BEN, 3, 1),
    ];
    remember(&mut store, &changes);
    drop(store);
    let mut store = Store::open(folder.path()).unwrap();
    assert_eq!(reading(&mut store, ANN), Reading { seq: Seq(7), nth: 7, own: 0, mentions: 0 });
    assert_eq!(reading(&mut store, BEN), Reading { seq: Seq(3), nth: 3, own: 1, mentions: 2 });

    // What a message says is what counts.
    remember(&mut store, &[reworded(8, 4, 1, NOBODY), reworded(9, 7, 1, &[BEN])]);
    assert_eq!(reading(&mut store, BEN).mentions, 2);
    let deleted = EventKind::MessageDeleted { target: Seq(6) };
    remember(&mut store, &[event(LOBBY, 10, ANN, deleted), read(BEN, 4, 1)]);
    assert_eq!(reading(&mut store, BEN).mentions, 1);
}

#[test]
fn whoever_comes_back_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = both(folder.path());
    let changes = [
        message(LOBBY, 4, BEN, "bye"),
        read(BEN, 4, 0),
        member_changed(LOBBY, 5, BEN, Membership::Left),
        message(LOBBY, 6, ANN, "gone"),
        member_changed(LOBBY, 7, BEN, Membership::Joined),
    ];
    remember(&mut store, &changes);
    assert_eq!(reading(&mut store, BEN), Reading { seq: Seq(7), nth: 7, own: 0, mentions: 0 });
    check_failed(
        store.apply(&read(UserId(77), 7, 0)).and_then(|()| store.commit()),
        "user 77 is not in room 1",
    );
}

#[test]
fn what_lies_between_two_places_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = both(folder.path());
    let changes = [
        calls(4, ANN, &[BEN], false),
        message(LOBBY, 5, BEN, "mine"),
        calls(6, ANN, NOBODY, true),
        message(LOBBY, 7, BEN, "mine too"),
    ];
    apply(&mut store, &changes);
    let from = Reading { seq: Seq(3), nth: 3, own: 2, mentions: 2 };
    for (seq, expect) in [
        (4, Passed { nth: 4, own: 0, mentions: 1 }),
        (6, Passed { nth: 6, own: 1, mentions: 2 }),
        (99, Passed { nth: 7, own: 2, mentions: 2 }),
    ] {
        let mark = ReadingRequest::MarkRead { room: LOBBY, seq: Seq(seq) };
        let Found::Passed(passed) = found(&store, &mark, from) else { panic!() };
        assert_eq!(passed, expect, "up to {seq}");
    }
    let beyond = ReadingRequest::MarkRead { room: LOBBY, seq: Seq(u64::MAX) };
    assert!(matches!(found(&store, &beyond, from), Found::Nothing));
}

#[test]
fn the_first_unread_message_is_somebody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = both(folder.path());
    let changes = [
        message(LOBBY, 4, BEN, "mine"),
        room_changed(LOBBY, 5, "new topic"),
        message(LOBBY, 6, ANN, "hers"),
    ];
    remember(&mut store, &changes);
    let unread = |head| {
        let facts = RoomFacts::group(LOBBY, name(ANN), "".into(), (ANN, Stamp(1)));
        let counts = Default::default();
        UnreadRoom { facts, read_seq: Seq(3), head: Seq(head), counts }
    };
    let reader = store.reader().unwrap();
    let first = FirstUnread { seq: Seq(6), at: Stamp(1006) };
    assert_eq!(reader.first_unread(BEN, &unread(6)).unwrap(), first);
    assert_eq!(reader.first_unread(BEN, &unread(5)).unwrap(), FirstUnread::default());
}

/// The seqs of all mentions of Ben, in pages of so many.
fn mentions(store: &Store, after: u64, rows: u32) -> Vec<u64> {
    let bounds = [MentionBounds { room: LOBBY, after: Seq(after), ceiling: Seq(99) }];
    let (mut seqs, mut from): (Vec<u64>, Option<MentionToken>) = (Vec::new(), None);
    let reader = store.reader().unwrap();
    for _ in 0..20 {
        let page = reader.mentions(BEN, &bounds, (from, rows)).unwrap();
        assert!(page.events.len() <= rows as usize);
        seqs.extend(page.events.iter().map(|event| event.seq.0));
        from = page.next;
        if from.is_none() {
            return seqs;
        }
    }
    panic!("no end of pages: {seqs:?}");
}

#[test]
fn mentions_are_listed_newest_first_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = both(folder.path());
    let mut changes: Vec<Change> = (4..=20)
        .map(|seq| match seq % 4 {
            0 => calls(seq, ANN, &[BEN], false),
            1 => calls(seq, ANN, NOBODY, true),
            2 => calls(seq, BEN, NOBODY, true),
            _ => message(LOBBY, seq, ANN, "nobody"),
        })
        .collect();
    changes.push(reworded(21, 8, 1, NOBODY));
    remember(&mut store, &changes);
    let expect = [20, 17, 16, 13, 12, 9, 5, 4];
    for rows in [1, 2, 3, 8, 100] {
        assert_eq!(mentions(&store, 0, rows), expect, "{rows} a page");
    }
    assert_eq!(mentions(&store, 12, 2), [20, 17, 16, 13]);
    assert!(mentions(&store, 50, 2).is_empty());
}

#[test]
fn cursors_are_kept_by_user_name_and_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = both(folder.path());
    remember(&mut store, &[room_changed(RoomId(2), 1, "")]);
    let cursor = |name: &str, room, seq| {
        let at = Stamp(seq);
        NamedCursor { name: name.into(), room, seq: Seq(seq.cast_unsigned()), at }
    };
    let set = |user, cursor| Change::Reading(ReadingChange::CursorSet { user, cursor });
    let changes = [
        set(BEN, cursor("a", RoomId(2), 7)),
        set(BEN, cursor("a", LOBBY, 5)),
        set(BEN, cursor("b", LOBBY, 6)),
        set(ANN, cursor("a", LOBBY, 9)),
        set(BEN, cursor("a", LOBBY, 4)),
    ];
    remember(&mut store, &changes);
    drop(store);
    let mut store = Store::open(folder.path()).unwrap();
    let kept = |store: &Store, name: Option<&str>| {
        let wish = ReadingRequest::GetCursors { name: name.map(Into::into) };
        let Found::Cursors(cursors) = found(store, &wish, Reading::default()) else { panic!() };
        cursors
    };
    let (here, there) = (cursor("a", LOBBY, 4), cursor("a", RoomId(2), 7));
    assert_eq!(kept(&store, Some("a")), [here.clone(), there.clone()]);
    assert_eq!(kept(&store, None), [here, there, cursor("b", LOBBY, 6)]);
    assert!(kept(&store, Some("c")).is_empty());
    let removed = ReadingChange::CursorsRemoved { user: BEN, name: "a".into() };
    remember(&mut store, &[Change::Reading(removed)]);
    assert_eq!(kept(&store, None), [cursor("b", LOBBY, 6)]);
}
