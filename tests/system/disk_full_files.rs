//! A full disk while files come: who sends one is told, who talks goes on or is told, what was
//! acknowledged can be read, and once there is room uploads go on from where they were. No restart.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use harness::{Daemon, Person, Setup, until, within};
use parlor_proto::client::{Error, FileHasher, FileOf, new_client_message_id};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::v1::{self, FileInfo};

use crate::disk::Disk;

/// Filled and freed so often.
const ROUNDS: usize = 5;

/// Who sends files at once. One more talks.
const SENDERS: usize = 3;

/// Several pieces.
const CONTENT_BYTES: usize = 300_000;

/// So many files are acknowledged in each round before the disk begins to fill.
const FILES_BEFORE: usize = 10;

/// More than the disk holds, and more than are said meanwhile.
const FILES_MAX: usize = 200;
const MESSAGES_MAX: usize = 2_000;

const CONFIG: &str = "files.per_minute = \"off\"\nfiles.unsent_keep = \"4s\"\n\
    files.upload_kib_per_second = \"off\"\nfiles.download_kib_per_second = \"off\"";

/// Messages that were acknowledged, with their files.
type Sent = BTreeMap<Seq, FileInfo>;

#[tokio::test]
async fn a_full_disk_refuses_files_and_loses_none() {
    let disk = Disk::mount();
    let data = disk.path().join("data");
    let mut daemon = Daemon::with(Setup::new().data(&data).config(CONFIG)).await;
    let pid = daemon.pid();
    let talker = Person::register(&daemon.url(), "talker").await;
    let lobby = talker.create("lobby").await;
    let mut senders = Vec::new();
    for number in 0..SENDERS {
        senders.push(Person::register(&daemon.url(), &format!("sender{number}")).await);
        senders[number].join("lobby").await;
    }
    let (mut files, mut told) = (0, 0);
    for round in 0..ROUNDS {
        let count = AtomicUsize::new(0);
        let sending = senders.iter().map(|sender| until_full(sender, lobby, round, &count));
        let filling = disk.fill_after(&count, FILES_BEFORE);
        let (sent, ballast) = tokio::join!(join_all(sending), filling);
        let (sent, refused): (Vec<Sent>, Vec<String>) = sent.into_iter().unzip();
        let mut sent: Sent = sent.into_iter().flatten().collect();
        told += talk_until_full(&talker, lobby).await;
        // Also while there is no room at all.
        all_are_there(&talker, lobby, &sent).await;
        fs::remove_file(ballast).unwrap();
        for (sender, name) in senders.iter().zip(refused) {
            let content = content(&name);
            let file = until_taken(|| upload(sender, &name, &content)).await;
            let seq = until_taken(|| post(sender, lobby, &file)).await;
            sent.insert(seq, file);
        }
        all_are_there(&talker, lobby, &sent).await;
        files += sent.len();
        if round + 1 == ROUNDS {
            daemon.kill9().await;
            daemon.restart().await;
            all_are_there(&talker, lobby, &sent).await;
        } else {
            assert_eq!(daemon.pid(), pid, "no restart");
        }
        // Room for the next round: what was sent, and what has come by halves.
        for seq in sent.keys() {
            let author = senders.iter().map(|sender| sender.client.delete(lobby, *seq));
            assert_eq!(join_all(author).await.iter().filter(|done| done.is_ok()).count(), 1);
        }
        until("contents to go", || contents(&daemon).is_empty().then_some(())).await;
    }
    assert_eq!(daemon.term().await.code(), Some(0));
    report(files, told);
}

/// Sends files until the disk is full; those whose messages were acknowledged, and the name of the
/// one that was refused.
async fn until_full(
    person: &Person,
    lobby: RoomId,
    round: usize,
    count: &AtomicUsize,
) -> (Sent, String) {
    let mut sent = Sent::new();
    for number in 0..FILES_MAX {
        let name = format!("{} {round} {number}", person.name);
        let content = content(&name);
        let done = async {
            let file = upload(person, &name, &content).await?;
            Ok((post(person, lobby, &file).await?, file))
        };
        match within("an answer", done).await {
            Ok((seq, file)) => drop(sent.insert(seq, file)),
            Err(error) => {
                is_full(error);
                return (sent, name);
            }
        }
        count.fetch_add(1, Ordering::Relaxed);
    }
    panic!("the disk is never full");
}

/// Until that is refused too, or for a good while: what the database has already of the disk takes
/// some. How many were acknowledged; all of them are there.
async fn talk_until_full(talker: &Person, lobby: RoomId) -> usize {
    let mut said = Vec::new();
    for number in 0..MESSAGES_MAX {
        let text = format!("message {number}");
        let sending = talker.client.send(lobby, new_client_message_id(), text);
        match within("an answer", sending).await {
            Ok(sent) => said.push(sent.seq),
            Err(error) => {
                is_full(error);
                break;
            }
        }
    }
    let history = talker.whole_history(lobby).await;
    assert!(said.iter().all(|seq| history.iter().any(|event| event.seq == *seq)));
    said.len()
}

/// Each is read whole, by its SHA-256.
async fn all_are_there(person: &Person, room: RoomId, sent: &Sent) {
    for (seq, file) in sent {
        let from = FileOf { room, seq: *seq, file: file.clone() };
        let (mut to, begun) = (Vec::new(), (0, FileHasher::default()));
        let reading = person.client.download(&from, begun, &mut to, |_| {});
        within("a download", reading).await.unwrap_or_else(|error| panic!("{seq}: {error}"));
    }
}

/// Once there is room.
async fn until_taken<T, F: Future<Output = Result<T, Error>>>(ask: impl Fn() -> F) -> T {
    within("writing to come back", async {
        loop {
            match ask().await {
                Ok(taken) => return taken,
                Err(error) => is_full(error),
            }
        }
    })
    .await
}

async fn upload(person: &Person, name: &str, content: &[u8]) -> Result<FileInfo, Error> {
    let (hash, size) = FileHasher::of(&mut &content[..]).unwrap();
    let sha256 = hash.0.to_vec().into();
    let new = v1::BeginUploadRequest { name: name.to_owned(), size, sha256 };
    person.client.upload(new, &mut Cursor::new(content), |_| {}).await
}

async fn post(person: &Person, room: RoomId, file: &FileInfo) -> Result<Seq, Error> {
    let send = v1::SendRequest {
        room_id: room.0,
        client_message_id: new_client_message_id().0.to_vec().into(),
        file_ids: vec![file.file_id],
        ..Default::default()
    };
    Ok(Seq(person.client.send_message(send).await?.seq))
}

/// Must be the error that a full disk gives, and no other.
fn is_full(error: Error) {
    let Error::Refused(told) = error else { panic!("{error}") };
    assert_eq!(told.reason, Reason::StorageFull.as_str(), "{told:?}");
    assert!(told.retryable && told.retry_after_ms > 0, "it may work later: {told:?}");
    assert!(told.message.contains("full"), "{told:?}");
}

fn content(name: &str) -> Vec<u8> {
    name.bytes().cycle().take(CONTENT_BYTES).collect()
}

/// Whole ones and those that are coming.
fn contents(daemon: &Daemon) -> Vec<PathBuf> {
    let entries =
        |folder: PathBuf| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries(daemon.data().join("files")).flat_map(entries).collect()
}

#[expect(clippy::print_stderr, reason = "the figures are for people")]
fn report(files: usize, told: usize) {
    eprintln!(
        "{ROUNDS} rounds of a full disk: {files} files of acknowledged messages, all there; \
         {told} messages said beside a full disk"
    );
}
