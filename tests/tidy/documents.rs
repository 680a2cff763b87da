//! What is on the wire stands in `PROTOCOL.md`, what can be configured in `OPERATING.md`.
//! Nobody changes the one without opening the other.

use parlor_proto::codes::Reason;

use crate::rust::is_word;
use crate::tree::Tree;

const PROTOCOL: &str = "proto/PROTOCOL.md";
const OPERATING: &str = "daemon/OPERATING.md";
const README: &str = "README.md";
const TOUR: &str = "bridge/examples/tour.sh";
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../proto/schema");
const SCHEMA_FILE: &str = "parlor/v1/frame.proto";

/// Something on the wire: a field belongs to its message, a value to its enum.
#[derive(Debug)]
pub(crate) struct Word {
    /// The message or enum; empty if the word stands for itself.
    pub(crate) owner: String,
    pub(crate) name: String,
}

/// Every message, field, enum and value of the schema, and every reason of a refusal.
pub(crate) fn protocol_words() -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut add = |owner: &str, name: &str| {
        words.push(Word { owner: owner.to_owned(), name: name.to_owned() });
    };
    let set = protox::compile([SCHEMA_FILE], [SCHEMA]).unwrap();
    for file in &set.file {
        let mut messages = file.message_type.clone();
        let mut enums = file.enum_type.clone();
        while let Some(message) = messages.pop() {
            add("", message.name());
            message.field.iter().for_each(|field| add(message.name(), field.name()));
            messages.extend(message.nested_type.clone());
            enums.extend(message.enum_type.clone());
        }
        for kind in &enums {
            add("", kind.name());
            kind.value.iter().for_each(|value| add(kind.name(), value.name()));
        }
    }
    Reason::ALL.iter().for_each(|reason| add("", reason.as_str()));
    words
}

/// What a client may send, as the schema calls it.
pub(crate) fn requests() -> Vec<String> {
    let set = protox::compile([SCHEMA_FILE], [SCHEMA]).unwrap();
    let mut messages = set.file.iter().flat_map(|file| &file.message_type);
    let frame = messages.find(|message| message.name() == "ClientFrame").unwrap();
    let bodies = frame.field.iter().filter(|field| field.oneof_index.is_some());
    bodies.map(|field| field.name().to_owned()).collect()
}

/// Words that the protocol's document does not name. A field must be named in a section that
/// names its message too, or `text` would be found anywhere.
pub(crate) fn protocol_faults(tree: &Tree, words: &[Word]) -> Vec<String> {
    let Some(document) = tree.find(PROTOCOL) else { return vec![format!("{PROTOCOL}: missing")] };
    let sections = sections(&document.text);
    let is_named = |word: &Word| {
        sections.iter().any(|section| {
            names(section, &word.name) && (word.owner.is_empty() || names(section, &word.owner))
        })
    };
    let missing = words.iter().filter(|word| !is_named(word));
    missing
        .map(|Word { owner, name }| match owner.as_str() {
            "" => format!("{PROTOCOL}: nothing about {name}"),
            owner => format!("{PROTOCOL}: no section names both {owner} and its {name}"),
        })
        .collect()
}

/// Configuration keys and figures that the operator's document does not name.
pub(crate) fn operating_faults(tree: &Tree, words: impl Iterator<Item = String>) -> Vec<String> {
    let Some(document) = tree.find(OPERATING) else { return vec![format!("{OPERATING}: missing")] };
    let missing = words.filter(|word| !document.text.contains(&format!("`{word}`")));
    missing.map(|word| format!("{OPERATING}: nothing about `{word}`")).collect()
}

/// The tour that a test walks is the one that the README shows, but for its preparations.
pub(crate) fn tour_faults(tree: &Tree) -> Vec<String> {
    let text = |path| tree.find(path).map_or("", |source| source.text.as_str());
    let shown = text(README).split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```"));
    let is_shown = |tour: &str| shown.map(|(fence, _)| fence).any(|fence| fence == tour);
    match text(TOUR).find("\nat=").map(|at| &text(TOUR)[at + 1..]) {
        Some(tour) if is_shown(tour) => Vec::new(),
        Some(_) => vec![format!("{README}: no fence shows {TOUR} as it is, from `at=` on")],
        None => vec![format!("{TOUR}: does not begin with `at=`")],
    }
}

/// The document cut at its headings; a `#` inside a fence is no heading.
fn sections(text: &str) -> Vec<String> {
    let mut sections = vec![String::new()];
    let mut in_fence = false;
    for line in text.lines() {
        in_fence ^= line.starts_with("```");
        if line.starts_with('#') && !in_fence {
            sections.push(String::new());
        }
        if let Some(section) = sections.last_mut() {
            section.push_str(line);
            section.push('\n');
        }
    }
    sections
}

/// Whether a text names a word, as a whole one.
fn names(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_protocol(document: &str, expect: &[&str]) {
        let word = |owner: &str, name: &str| Word { owner: owner.into(), name: name.into() };
        let words =
            [word("", "SendRequest"), word("SendRequest", "text"), word("", "NOT_A_MEMBER")];
        assert_eq!(protocol_faults(&Tree::of(&[(PROTOCOL, document)]), &words), expect);
    }

    #[test]
    fn a_word_that_the_protocol_document_lacks_is_seen() {
        check_protocol("# A\n`SendRequest` has `text`.\n# B\n`NOT_A_MEMBER`", &[]);
        let nothing = ["proto/PROTOCOL.md: nothing about NOT_A_MEMBER"];
        check_protocol("# A\n`SendRequest` has `text`.\nNOT_A_MEMBERS", &nothing);
        let apart = ["proto/PROTOCOL.md: no section names both SendRequest and its text"];
        check_protocol("# A\nSendRequest, NOT_A_MEMBER\n# B\nsome text", &apart);
        assert_eq!(protocol_faults(&Tree::default(), &[]), ["proto/PROTOCOL.md: missing"]);
    }

    #[test]
    fn the_schema_is_read_as_a_whole() {
        let words = protocol_words();
        let has =
            |owner: &str, name: &str| words.iter().any(|w| w.owner == owner && w.name == name);
        assert!(has("", "ClientFrame") && has("ClientFrame", "request_id"));
        assert!(has("RoomEvent", "seq") && has("", "Membership"));
        assert!(has("Membership", "MEMBERSHIP_LEFT") && has("", "NOT_A_MEMBER"));
    }

    #[test]
    fn a_key_that_the_operating_document_lacks_is_seen() {
        let check = |document: &str, expect: &[&str]| {
            let tree = Tree::of(&[(OPERATING, document)]);
            let keys = ["name", "listen.tls"].map(str::to_owned).into_iter();
            assert_eq!(operating_faults(&tree, keys), expect);
        };
        check("`name` and `listen.tls`", &[]);
        check("name and `listen.tls`", &["daemon/OPERATING.md: nothing about `name`"]);
    }

    #[test]
    fn a_tour_that_the_readme_does_not_show_is_seen() {
        let check = |readme: &str, expect: &[&str]| {
            let tree = Tree::of(&[(README, readme), (TOUR, "set -eu\n\nat=here\ncurl $at\n")]);
            assert_eq!(tour_faults(&tree), expect);
        };
        check("```sh\nls\n```\n```sh\nat=here\ncurl $at\n```\n", &[]);
        let other = "README.md: no fence shows bridge/examples/tour.sh as it is, from `at=` on";
        check("```sh\nat=there\ncurl $at\n```\n", &[other]);
    }
}
