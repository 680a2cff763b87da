//! Searches against a plain list of what was said last.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// A few words, so that they meet often.
const WORDS: [&str; 5] = ["ant", "bee", "cat", "dog", "Éel"];

#[test]
fn every_match_is_on_one_page_whatever_happened_before() {
    let said = (0..2_u64, 1..3_u64, proptest::collection::vec(0..WORDS.len(), 0..6));
    let later = proptest::option::weighted(0.3, proptest::collection::vec(0..WORDS.len(), 0..3));
    let log = proptest::collection::vec((said, later), 1..60);
    let query = proptest::collection::vec((0..WORDS.len(), any::<bool>()), 1..3);
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let strategy = (log, query, 1..7_u32, any::<proptest::sample::Index>());
    runner
        .run(&strategy, |(log, query, rows, indexed_at)| {
            let folder = tempfile::tempdir().unwrap();
            let mut library = Library::new(folder.path());
            let spell =
                |words: &[usize]| words.iter().map(|n| WORDS[*n]).collect::<Vec<_>>().join(" ");
            let mut texts = BTreeMap::new();
            for (number, ((room, user, words), later)) in log.iter().enumerate() {
                let room = RoomId(room + 1);
                let seq = library.say(room, UserId(*user), &format!("{} .", spell(words)));
                texts.insert((room.0, seq.0), spell(words));
                if indexed_at.index(log.len()) == number {
                    library.keep_up();
                }
                match later.as_deref() {
                    Some([]) => {
                        library.delete(room, seq);
                        texts.remove(&(room.0, seq.0));
                    }
                    Some(words) => {
                        library.edit(room, seq, &spell(words));
                        texts.insert((room.0, seq.0), spell(words));
                    }
                    None => {}
                }
            }
            library.keep_up();
            let words: Vec<_> = query
                .iter()
                .map(|(word, wanted)| format!("{}{}", if *wanted { "" } else { "-" }, WORDS[*word]))
                .collect();
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            let mut expect: Vec<_> = texts
                .iter()
                .filter(|(_, text)| {
                    query.iter().all(|(word, wanted)| text.contains(WORDS[*word]) == *wanted)
                })
                .map(|(place, _)| *place)
                .collect();
            let asked = SearchPermit { rows, ..permit(&words) };
            let mut found = library.all_pages(&asked);
            found.sort_unstable();
            expect.sort_unstable();
            prop_assert_eq!(found, expect);
            Ok(())
        })
        .unwrap();
}
