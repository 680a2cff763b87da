//! What scripts ask about messages: `ann edit #1 4 v0 hello`, `ann delete #1 4`.

use parlor_proto::ids::{ClientMessageId, Seq};

use super::{query, room};
use crate::chat::*;

/// Unlike that of every other message in these tests.
fn id_of(said: &Said) -> ClientMessageId {
    let mut id = [255; 16];
    id.iter_mut().zip(said.text.bytes()).for_each(|(to, from)| *to = from);
    ClientMessageId(id)
}

pub(super) fn about_message(verb: &str, words: &[&str]) -> Option<Request> {
    let seq = |word: &str| Seq(word.parse().unwrap());
    Some(Request::Message(match (verb, words) {
        ("edit", [place, target, version, text @ ..]) => MessageRequest::Edit {
            room: room(place),
            target: seq(target),
            said: Reworded {
                text: text.join(" ").into(),
                format: Format::Plain,
                expected_version: version.strip_prefix('v').unwrap().parse().unwrap(),
            },
        },
        ("delete", [place, target]) => {
            MessageRequest::Delete { room: room(place), target: seq(target) }
        }
        ("react" | "unreact", [place, target, reaction]) => MessageRequest::SetReaction {
            room: room(place),
            target: seq(target),
            reaction: (*reaction).into(),
            present: verb == "react",
        },
        ("reactions", [place, target]) => MessageRequest::ListReactions {
            room: room(place),
            target: seq(target),
            skip: 0,
            rows: 9,
        },
        ("read-thread", [place, root]) => MessageRequest::ListThread {
            room: room(place),
            root: seq(root),
            after: Seq(0),
            rows: 9,
        },
        ("typing" | "typed", [place]) => {
            MessageRequest::Typing { room: room(place), stopped: verb == "typed" }
        }
        ("search", words) => MessageRequest::Search { query: query(words), resume: None, rows: 10 },
        ("reply" | "thread", [place, target, text @ ..]) => {
            let (target, text) = (Some(seq(target)), text.join(" ").into());
            let said = if verb == "reply" {
                Said { text, reply_to: target, ..Said::default() }
            } else {
                Said { text, thread: target, ..Said::default() }
            };
            MessageRequest::Send { room: room(place), id: id_of(&said), said }
        }
        _ => return None,
    }))
}
