//! Files: up, down, over cuts and kills, and gone when nobody may have them any more.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use harness::{
    Cut, Daemon, Door, Person, Proxy, Setup, World, behind_all_doors, behind_both_doors, within,
};
use parlor_proto::client::{FileHasher, FileOf, ServerUrl, new_client_message_id};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, Seq, UploadId};
use parlor_proto::v1::client_frame::Body;
use parlor_proto::v1::history_request::Anchor;
use parlor_proto::v1::{self, FileInfo, room_event::Kind};

behind_all_doors! {
    a_file_goes_up_and_down_however_often_it_is_cut;
}

behind_both_doors! {
    an_upload_goes_on_after_the_daemon_was_killed;
    what_is_not_as_it_was_told_or_not_allowed_is_refused;
    who_may_not_read_the_message_may_not_read_its_files;
    what_nobody_needs_is_gone_from_the_disk;
}

/// Bytes that no compression makes smaller.
fn content(size: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..size).map(|_| next()).collect()
}

fn described(name: &str, content: &[u8]) -> v1::BeginUploadRequest {
    let (hash, size) = FileHasher::of(&mut &content[..]).unwrap();
    v1::BeginUploadRequest { name: name.into(), size, sha256: hash.0.to_vec().into() }
}

async fn upload(person: &Person, name: &str, content: &[u8]) -> FileInfo {
    let new = described(name, content);
    let mut from = Cursor::new(content);
    let sent = person.client.upload(new, &mut from, |_| {});
    within("an upload", sent).await.unwrap()
}

async fn post(person: &Person, room: RoomId, files: &[&FileInfo]) -> Seq {
    let send = v1::SendRequest {
        room_id: room.0,
        client_message_id: new_client_message_id().0.to_vec().into(),
        file_ids: files.iter().map(|file| file.file_id).collect(),
        ..Default::default()
    };
    Seq(within("an acknowledgement", person.client.send_message(send)).await.unwrap().seq)
}

async fn files_of(person: &Person, room: RoomId, seq: Seq) -> Vec<FileInfo> {
    let page = person.client.history(room, Anchor::AfterSeq(seq.0 - 1), 1).await.unwrap();
    match page.events[0].kind.clone() {
        Some(Kind::Message(message)) => message.files,
        kind => panic!("{kind:?}"),
    }
}

async fn download(person: &Person, from: &FileOf) -> Vec<u8> {
    let mut to = Vec::new();
    let begun = (0, FileHasher::default());
    within("a download", person.client.download(from, begun, &mut to, |_| {})).await.unwrap();
    to
}

/// Where the contents are, whole ones and those that are coming.
fn on_disk(daemon: &Daemon) -> Vec<PathBuf> {
    fn all(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { all(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    all(&daemon.data().join("files"), &mut found);
    found
}

/// Contents go a moment after the last message that had them.
async fn are_left(daemon: &Daemon, count: usize) {
    let gone = async {
        while on_disk(daemon).len() != count {
            tokio::task::yield_now().await;
        }
    };
    within("contents to go", gone).await;
}

async fn refused(person: &Person, body: Body) -> Option<Reason> {
    person.client.request(body).await.err().and_then(|error| error.reason())
}

async fn a_file_goes_up_and_down_however_often_it_is_cut(door: Door) {
    let world = World::start(door).await;
    let url = world.url();
    let proxy = Proxy::to(url.authority().parse().unwrap()).await;
    let through = ServerUrl { port: proxy.address().port(), ..url };
    let ann = Person::register(&through, "ann").await;
    let lobby = ann.create("lobby").await;
    let sent = content(1_000_000, 1);
    proxy.cut(Cut::AfterToServer(400_000));
    let file = upload(&ann, "noise.bin", &sent).await;
    proxy.has_cut(1).await;
    assert_eq!((file.name.as_str(), file.size), ("noise.bin", 1_000_000));
    proxy.cut(Cut::Never);
    let seq = post(&ann, lobby, &[&file]).await;
    assert_eq!(files_of(&ann, lobby, seq).await, std::slice::from_ref(&file));

    let bob = Person::register(&through, "bob").await;
    bob.join("lobby").await;
    proxy.cut(Cut::AfterToClient(400_000));
    let from = FileOf { room: lobby, seq, file };
    assert!(download(&bob, &from).await == sent);
    proxy.has_cut(2).await;
    proxy.cut(Cut::Never);

    // Who may read it need not send it again, and who has it need not either.
    let before = on_disk(&world.daemon);
    let again = upload(&bob, "mine.bin", &sent).await;
    assert_ne!(again.file_id, from.file.file_id);
    assert_eq!(on_disk(&world.daemon), before);
    let listed = bob.client.list_uploads().await.unwrap();
    assert_eq!((listed.uploads.len(), listed.used_bytes), (0, 1_000_000));
}

async fn an_upload_goes_on_after_the_daemon_was_killed(door: Door) {
    let mut world = World::start(door).await;
    let ann = Person::register(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let sent = content(100_000, 2);
    let begun = ann.client.begin_upload(described("noise.bin", &sent)).await.unwrap();
    let piece = |offset: usize, length: usize| {
        Body::WriteUpload(v1::WriteUploadRequest {
            upload_id: begun.upload_id,
            offset: offset as u64,
            data: sent[offset..offset + length].to_vec().into(),
        })
    };
    ann.client.request(piece(0, 32_768)).await.unwrap();
    ann.client.request(piece(32_768, 32_768)).await.unwrap();
    assert_eq!(refused(&ann, piece(90_000, 9)).await, Some(Reason::WrongOffset));
    ann.client.request(piece(32_768, 32_768)).await.unwrap();
    world.daemon.kill9().await;
    world.daemon.restart().await;

    let again =
        within("the daemon to be back", ann.client.begin_upload(described("noise.bin", &sent)));
    let again = again.await.unwrap();
    assert_eq!((again.upload_id, again.received), (begun.upload_id, 65_536));
    let finish = Body::FinishUpload(v1::FinishUploadRequest { upload_id: begun.upload_id });
    assert_eq!(refused(&ann, finish).await, Some(Reason::UploadIncomplete));
    let file = upload(&ann, "noise.bin", &sent).await;
    let seq = post(&ann, lobby, &[&file]).await;
    world.daemon.kill9().await;
    world.daemon.restart().await;
    let from = FileOf { room: lobby, seq, file };
    assert!(download(&ann, &from).await == sent, "what was acknowledged is there");
}

async fn what_is_not_as_it_was_told_or_not_allowed_is_refused(door: Door) {
    let setup = Setup::new().config(
        "files.per_file = \"100KiB\"\nfiles.per_user = \"150KiB\"\nfiles.uploads_per_user = 2",
    );
    let world = World::with(door, setup).await;
    let ann = Person::register(&world.url(), "ann").await;
    let begin = |name: &str, size: u64, first: u8| {
        let sha256 = [vec![first], vec![0; 31]].concat().into();
        Body::BeginUpload(v1::BeginUploadRequest { name: name.into(), size, sha256 })
    };
    assert_eq!(refused(&ann, begin("a", 102_401, 1)).await, Some(Reason::FileTooLarge));
    let wrong = v1::BeginUploadRequest { sha256: vec![7; 32].into(), ..described("a", b"hello") };
    let sent = ann.client.upload(wrong.clone(), &mut Cursor::new(b"hello"), |_| {}).await;
    assert_eq!(sent.unwrap_err().reason(), Some(Reason::WrongHash));
    assert!(on_disk(&world.daemon).is_empty(), "nothing of it is left");

    ann.client.request(begin("a", 100_000, 1)).await.unwrap();
    assert_eq!(refused(&ann, begin("b", 60_000, 2)).await, Some(Reason::QuotaExceeded));
    ann.client.request(begin("b", 1, 2)).await.unwrap();
    assert_eq!(refused(&ann, begin("c", 1, 3)).await, Some(Reason::LimitExceeded));
    let uploads = ann.client.list_uploads().await.unwrap();
    assert_eq!(uploads.uploads.len(), 2);
    let first = UploadId(uploads.uploads[0].upload_id);
    let bob = Person::register(&world.url(), "bob").await;
    assert_eq!(
        bob.client.cancel_upload(first).await.unwrap_err().reason(),
        Some(Reason::UploadNotFound)
    );
    ann.client.cancel_upload(first).await.unwrap();
    assert_eq!(
        ann.client.get_upload(first).await.unwrap_err().reason(),
        Some(Reason::UploadNotFound)
    );
}

async fn who_may_not_read_the_message_may_not_read_its_files(door: Door) {
    let world = World::start(door).await;
    let ann = Person::register(&world.url(), "ann").await;
    let bob = Person::register(&world.url(), "bob").await;
    let lobby = ann.create("lobby").await;
    let file = upload(&ann, "notes.txt", b"hello").await;
    assert_eq!(file.media_type, "text/plain");
    let other = upload(&ann, "other.txt", b"other").await;
    let seq = post(&ann, lobby, &[&file]).await;
    let read = |seq: Seq, file: &FileInfo| {
        let (room_id, seq, file_id) = (lobby.0, seq.0, file.file_id);
        Body::ReadFile(v1::ReadFileRequest { room_id, seq, file_id, offset: 0, length: 0 })
    };
    assert_eq!(refused(&bob, read(seq, &file)).await, Some(Reason::NotAMember));
    bob.join("lobby").await;
    let from = FileOf { room: lobby, seq, file: file.clone() };
    assert_eq!(download(&bob, &from).await, b"hello");
    assert_eq!(refused(&bob, read(seq, &other)).await, Some(Reason::FileNotFound));
    assert_eq!(refused(&bob, read(Seq(1), &file)).await, Some(Reason::MessageNotFound));
    // Nobody sends what is somebody else's.
    let send = v1::SendRequest {
        room_id: lobby.0,
        client_message_id: vec![7; 16].into(),
        file_ids: vec![file.file_id],
        ..Default::default()
    };
    assert_eq!(refused(&bob, Body::Send(send)).await, Some(Reason::FileNotFound));
    let removed = v1::RemoveMemberRequest { room_id: lobby.0, user_id: bob.user_id() };
    ann.client.request(Body::RemoveMember(removed)).await.unwrap();
    assert_eq!(refused(&bob, read(seq, &file)).await, Some(Reason::NotAMember));
    ann.client.delete(lobby, seq).await.unwrap();
    assert_eq!(refused(&ann, read(seq, &file)).await, Some(Reason::MessageNotFound));
    assert_eq!(files_of(&ann, lobby, seq).await, []);
}

async fn what_nobody_needs_is_gone_from_the_disk(door: Door) {
    let setup = Setup::new().config("files.unsent_keep = \"500ms\"");
    let mut world = World::with(door, setup).await;
    let ann = Person::register(&world.url(), "ann").await;
    let lobby = ann.create("lobby").await;
    let file = upload(&ann, "notes.txt", b"hello").await;
    let (one, two) = (post(&ann, lobby, &[&file]).await, post(&ann, lobby, &[&file]).await);
    upload(&ann, "never sent.txt", b"never sent").await;
    let coming = described("never finished", b"xx");
    let begun = ann.client.begin_upload(coming).await.unwrap();
    let data = vec![b'x'].into();
    let write = v1::WriteUploadRequest { upload_id: begun.upload_id, offset: 0, data };
    ann.client.request(Body::WriteUpload(write)).await.unwrap();
    are_left(&world.daemon, 1).await;
    ann.client.delete(lobby, one).await.unwrap();
    let from = FileOf { room: lobby, seq: two, file: file.clone() };
    assert_eq!(download(&ann, &from).await, b"hello", "another message has it");
    ann.client.delete(lobby, two).await.unwrap();
    are_left(&world.daemon, 0).await;
    assert_eq!(ann.client.list_uploads().await.unwrap().used_bytes, 0);

    // What a kill has left behind goes at the next start.
    let orphan = world.daemon.data().join("files/ab").join("c".repeat(62));
    world.daemon.kill9().await;
    std::fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    std::fs::write(&orphan, "nobody's").unwrap();
    std::fs::write(world.daemon.data().join("files/coming/77"), "nobody's").unwrap();
    world.daemon.restart().await;
    are_left(&world.daemon, 0).await;
}
