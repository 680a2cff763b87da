//! Who is put out of a room, and whose message is deleted, reads nothing more of its files: rounds
//! of kick, ban, leave and deletion while pieces are being read. `ROUNDS` says how many.
//!
//! What is read of a file is the same before and after. So when it is acknowledged that it may not
//! be read any more, the test puts something else in its place on the disk: whoever is told any of
//! that is told too much.

use std::fs::File;
use std::io::Cursor;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use harness::{Daemon, Door, Person, Setup, World, behind_both_doors, within};
use parlor_proto::client::{FileHasher, new_client_message_id};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{FileId, RoomId, Seq, UserId};
use parlor_proto::v1::{self, FileInfo};
use tokio::sync::watch;
use tokio::task::JoinSet;

behind_both_doors! {
    nothing_is_read_of_a_file_after_a_removal;
}

const PIECE: u32 = 32 * 1024;
const PIECES: u64 = 16;

/// What is never in a file as it was sent, and in all of it afterwards.
const TOO_MUCH: u8 = 0xff;

/// Rounds that nobody asked for more of.
const ROUNDS: u64 = 12;

/// So many pieces are read in each before it ends.
const READ_BEFORE: u64 = 20;

/// Who reads, over how many connections, so many pieces at once on each.
const READS_AT_ONCE: u64 = 3;

type Place = (RoomId, Seq, FileId);

async fn nothing_is_read_of_a_file_after_a_removal(door: Door) {
    let rounds = std::env::var("ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let off = ["per_minute", "upload_kib_per_second", "download_kib_per_second"];
    let config = off.map(|limit| format!("files.{limit} = \"off\"")).join("\n");
    let world = World::with(door, Setup::new().config(&config)).await;
    let ann = Person::register(&world.url(), "ann").await;
    let eve = Arc::new(Person::register(&world.url(), "eve").await);
    let other = Arc::new(Person::resume(&world.url(), eve.token()).await.unwrap());
    let lobby = ann.create("lobby").await;
    // Another message has the same files, so that they stay where they are.
    let den = ann.create("den").await;
    let mut read = 0;
    for round in 0..rounds {
        eve.join("lobby").await;
        let file = upload(&ann, round).await;
        let place = (lobby, post(&ann, lobby, &file).await, FileId(file.file_id));
        let kept = post(&ann, den, &file).await;
        let (counted, mut count) = watch::channel(0_u64);
        let counted = Arc::new(counted);
        let mut races = JoinSet::new();
        for person in [&eve, &other] {
            for first in 0..READS_AT_ONCE {
                let (person, counted) = (Arc::clone(person), Arc::clone(&counted));
                races.spawn(async move { read_on(&person, place, first, &counted).await });
            }
        }
        within("pieces", count.wait_for(|count| *count >= READ_BEFORE)).await.unwrap();
        remove(&ann, &eve, place, round).await;
        overwrite(&world.daemon, &file);
        while let Some(race) = within("a refusal", races.join_next()).await {
            race.unwrap();
        }
        read += *count.borrow();
        if round % 4 == 1 {
            ann.client.unban_member(lobby, UserId(eve.user_id())).await.unwrap();
        }
        ann.client.delete(den, kept).await.unwrap();
    }
    tell(rounds, read);
}

#[expect(clippy::print_stderr, reason = "the number is for the record")]
fn tell(rounds: u64, read: u64) {
    eprintln!("{rounds} rounds, {read} pieces read, none too many");
}

/// Reads until that is refused.
async fn read_on(person: &Person, place: Place, first: u64, counted: &watch::Sender<u64>) {
    for number in first.. {
        let offset = number % PIECES * u64::from(PIECE);
        let reading = person.client.read_file(place, offset, PIECE);
        match within("a piece or a refusal", reading).await {
            Ok(data) => {
                assert!(!data.contains(&TOO_MUCH), "{} has read too much: {place:?}", person.name);
                counted.send_modify(|count| *count += 1);
            }
            Err(error) => match error.reason() {
                Some(Reason::NotAMember | Reason::RoomNotFound | Reason::MessageNotFound) => return,
                Some(Reason::Overloaded) => {}
                _ => panic!("{error}"),
            },
        }
    }
}

/// One of four ways. When it is answered nothing more may be read.
async fn remove(ann: &Person, eve: &Person, (room, seq, _): Place, round: u64) {
    let user = UserId(eve.user_id());
    match round % 4 {
        0 => drop(ann.client.remove_member(room, user).await.unwrap()),
        1 => drop(ann.client.ban_member(room, user, "", 0).await.unwrap()),
        2 => eve.client.leave_room(room).await.unwrap(),
        _ => drop(ann.client.delete(room, seq).await.unwrap()),
    }
}

async fn upload(ann: &Person, round: u64) -> FileInfo {
    let mut content = vec![0; usize::try_from(PIECES * u64::from(PIECE)).unwrap()];
    content[..8].copy_from_slice(&round.to_le_bytes());
    let (hash, size) = FileHasher::of(&mut &content[..]).unwrap();
    let sha256 = hash.0.to_vec().into();
    let new = v1::BeginUploadRequest { name: "zeros".into(), size, sha256 };
    let mut from = Cursor::new(&content);
    within("an upload", ann.client.upload(new, &mut from, |_| {})).await.unwrap()
}

async fn post(ann: &Person, room: RoomId, file: &FileInfo) -> Seq {
    let send = v1::SendRequest {
        room_id: room.0,
        client_message_id: new_client_message_id().0.to_vec().into(),
        file_ids: vec![file.file_id],
        ..Default::default()
    };
    Seq(within("an acknowledgement", ann.client.send_message(send)).await.unwrap().seq)
}

/// In place, as whoever has it open reads it.
fn overwrite(daemon: &Daemon, file: &FileInfo) {
    let hash: String = file.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    let path: PathBuf = daemon.data().join("files").join(&hash[..2]).join(&hash[2..]);
    let content = File::options().write(true).open(path).unwrap();
    let length = usize::try_from(file.size).unwrap();
    content.write_all_at(&vec![TOO_MUCH; length], 0).unwrap();
}
