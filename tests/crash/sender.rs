//! Somebody who sends files and deletes them again, in all the ways there are, while the daemon
//! is killed; and what all of them together write down.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use harness::Person;
use parlor_proto::client::{Error, FileHasher, new_client_message_id};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::v1::client_frame::Body;
use parlor_proto::v1::{self, FileInfo};
use tokio::sync::watch;

/// Several pieces, and not a whole number of them.
const CONTENT_BYTES: usize = 200_001;

/// Messages that a sender leaves alone; older ones are deleted.
const KEPT_MAX: usize = 5;

/// Contents that all of them send again and again, so that one may be wanted by some and
/// needless for others in the same moment.
const SHARED: u64 = 2;

/// What the senders have done, and are to do. Shared.
#[derive(Debug, Default)]
pub(crate) struct Board {
    notes: Mutex<Notes>,
    steps: watch::Sender<u64>,
    order: watch::Sender<Order>,
    resting: watch::Sender<u8>,
}

#[derive(Debug, Default)]
struct Notes {
    /// Acknowledged, and nobody has asked to delete it.
    kept: BTreeMap<Seq, FileInfo>,
    /// Somebody has asked to delete it.
    going: BTreeSet<Seq>,
    sent: usize,
    /// Uploads that were begun or finished and never sent.
    left: usize,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Order {
    #[default]
    GoOn,
    Rest,
    End,
}

/// Something is in the way that has nothing to do with what is looked for: begin again.
struct Again;

impl Board {
    /// Waits until so many steps more have been made.
    pub(crate) async fn steps(&self, count: u64) {
        let mut steps = self.steps.subscribe();
        let wanted = *steps.borrow() + count;
        steps.wait_for(|steps| *steps >= wanted).await.unwrap();
    }

    /// Waits until nobody does anything.
    pub(crate) async fn rest(&self, senders: u8) {
        self.order.send_replace(Order::Rest);
        self.resting.subscribe().wait_for(|resting| *resting == senders).await.unwrap();
    }

    pub(crate) fn go_on(&self) {
        self.order.send_replace(Order::GoOn);
    }

    pub(crate) fn end(&self) {
        self.order.send_replace(Order::End);
    }

    pub(crate) fn kept(&self) -> BTreeMap<Seq, FileInfo> {
        self.note(|notes| notes.kept.clone())
    }

    pub(crate) fn is_going(&self, seq: Seq) -> bool {
        self.note(|notes| notes.going.contains(&seq))
    }

    /// Messages that were acknowledged and deleted; and uploads of which nothing became.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        self.note(|notes| (notes.sent, notes.going.len(), notes.left))
    }

    fn step(&self) {
        self.steps.send_modify(|steps| *steps += 1);
    }

    fn note<T>(&self, take: impl FnOnce(&mut Notes) -> T) -> T {
        take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Until it is to end.
pub(crate) async fn run(person: Person, room: RoomId, number: u8, board: Arc<Board>) {
    let mut order = board.order.subscribe();
    let mut kept = Vec::new();
    for round in 0_u64.. {
        if *order.borrow() == Order::Rest {
            board.resting.send_modify(|resting| *resting += 1);
            order.wait_for(|order| *order != Order::Rest).await.unwrap();
            board.resting.send_modify(|resting| *resting -= 1);
        }
        if *order.borrow() == Order::End {
            return;
        }
        if let Ok(Some(seq)) = send(&person, (room, number), round, &board).await {
            kept.push(seq);
        }
        while kept.len() > KEPT_MAX {
            // Neither always the oldest nor always the newest.
            let index = usize::try_from(round).unwrap() % kept.len();
            delete(&person, room, kept.swap_remove(index), &board).await;
        }
    }
}

/// One file: sent, or begun and left, or finished and left.
async fn send(
    person: &Person,
    (room, number): (RoomId, u8),
    round: u64,
    board: &Board,
) -> Result<Option<Seq>, Again> {
    let content = content(number, round);
    let (hash, size) = FileHasher::of(&mut &content[..]).unwrap();
    let sha256 = hash.0.to_vec().into();
    let new = v1::BeginUploadRequest { name: format!("{round}.bin"), size, sha256 };
    if round % 7 == 6 {
        let begun = expect(person.client.begin_upload(new).await)?;
        if begun.file.is_some() {
            return Ok(None); // It is there already.
        }
        let data = content[..CONTENT_BYTES / 9].to_vec().into();
        let write = v1::WriteUploadRequest { upload_id: begun.upload_id, offset: 0, data };
        expect(person.client.request(Body::WriteUpload(write)).await)?;
        board.note(|notes| notes.left += 1);
        board.step();
        return Ok(None);
    }
    let mut from = Cursor::new(&content);
    let file = expect(person.client.upload(new, &mut from, |_| board.step()).await)?;
    board.step();
    if round % 7 == 3 {
        board.note(|notes| notes.left += 1);
        return Ok(None);
    }
    let send = v1::SendRequest {
        room_id: room.0,
        client_message_id: new_client_message_id().0.to_vec().into(),
        file_ids: vec![file.file_id],
        ..Default::default()
    };
    let seq = Seq(expect(person.client.send_message(send).await)?.seq);
    board.note(|notes| {
        notes.kept.insert(seq, file);
        notes.sent += 1;
    });
    board.step();
    Ok(Some(seq))
}

async fn delete(person: &Person, room: RoomId, seq: Seq, board: &Board) {
    board.note(|notes| {
        notes.kept.remove(&seq);
        notes.going.insert(seq);
    });
    person.client.delete(room, seq).await.unwrap();
    board.step();
}

/// A daemon that was away for long may have forgotten what nobody has sent meanwhile; and who
/// leaves too many uploads behind is told so until they are forgotten.
fn expect<T>(answer: Result<T, Error>) -> Result<T, Again> {
    answer.map_err(|error| match error.reason() {
        Some(Reason::UploadNotFound | Reason::FileNotFound | Reason::LimitExceeded) => Again,
        _ => panic!("{error}"),
    })
}

/// Every other one is one that others send too.
fn content(number: u8, round: u64) -> Vec<u8> {
    let (first, number) =
        if round.is_multiple_of(2) { (round, number) } else { (round / 8 % SHARED, 255) };
    let mut content = vec![number; CONTENT_BYTES];
    content[..8].copy_from_slice(&first.to_be_bytes());
    content
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
