//! What is deleted is not only found no more: it is in the files no more.

use super::*;
use crate::store::compact;
use crate::store::search::Scrub;

/// Whether any of the files has these bytes anywhere.
fn is_in(folder: &Path, files: &[&str], bytes: &[u8]) -> bool {
    files.iter().any(|file| {
        let content = fs::read(folder.join(file)).unwrap();
        content.windows(bytes.len()).any(|window| window == bytes)
    })
}

#[test]
fn a_scrub_takes_the_words_of_what_is_gone_out_of_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::new(folder.path());
    for number in 0..50 {
        library.say(LOBBY, ANN, &format!("unremarkable {number}"));
        library.keep_up();
    }
    let secret = library.say(LOBBY, ANN, "xyzzysecret");
    let trimmed = library.say(LOBBY, ANN, "plughsecret");
    library.say(LOBBY, ANN, "last");
    library.keep_up();
    library.delete(LOBBY, secret);
    // For its age, without an event.
    library.drop_text(LOBBY, trimmed, None);
    library.keep_up();
    let mut step = Some(Scrub::SWEEP);
    while let Some(now) = step {
        step = library.index.scrub(now).unwrap();
    }
    assert_eq!(library.find(&["unremarkable"]).len(), 50);
    let Library { store, index, searcher, .. } = library;
    drop((searcher, index)); // Whoever writes goes last, and empties the log.
    assert!(!is_in(folder.path(), &["search.db"], b"zzysecret"));
    assert!(!is_in(folder.path(), &["search.db"], b"lughsecret"));
    assert!(is_in(folder.path(), &["search.db"], b"remarkable"));
    drop(store);
}

#[test]
fn after_a_compaction_deleted_text_is_in_no_byte_of_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::new(folder.path());
    let mut marks = Vec::new();
    for number in 0..300_u64 {
        // Letters that differ from the first on, since words that begin alike share their
        // beginning in the index.
        let mark = format!("{:x}mark", number.wrapping_mul(0x9E37_79B9_7F4A_7C15).swap_bytes());
        let long = if number % 7 == 0 { "filler ".repeat(900) } else { String::new() };
        let seq = library.say(LOBBY, ANN, &format!("{mark} {long}"));
        marks.push((seq, mark));
        if number % 10 == 0 {
            library.keep_up();
        }
    }
    let (gone, kept): (Vec<_>, Vec<_>) = marks.iter().partition(|(seq, _)| seq.0 % 3 != 0);
    for (seq, mark) in gone.iter().copied() {
        match seq.0 % 3 {
            1 => library.delete(LOBBY, *seq),
            _ => library.edit(LOBBY, *seq, &format!("edited {}", mark.len())),
        }
    }
    library.say(LOBBY, ANN, "and the index is behind");
    let Library { store, index, searcher, .. } = library;
    drop((searcher, index, store));
    compact(folder.path()).unwrap();
    let bytes: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|file| (file.clone(), fs::read(file).unwrap()))
        .collect();
    let has = |content: &[u8], what: &str| {
        content.windows(what.len()).any(|part| part == what.as_bytes())
    };
    for (_, mark) in gone {
        for (file, content) in &bytes {
            assert!(!has(content, &mark[1..]), "{mark} is in {}", file.display());
        }
    }
    let store = Store::open(folder.path()).unwrap();
    let mut library = Library::open(store, vec![(LOBBY, 1000)]);
    for (_, mark) in kept {
        assert_eq!(texts(&library.search(&permit(&[mark]))).len(), 1, "{mark}");
    }
    assert_eq!(library.find(&["behind"]).len(), 1);
}
