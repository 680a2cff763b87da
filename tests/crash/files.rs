//! Kill -9 while files come and go: what a message that was acknowledged refers to is there, whole,
//! and what nothing refers to is gone in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use harness::{Daemon, Person, Setup, within};
use parlor_proto::client::{FileHasher, FileOf, new_client_message_id};
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::v1::{self, FileInfo};
use tokio::sync::watch;
use tokio::task::JoinSet;

const SENDERS: u8 = 3;

/// Several pieces, and not a whole number of them.
const CONTENT_BYTES: usize = 200_001;

/// Every third message is deleted again.
const DELETED_EVERY: u64 = 3;

/// A message that was acknowledged, and what it has.
type Sent = BTreeMap<Seq, FileInfo>;

#[tokio::test]
async fn no_acknowledged_message_refers_to_a_file_that_is_not_there() {
    let cycles = std::env::var("CYCLES").map_or(super::CYCLES, |text| text.parse().unwrap());
    let limits = "files.per_minute = \"off\"\nfiles.unsent_keep = \"2s\"";
    let mut daemon = Daemon::with(Setup::new().config(limits)).await;
    let owner = Person::register(&daemon.url(), "owner").await;
    let room = owner.create("lobby").await;
    let (counted, mut count) = watch::channel(0_u64);
    let counted = Arc::new(counted);
    let (over, is_over) = watch::channel(false);
    let mut senders = JoinSet::new();
    for number in 0..SENDERS {
        let person = Person::register(&daemon.url(), &format!("sender-{number}")).await;
        person.join("lobby").await;
        let counted = Arc::clone(&counted);
        senders.spawn(send_on(person, room, number, (counted, is_over.clone())));
    }
    for _ in 0..cycles {
        let before = *count.borrow();
        within("messages", count.wait_for(|now| *now > before + 2)).await.unwrap();
        daemon.kill9().await;
        daemon.restart().await;
    }
    over.send_replace(true);
    let mut sent = Sent::new();
    while let Some(done) = senders.join_next().await {
        sent.extend(done.unwrap());
    }
    for (seq, file) in &sent {
        let from = FileOf { room, seq: *seq, file: file.clone() };
        let mut to = Vec::new();
        let begun = (0, FileHasher::default());
        let fetched = within("a download", owner.client.download(&from, begun, &mut to, |_| {}));
        fetched.await.unwrap_or_else(|error| panic!("{seq}: {error}"));
    }
    let wanted: BTreeSet<String> = sent.values().map(|file| hex(&file.sha256)).collect();
    let settled = async {
        while contents(&daemon) != wanted {
            tokio::task::yield_now().await;
        }
    };
    within("everything else to go", settled).await;
}

/// Gives the messages that were acknowledged and not deleted.
async fn send_on(
    person: Person,
    room: RoomId,
    number: u8,
    (counted, over): (Arc<watch::Sender<u64>>, watch::Receiver<bool>),
) -> Sent {
    let mut sent = Sent::new();
    for round in 0_u64.. {
        if *over.borrow() {
            break;
        }
        let mut content = vec![number; CONTENT_BYTES];
        content[..8].copy_from_slice(&round.to_be_bytes());
        let (hash, size) = FileHasher::of(&mut &content[..]).unwrap();
        let sha256 = hash.0.to_vec().into();
        let new = v1::BeginUploadRequest { name: format!("{round}.bin"), size, sha256 };
        let file = person.client.upload(new, &mut Cursor::new(&content), |_| {}).await.unwrap();
        let send = v1::SendRequest {
            room_id: room.0,
            client_message_id: new_client_message_id().0.to_vec().into(),
            file_ids: vec![file.file_id],
            ..Default::default()
        };
        let seq = Seq(person.client.send_message(send).await.unwrap().seq);
        if round % DELETED_EVERY == 0 {
            person.client.delete(room, seq).await.unwrap();
        } else {
            sent.insert(seq, file);
        }
        counted.send_modify(|count| *count += 1);
    }
    sent
}

/// Whole contents, by their SHA-256, and whatever else lies there.
fn contents(daemon: &Daemon) -> BTreeSet<String> {
    let folder = daemon.data().join("files");
    let names = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    let shelves = names(&folder).into_iter();
    shelves
        .flat_map(|shelf| {
            names(&folder.join(&shelf)).into_iter().map(move |rest| format!("{shelf}{rest}"))
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
