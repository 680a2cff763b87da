//! What becomes of a message after it was said, as it is found again.

use super::*;
use crate::chat::{
    Anchor, Body, Format, Found, MessageEdited, MessageRequest, Permit, Reacted, ReactionChanged,
    Reworded,
};
use crate::store::Page;

fn edited(seq: u64, target: u64, version: u32, text: &str) -> Change {
    let body = Body { text: text.into(), format: Format::Markdown, ..Body::default() };
    let edited = MessageEdited { target: Seq(target), body, version };
    event(LOBBY, seq, ANN, EventKind::MessageEdited(edited))
}

fn deleted(seq: u64, target: u64) -> Change {
    event(LOBBY, seq, ANN, EventKind::MessageDeleted { target: Seq(target) })
}

fn shown(store: &Store) -> Vec<String> {
    let show = |event: &RoomEvent| match &event.kind {
        EventKind::Message(message) => {
            let deleted = if message.deleted { " deleted" } else { "" };
            format!("{:?} v{}{deleted}", message.body.text, message.version)
        }
        EventKind::MessageEdited(edited) => {
            format!("edit of {}: {:?} v{}", edited.target, edited.body.text, edited.version)
        }
        EventKind::MessageDeleted { target } => format!("deletion of {target}"),
        EventKind::MemberChanged(_) | EventKind::RoomChanged(_) => String::new(),
        EventKind::ReactionChanged(changed) => format!("{changed:?}"),
    };
    all_events(store, LOBBY).iter().skip(2).map(show).collect()
}

fn target(store: &Store, seq: u64) -> Found {
    let said = Reworded { text: "".into(), format: Format::Plain, expected_version: 0 };
    let wish = MessageRequest::Edit { room: LOBBY, target: Seq(seq), said };
    store.find_for_message(ANN, &wish).unwrap()
}

#[test]
fn the_log_holds_the_present_text_and_no_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    remember(&mut store, &[message(LOBBY, 3, ANN, "helo"), edited(4, 3, 1, "hello")]);
    assert_eq!(shown(&store), ["\"hello\" v1", "edit of 3: \"hello\" v1"]);
    remember(&mut store, &[edited(5, 3, 2, "hallo")]);
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let expect = ["\"hallo\" v2", "edit of 3: \"\" v1", "edit of 3: \"hallo\" v2"];
    assert_eq!(shown(&store), expect);
    let Found::Message(found) = target(&store, 3) else { panic!() };
    assert_eq!((&*found.body.text, found.body.format), ("hallo", Format::Markdown));
    assert_eq!((found.version, found.last_edit), (2, Some((Seq(5), Stamp(1005)))));
    assert!(matches!(target(&store, 2), Found::Nothing), "somebody's joining is no message");
    assert!(matches!(target(&store, 99), Found::Nothing));
    assert!(matches!(target(&store, u64::MAX), Found::Nothing));
}

#[test]
fn nothing_is_left_of_the_text_of_a_deleted_message() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let changes = [
        message(LOBBY, 3, ANN, "secret"),
        edited(4, 3, 1, "secret too"),
        edited(5, 3, 2, "secret three"),
        deleted(6, 3),
    ];
    remember(&mut store, &changes);
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let expect = ["\"\" v2 deleted", "edit of 3: \"\" v1", "edit of 3: \"\" v2", "deletion of 3"];
    assert_eq!(shown(&store), expect);
    let sql = "SELECT count(*) FROM event WHERE text LIKE '%secret%' OR detail LIKE '%secret%'";
    let left: u32 = store.conn.query_row(sql, (), |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
    // Its id is known all the same.
    let found = store.sent(LOBBY, ANN, message_id(3)).unwrap();
    assert!(matches!(found, Found::Sent { seq: Seq(3), text: None, .. }), "{found:?}");
    let Found::Message(found) = target(&store, 3) else { panic!() };
    assert!(found.deleted && found.body == Body::default());
}

#[test]
fn only_messages_are_edited_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    for (change, what) in
        [(edited(3, 2, 1, "joined"), "event 2 is no message"), (deleted(3, 99), "event 99 is no")]
    {
        check_failed(store.apply(&change), what);
        store.rollback().unwrap();
    }
}

fn reacted(seq: u64, user: UserId, reaction: &str, (present, count): (bool, u32)) -> Change {
    let (target, reaction) = (Seq(3), reaction.into());
    let changed = ReactionChanged { target, reaction, present, count };
    event(LOBBY, seq, user, EventKind::ReactionChanged(changed))
}

fn reactions_found(store: &Store, user: UserId, reaction: &str) -> Reacted {
    let (room, target, present) = (LOBBY, Seq(3), true);
    let wish = MessageRequest::SetReaction { room, target, reaction: reaction.into(), present };
    let Found::Reacted { reacted, .. } = store.find_for_message(user, &wish).unwrap() else {
        panic!()
    };
    reacted
}

fn permit(head: u64) -> Permit {
    let (floor, ceiling, anchor) = (Seq(1), Seq(head), Anchor::After(Seq(0)));
    Permit { room: LOBBY, floor, ceiling, anchor, rows: 2 }
}

fn counts(page: &Page) -> Vec<(u64, String, u32)> {
    let message = |event: &RoomEvent| {
        let EventKind::Message(message) = &event.kind else { return None };
        let reactions = message.reactions.iter().map(|(text, count)| format!("{text}{count}"));
        let reactions: Vec<_> = reactions.collect();
        Some((event.seq.0, reactions.join(" "), message.thread_count))
    };
    page.events.iter().filter_map(message).collect()
}

#[test]
fn reactions_are_counted_and_listed_in_the_order_in_which_they_came() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let changes = [
        message(LOBBY, 3, ANN, "well"),
        reacted(4, BEN, "b", (true, 1)),
        reacted(5, ANN, "a", (true, 1)),
        reacted(6, ANN, "b", (true, 2)),
        message(LOBBY, 7, ANN, "and"),
    ];
    remember(&mut store, &changes);
    drop(store);
    let mut store = Store::open(folder.path()).unwrap();
    let found = |present, count, kinds| Reacted { present, count, kinds };
    assert_eq!(reactions_found(&store, ANN, "b"), found(true, 2, 2));
    assert_eq!(reactions_found(&store, BEN, "a"), found(false, 1, 2));
    assert_eq!(reactions_found(&store, BEN, "c"), found(false, 0, 2));
    let reader = store.reader().unwrap();
    let listed = reader.reactions((LOBBY, Seq(3)), (1, 2)).unwrap();
    let by: Vec<_> = listed.reactions.iter().map(|by| (&*by.reaction, by.user)).collect();
    assert_eq!((by, listed.more), (vec![("a", ANN), ("b", ANN)], false));
    let first = reader.reactions((LOBBY, Seq(3)), (0, 1)).unwrap();
    assert!(first.more && first.reactions.len() == 1);
    let permit = Permit { rows: 100, ..permit(7) };
    let all = reader.page(&permit).unwrap();
    assert_eq!(counts(&all), [(3, "b2 a1".to_owned(), 0), (7, String::new(), 0)]);

    let less = [reacted(8, BEN, "b", (false, 1)), reacted(9, ANN, "a", (false, 0))];
    remember(&mut store, &less);
    assert_eq!(reactions_found(&store, BEN, "b"), found(false, 1, 1));
    remember(&mut store, &[deleted(10, 3)]);
    assert_eq!(reactions_found(&store, ANN, "b"), found(false, 0, 0));
}

#[test]
fn a_thread_is_counted_and_read_in_pages() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let aside = |seq| {
        let said = Message::plain(message_id(seq), format!("aside {seq}"));
        let said = Message { thread: Some(Seq(3)), ..said };
        event(LOBBY, seq, ANN, EventKind::Message(said))
    };
    remember(&mut store, &[message(LOBBY, 3, ANN, "well"), aside(4), message(LOBBY, 5, ANN, "no")]);
    remember(&mut store, &[aside(6), aside(7), aside(8)]);
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let reader = store.reader().unwrap();
    let begin = reader.page(&permit(8)).unwrap();
    assert!(counts(&begin).is_empty(), "the first two events are no messages");
    let of_root = Permit { anchor: Anchor::After(Seq(2)), ..permit(8) };
    assert_eq!(counts(&reader.page(&of_root).unwrap())[0], (3, String::new(), 4));

    let seqs = |page: &Page| page.events.iter().map(|event| event.seq.0).collect::<Vec<_>>();
    let first = reader.thread(&permit(7), Seq(3)).unwrap();
    assert_eq!((seqs(&first), first.has_newer), (vec![4, 6], true));
    let then = Permit { anchor: Anchor::After(Seq(6)), ..permit(7) };
    let last = reader.thread(&then, Seq(3)).unwrap();
    assert_eq!((seqs(&last), last.has_newer), (vec![7], false), "8 is beyond the permit");
    assert!(reader.thread(&permit(7), Seq(5)).unwrap().events.is_empty());
}

#[test]
fn a_page_of_a_thread_shows_reactions_to_its_messages_and_to_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let aside = |seq| {
        let said = Message::plain(message_id(seq), "aside");
        let said = Message { thread: Some(Seq(3)), ..said };
        event(LOBBY, seq, ANN, EventKind::Message(said))
    };
    let liked = |seq, target| {
        let reaction = "+".into();
        let changed = ReactionChanged { target: Seq(target), reaction, present: true, count: 1 };
        event(LOBBY, seq, ANN, EventKind::ReactionChanged(changed))
    };
    let said = [message(LOBBY, 3, ANN, "a"), aside(4), message(LOBBY, 5, ANN, "b"), aside(6)];
    remember(&mut store, &said);
    remember(&mut store, &[liked(7, 4), liked(8, 5), liked(9, 6)]);
    let page = store.reader().unwrap().thread(&permit(9), Seq(3)).unwrap();
    assert_eq!(counts(&page), [(4, "+1".to_owned(), 0), (6, "+1".to_owned(), 0)]);
}
