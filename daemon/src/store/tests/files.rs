//! Files and uploads: rows that outlive a restart, and contents that go with the last row.

use parlor_proto::ids::{FileHash, FileId, UploadId};

use super::*;
use crate::chat::{
    FileChange, FileFacts, FileFound, FileRequest, Found, NewFile, Part, RoomChange, SameContent,
    Span,
};
use crate::store::{Contents, compact};

const HASH: FileHash = FileHash([0xab; 32]);

fn facts(file: u64) -> FileFacts {
    let (name, media_type) = ("notes.txt".into(), "text/plain".into());
    FileFacts { file: FileId(file), name, size: 5, media_type, hash: HASH }
}

fn new() -> NewFile {
    NewFile { name: "notes.txt".into(), size: 5, hash: HASH }
}

fn begun(upload: u64) -> Change {
    let (upload, user, at) = (UploadId(upload), ANN, Stamp(30));
    Change::File(FileChange::UploadBegun { upload, user, new: new(), at })
}

fn added(file: u64) -> Change {
    Change::File(FileChange::Added { owner: ANN, facts: facts(file), at: Stamp(40) })
}

fn sent(seq: u64, file: u64) -> Change {
    let message = Message::plain(message_id(seq), "");
    event(LOBBY, seq, ANN, EventKind::Message(Message { files: [facts(file)].into(), ..message }))
}

fn deleted(seq: u64, target: u64) -> Change {
    event(LOBBY, seq, ANN, EventKind::MessageDeleted { target: Seq(target) })
}

fn same(store: &Store, user: UserId, spans: &[Span]) -> SameContent {
    let wish = FileRequest::Begin(new());
    let found = store.find_for_file(user, &wish, || spans.to_vec()).unwrap();
    let Found::File(FileFound::Same(same)) = found else { panic!("{found:?}") };
    same
}

fn in_message(store: &Store, seq: u64, file: u64) -> Option<FileId> {
    let part = Part { offset: 0, length: 1 };
    let (seq, file) = (Seq(seq), FileId(file));
    let wish = FileRequest::Read { room: LOBBY, seq, file, part };
    let found = store.find_for_file(BEN, &wish, Vec::new).unwrap();
    let Found::File(FileFound::InMessage(facts)) = found else { return None };
    Some(facts.file)
}

fn loose(store: &Store, before: i64) -> Vec<u64> {
    let loose = store.loose_files(Stamp(before), 10).unwrap();
    loose.iter().map(|loose| loose.file.0).collect()
}

#[test]
fn uploads_and_files_come_back_and_numbers_are_given_out_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    remember(&mut store, &[begun(1), begun(2), added(1), added(2)]);
    let ended = |upload| Change::File(FileChange::UploadEnded { upload: UploadId(upload) });
    remember(&mut store, &[ended(2), Change::File(FileChange::Removed { file: FileId(2) })]);
    drop(store);
    let files = Store::open(folder.path()).unwrap().replay().unwrap().files;
    let [upload] = &*files.uploads else { panic!("{files:?}") };
    assert_eq!((upload.upload, upload.user, &upload.new), (UploadId(1), ANN, &new()));
    assert_eq!((files.last_upload, files.last_file), (UploadId(2), FileId(2)));
    assert_eq!(files.used, [(ANN, 4096)], "the smallest counts as a block");
}

#[test]
fn a_file_is_loose_until_it_is_in_a_message_and_again_when_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    remember(&mut store, &[added(1), added(2)]);
    assert_eq!(loose(&store, 39), [0; 0]);
    assert_eq!(loose(&store, 40), [1, 2]);
    remember(&mut store, &[sent(3, 1), sent(4, 1)]);
    assert_eq!(loose(&store, 40), [2]);
    remember(&mut store, &[deleted(5, 3)]);
    assert_eq!(loose(&store, 0), [0; 0]);
    drop(store);
    let mut store = Store::open(folder.path()).unwrap();
    store.replay().unwrap();
    assert_eq!((in_message(&store, 3, 1), in_message(&store, 4, 1)), (None, Some(FileId(1))));
    assert_eq!(in_message(&store, 4, 2), Some(FileId(1)), "the one that it has");
    let first = Seq(5);
    remember(
        &mut store,
        &[Change::Room(RoomChange::Trimmed {
            room: LOBBY,
            from: Seq(1),
            first,
            edits: Vec::new(),
        })],
    );
    assert_eq!(loose(&store, 0), [1], "also when the message has gone by its age");
    let page = all_events(&store, LOBBY);
    assert_eq!(page.len(), 1);
}

#[test]
fn a_message_has_its_files_through_edits_and_not_beyond_its_deletion() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    remember(&mut store, &[added(1), sent(3, 1)]);
    let files = |store: &Store| {
        let event = &all_events(store, LOBBY)[2];
        let EventKind::Message(message) = &event.kind else { panic!("{event:?}") };
        message.files.to_vec()
    };
    assert_eq!(files(&store), [facts(1)]);
    let body = crate::chat::Body { text: "see".into(), ..Default::default() };
    let edited = crate::chat::MessageEdited { target: Seq(3), body, version: 1 };
    remember(&mut store, &[event(LOBBY, 4, ANN, EventKind::MessageEdited(edited))]);
    assert_eq!(files(&store), [facts(1)]);
    remember(&mut store, &[deleted(5, 3)]);
    assert_eq!(files(&store), []);
}

#[test]
fn the_same_content_is_known_to_who_has_it_or_may_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let all = Span { room: LOBBY, floor: Seq(1), ceiling: Seq(9) };
    remember(&mut store, &[added(1)]);
    let own = same(&store, ANN, &[]);
    assert_eq!((own.file, own.media_type.as_deref()), (Some(facts(1)), Some("text/plain")));
    assert!(same(&store, BEN, &[all]).media_type.is_none(), "nobody has told Ben");
    remember(&mut store, &[sent(3, 1)]);
    let sent = same(&store, ANN, &[]);
    assert!(sent.file.is_none() && sent.media_type.is_some(), "a second file of it is made");
    assert!(same(&store, BEN, &[all]).media_type.is_some());
    let later = Span { floor: Seq(4), ..all };
    assert!(same(&store, BEN, &[later]).media_type.is_none());
    remember(&mut store, &[deleted(4, 3)]);
    assert!(same(&store, BEN, &[all]).media_type.is_none());
}

#[test]
fn a_compaction_leaves_the_contents_that_are_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = founded(folder.path());
    let contents = store.contents().unwrap();
    let other = FileHash([0xcd; 32]);
    for (upload, hash) in [(1, HASH), (2, other)] {
        contents.append(UploadId(upload), 0, b"hello").unwrap();
        contents.keep(UploadId(upload), hash).unwrap();
    }
    contents.append(UploadId(3), 0, b"coming").unwrap();
    contents.append(UploadId(4), 0, b"cancelled").unwrap();
    remember(&mut store, &[begun(3), added(1), sent(3, 1)]);
    let there = |contents: &Contents| {
        let content = |hash| contents.read(hash, 0, 9).unwrap().is_some();
        let coming = |upload| contents.received(UploadId(upload)).unwrap() > 0;
        [content(HASH), content(other), coming(3), coming(4)]
    };
    let reader = store.reader().unwrap();
    assert!(reader.is_wanted(HASH).unwrap() && !reader.is_wanted(other).unwrap());
    drop((reader, store));
    compact(folder.path()).unwrap();
    assert_eq!(there(&contents), [true, false, true, false]);
    let mut store = Store::open(folder.path()).unwrap();
    let cancelled = Change::File(FileChange::UploadEnded { upload: UploadId(3) });
    remember(&mut store, &[cancelled, deleted(4, 3)]);
    drop(store);
    compact(folder.path()).unwrap();
    assert_eq!(there(&contents), [false; 4], "of what is deleted nothing is left");
}
