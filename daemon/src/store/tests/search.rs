//! The index against the log that it is made from: what is found, what is not found any more,
//! and what is never found.

use std::cell::Cell;

use super::*;
use crate::chat::{
    Body, Message, MessageEdited, SearchPage, SearchPermit, SearchPlace, Span, Term,
};
use crate::store::search::Budget;
use crate::store::{Index, Searcher};

mod forgetting;
mod model;

const OPS: RoomId = RoomId(2);
const FILES: [&str; 3] = ["search.db", "search.db-wal", "search.db-shm"];

/// A log, its index, and somebody who searches.
struct Library {
    store: Store,
    index: Index,
    searcher: Searcher,
    heads: Vec<(RoomId, u64)>,
}

impl Library {
    fn new(folder: &Path) -> Self {
        let mut store = founded(folder);
        remember(&mut store, &[room_changed(OPS, 1, "")]);
        Self::open(store, vec![(LOBBY, 2), (OPS, 1)])
    }

    fn open(store: Store, heads: Vec<(RoomId, u64)>) -> Self {
        let index = store.index().unwrap();
        let searcher = index.searcher(store.reader().unwrap()).unwrap();
        Self { store, index, searcher, heads }
    }

    fn again(self, folder: &Path) -> Self {
        let Self { store, index, searcher, heads } = self;
        drop((searcher, index, store));
        Self::open(Store::open(folder).unwrap(), heads)
    }

    fn next_seq(&mut self, room: RoomId) -> u64 {
        let head = self.heads.iter_mut().find(|(known, _)| *known == room).unwrap();
        head.1 += 1;
        head.1
    }

    fn say(&mut self, room: RoomId, author: UserId, text: &str) -> Seq {
        let seq = self.next_seq(room);
        let id = message_id(room.0 << 32 | seq);
        let said = EventKind::Message(Message::plain(id, text));
        remember(&mut self.store, &[event(room, seq, author, said)]);
        Seq(seq)
    }

    fn edit(&mut self, room: RoomId, target: Seq, text: &str) {
        let body = Body { text: text.into(), ..Body::default() };
        let edited = EventKind::MessageEdited(MessageEdited { target, body, version: 1 });
        self.change(room, target, Some(text), edited);
    }

    fn delete(&mut self, room: RoomId, target: Seq) {
        self.change(room, target, None, EventKind::MessageDeleted { target });
    }

    fn change(&mut self, room: RoomId, target: Seq, text: Option<&str>, kind: EventKind) {
        let seq = self.next_seq(room);
        remember(&mut self.store, &[event(room, seq, ANN, kind)]);
        self.drop_text(room, target, text);
    }

    fn drop_text(&self, room: RoomId, target: Seq, text: Option<&str>) {
        let sql = "UPDATE event SET text = ?3 WHERE room = ?1 AND seq = ?2";
        self.store.conn.execute(sql, (room.0.cast_signed(), target.0.cast_signed(), text)).unwrap();
    }

    fn keep_up(&mut self) {
        while self.index.advance().unwrap() > 0 {}
    }

    fn search(&mut self, permit: &SearchPermit) -> SearchPage {
        let budget = Budget { spent: &|| Duration::ZERO, work: Duration::from_secs(1) };
        self.searcher.search(permit, budget).unwrap()
    }

    /// What is found, as texts, best first.
    fn find(&mut self, query: &[&str]) -> Vec<String> {
        self.keep_up();
        texts(&self.search(&permit(query)))
    }

    /// All pages of a few rows each, as rooms and seqs.
    fn all_pages(&mut self, permit: &SearchPermit) -> Vec<(u64, u64)> {
        let mut permit = permit.clone();
        let mut all = Vec::new();
        loop {
            let SearchPage { hits, next, partial } = self.search(&permit);
            assert!(!partial && hits.len() <= permit.rows as usize);
            all.extend(hits.iter().map(|hit| (hit.event.room.0, hit.event.seq.0)));
            match next {
                Some(place) => permit.resume = Some(place),
                None => return all,
            }
        }
    }
}

fn everything(room: RoomId) -> Span {
    Span { room, floor: Seq(1), ceiling: Seq(1 << 30) }
}

/// Words of a query: a minus is in front of what must not be there.
fn permit(query: &[&str]) -> SearchPermit {
    let term = |word: &&str| match word.strip_prefix('-') {
        Some(rest) => Term { text: rest.into(), wanted: false },
        None => Term { text: (*word).into(), wanted: true },
    };
    SearchPermit {
        spans: vec![everything(LOBBY), everything(OPS)],
        author: None,
        since: None,
        before: None,
        terms: query.iter().map(term).collect(),
        resume: None,
        rows: 100,
    }
}

fn texts(found: &SearchPage) -> Vec<String> {
    let text = |event: &RoomEvent| {
        let EventKind::Message(message) = &event.kind else { panic!("{event:?}") };
        message.body.text.as_ref().to_owned()
    };
    found.hits.iter().map(|hit| text(&hit.event)).collect()
}

#[test]
fn words_phrases_and_what_must_not_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::new(folder.path());
    library.say(LOBBY, ANN, "The deploy has failed");
    library.say(OPS, BEN, "Deploy again: the café is open");
    library.say(LOBBY, BEN, "it failed to deploy, failed and failed");
    assert_eq!(library.find(&["nothing"]), [""; 0]);
    assert_eq!(library.find(&["CAFE"]), ["Deploy again: the café is open"]);
    let both = ["it failed to deploy, failed and failed", "The deploy has failed"];
    assert_eq!(library.find(&["failed", "deploy"]), both);
    assert_eq!(library.find(&["deploy has"]), ["The deploy has failed"]);
    assert_eq!(library.find(&["deploy", "-failed"]), ["Deploy again: the café is open"]);
    let quoted = ["\" OR text:*", "a\" NOT \"b", "NEAR(x y)", "{text} : x"];
    for hostile in quoted {
        assert_eq!(library.find(&[hostile]), [""; 0], "{hostile}");
    }
    assert_eq!(library.find(&["\"deploy\" *"]).len(), 3, "punctuation is nothing");
}

#[test]
fn what_matches_as_well_comes_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::new(folder.path());
    for number in 0..9 {
        let room = if number % 2 == 0 { LOBBY } else { OPS };
        library.say(room, ANN, &format!("number {number}"));
    }
    let expect: Vec<_> = [8, 6, 7, 4, 5, 2, 3, 0, 1].map(|n| format!("number {n}")).into();
    assert_eq!(library.find(&["number"]), expect, "by time, and here times are seqs");
}

#[test]
fn nothing_outside_the_permit_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::new(folder.path());
    let seqs: Vec<_> = (0..4).map(|n| library.say(LOBBY, ANN, &format!("word {n}"))).collect();
    library.say(OPS, BEN, "word elsewhere");
    library.keep_up();
    let mut permit = permit(&["word"]);
    permit.spans = vec![Span { room: LOBBY, floor: seqs[1], ceiling: seqs[2] }];
    assert_eq!(texts(&library.search(&permit)), ["word 2", "word 1"]);
    // Of so many rooms each hit is looked at on its own.
    permit.spans.extend((3..40).map(|room| everything(RoomId(room))));
    assert_eq!(texts(&library.search(&permit)), ["word 2", "word 1"]);
    permit.spans.clear();
    assert_eq!(texts(&library.search(&permit)), [""; 0]);
}

#[test]
fn by_author_and_by_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::new(folder.path());
    let first = library.say(LOBBY, ANN, "one word");
    library.say(LOBBY, BEN, "two words: r1 u1");
    let third = library.say(LOBBY, ANN, "three word");
    library.keep_up();
    let stamp = |seq: Seq| Stamp(1000 + seq.0.cast_signed());
    let mut by_ann = permit(&["word"]);
    by_ann.author = Some(ANN);
    assert_eq!(texts(&library.search(&by_ann)), ["three word", "one word"]);
    by_ann.terms.clear();
    assert_eq!(texts(&library.search(&by_ann)), ["three word", "one word"], "without a word");
    by_ann.since = Some(stamp(third));
    assert_eq!(texts(&library.search(&by_ann)), ["three word"]);
    by_ann.since = Some(stamp(third.next()));
    assert_eq!(texts(&library.search(&by_ann)), [""; 0]);
    by_ann.since = Some(stamp(first));
    by_ann.before = Some(stamp(third));
    assert_eq!(texts(&library.search(&by_ann)), ["one word"]);
    assert_eq!(library.find(&["u2"]), [""; 0], "what the index notes beside is no word");
    assert_eq!(library.find(&["u1"]), ["two words: r1 u1"]);
}

#[test]
fn what_is_edited_or_deleted_is_not_found_even_if_the_index_is_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::new(folder.path());
    let secret = library.say(LOBBY, ANN, "the old secret");
    let gone = library.say(LOBBY, ANN, "a secret too");
    assert_eq!(library.find(&["secret"]).len(), 2);
    library.edit(LOBBY, secret, "the new text");
    library.delete(LOBBY, gone);
    assert_eq!(texts(&library.search(&permit(&["secret"]))), [""; 0]);
    assert_eq!(library.find(&["secret"]), [""; 0]);
    assert_eq!(library.find(&["new"]), ["the new text"]);
    library.delete(LOBBY, secret);
    assert_eq!(library.find(&["text"]), [""; 0]);
}

#[test]
fn an_index_goes_on_where_it_was_and_one_that_cannot_be_trusted_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::new(folder.path());
    library.say(LOBBY, ANN, "first word");
    library.keep_up();
    library.say(OPS, ANN, "second word");
    let mut library = library.again(folder.path());
    assert_eq!(library.find(&["word"]).len(), 2);
    let spoil: [fn(&Path); 6] = [
        |file| fs::write(file, "not a database").unwrap(),
        |file| fs::remove_file(file).unwrap(),
        |file| sql(file, "PRAGMA user_version = 99"),
        |file| sql(file, "UPDATE meta SET epoch = 1"),
        |file| sql(file, "UPDATE progress SET seq = 99"),
        |file| sql(file, "UPDATE meta SET boot = 'another'"),
    ];
    for spoil in spoil {
        let Library { store, index, searcher, heads } = library;
        drop((searcher, index, store));
        spoil(&folder.path().join("search.db"));
        library = Library::open(Store::open(folder.path()).unwrap(), heads);
        assert_eq!(texts(&library.search(&permit(&["word"]))), [""; 0], "it begins anew");
        assert_eq!(library.find(&["word"]).len(), 2);
    }
    let mode = std::os::unix::fs::MetadataExt::mode(
        &fs::metadata(folder.path().join("search.db")).unwrap(),
    );
    assert_eq!(mode & 0o777, 0o600);
    library.store.remove_index().unwrap();
    assert!(FILES.iter().all(|file| !folder.path().join(file).exists()));
}

fn sql(file: &Path, sql: &str) {
    rusqlite::Connection::open(file).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn a_search_that_takes_too_long_says_so_and_can_be_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::new(folder.path());
    for number in 0..200 {
        library.say(LOBBY, ANN, &format!("word {number}"));
    }
    library.keep_up();
    let mut permit = permit(&["word"]);
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        // Each look at the clock costs a millisecond, and there are five.
        let spent = Cell::new(0);
        let clock = || {
            spent.set(spent.get() + 1);
            Duration::from_millis(spent.get())
        };
        let budget = Budget { spent: &clock, work: Duration::from_millis(5) };
        let SearchPage { hits, next, partial } = library.searcher.search(&permit, budget).unwrap();
        found.extend(hits.iter().map(|hit| hit.event.seq.0));
        pages += 1;
        assert_eq!(partial, next.is_some());
        match next {
            Some(place) => permit.resume = Some(place),
            None => break,
        }
    }
    assert!(pages > 2, "{pages}");
    found.sort_unstable();
    assert_eq!(found, (3..203).collect::<Vec<_>>());
}

#[test]
fn a_place_made_up_by_a_client_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::new(folder.path());
    library.say(OPS, BEN, "hidden word");
    library.say(LOBBY, ANN, "open word");
    library.keep_up();
    let numbers = [i64::MIN, -1, 0, 1, 1 << 40, i64::MAX];
    for (newest, oldest) in numbers.iter().flat_map(|n| numbers.map(|o| (*n, o))) {
        for told in [0, 1, u32::MAX] {
            let mut permit = permit(&["word"]);
            permit.spans = vec![everything(LOBBY)];
            permit.resume = Some(SearchPlace { newest, oldest, told });
            for text in texts(&library.search(&permit)) {
                assert_eq!(text, "open word");
            }
        }
    }
}
