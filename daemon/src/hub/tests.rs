//! What becomes of a batch: which parcels, in which order.

use std::sync::Arc;

use parlor_proto::name::Name;

use super::*;
use crate::chat::{Anchor, EventKind, Message, Permit, Stamp};

const ANN: ConnId = ConnId(256);
const LOBBY: RoomId = RoomId(1);
const KITCHEN: RoomId = RoomId(2);

fn said(room: RoomId, seq: u64) -> Notice {
    said_at_length(room, seq, 2)
}

fn said_at_length(room: RoomId, seq: u64, text_bytes: usize) -> Notice {
    let id = parlor_proto::ids::ClientMessageId([7; 16]);
    let kind = EventKind::Message(Message::plain(id, "x".repeat(text_bytes)));
    let actor_name = Name::parse("ann").unwrap();
    let (seq, at, actor) = (Seq(seq), Stamp(0), UserId(1));
    Notice::Event(Arc::new(RoomEvent { room, seq, at, actor, actor_name, nth: seq.0, kind }))
}

fn acked(seq: u64) -> Notice {
    let answer = Answer::Message(MessageAnswer::Sent {
        room: RoomId(1),
        seq: Seq(seq),
        at: Stamp(0),
        duplicate: false,
    });
    Notice::Answer { conn: ANN, id: RequestId(9), answer }
}

fn done() -> Notice {
    Notice::Answer { conn: ANN, id: RequestId(9), answer: Answer::Done }
}

fn subscribed(next: u64) -> Notice {
    Notice::Subscribed { conn: ANN, room: LOBBY, next: Seq(next), head: Seq(next - 1) }
}

#[track_caller]
fn check(notices: Vec<Notice>, expect: &str) {
    let (mailboxes, mut ends) = Mailboxes::new(1);
    let mut hub = Hub::new(mailboxes, readers::bare(1).0, Searching::default());
    hub.deliver(notices, Duration::ZERO);
    let parcel = ends[0].try_recv().unwrap();
    let told: Vec<_> = parcel.deliveries.iter().map(told).collect();
    assert_eq!(told.join(", "), expect);
    assert!(ends[0].try_recv().is_err(), "one parcel for one batch");
}

fn told(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Events { room, run } => format!("#{room}: {} to {}", run.first(), run.last()),
        Delivery::Frame { answers: true, .. } => "answer".to_owned(),
        Delivery::Subscribed { .. } => "subscribed".to_owned(),
        Delivery::Unsubscribed { .. } => "unsubscribed".to_owned(),
        Delivery::Frame { .. }
        | Delivery::Piece { .. }
        | Delivery::Offered { .. }
        | Delivery::Found { .. }
        | Delivery::Lost { .. }
        | Delivery::Changed { .. }
        | Delivery::Passing { .. }
        | Delivery::News { .. }
        | Delivery::Presence { .. }
        | Delivery::MorePresence { .. }
        | Delivery::Attached { .. }
        | Delivery::Synced { .. }
        | Delivery::Trimmed { .. }
        | Delivery::Ask { .. }
        | Delivery::Close { .. }
        | Delivery::CaughtUp { .. } => format!("{delivery:?}"),
    }
}

#[test]
fn what_a_room_says_in_one_batch_is_one_run() {
    check(
        vec![said(LOBBY, 4), acked(4), said(KITCHEN, 1), said(LOBBY, 5), acked(5)],
        "answer, answer, #1: 4 to 5, #2: 1 to 1",
    );
}

#[test]
fn nothing_is_moved_across_what_changes_who_hears_it() {
    let leaves = Notice::Unsubscribed { conn: ANN, room: LOBBY };
    check(
        vec![said(LOBBY, 4), subscribed(5), said(LOBBY, 5), said(LOBBY, 6), leaves, done()],
        "#1: 4 to 4, subscribed, #1: 5 to 6, unsubscribed, answer",
    );
    check(vec![said(LOBBY, 4), done(), said(LOBBY, 5)], "#1: 4 to 4, answer, #1: 5 to 5");
}

#[test]
fn what_is_outdated_is_forgotten_after_what_says_so_and_splits_no_run() {
    let outdated = Notice::Changed { room: LOBBY, seq: Seq(2) };
    check(
        vec![said(LOBBY, 4), outdated, said(LOBBY, 5), acked(5)],
        "answer, #1: 4 to 5, Changed { room: RoomId(1), seq: Seq(2) }",
    );
}

#[test]
fn a_run_has_a_limit() {
    let long = (1..=8).map(|seq| said_at_length(LOBBY, seq, 6_000));
    check(long.collect(), "#1: 1 to 6, #1: 7 to 8");
}

#[test]
fn a_page_that_finds_the_readers_busy_is_refused_for_now() {
    let (mailboxes, mut ends) = Mailboxes::new(1);
    let (readers, reads) = readers::bare(1);
    let mut hub = Hub::new(mailboxes, readers, Searching::default());
    let page = |id| {
        let (room, floor, ceiling) = (LOBBY, Seq(1), Seq(9));
        let permit = Permit { room, floor, ceiling, anchor: Anchor::Before(None), rows: 10 };
        Notice::Page { conn: ANN, id: RequestId(id), permit }
    };
    hub.deliver(vec![page(1), page(2)], Duration::ZERO);
    let Ok(Read::Page { asked, .. }) = reads.try_recv() else { panic!("the first is read") };
    assert_eq!(asked.id, RequestId(1));
    let parcel = ends[0].try_recv().unwrap();
    let [Delivery::Frame { bytes, answers: true, .. }] = &*parcel.deliveries else {
        panic!("{parcel:?}")
    };
    let message = "too many pages are waiting to be read";
    let denial = Denial { retry_after: READ_RETRY, ..Denial::new(Reason::Overloaded, message) };
    assert_eq!(*bytes, encode::error(RequestId(2), &denial));
}
