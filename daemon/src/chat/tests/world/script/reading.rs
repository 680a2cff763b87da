//! What scripts ask about reading: `ann mark #1 4`, `ann unread`, `ann cursor backup #1 7`.

use std::cmp::Reverse;

use parlor_proto::ids::Seq;

use super::room;
use crate::chat::*;

pub(super) fn about_reading(verb: &str, words: &[&str]) -> Option<Request> {
    let seq = |word: &str| Seq(word.parse().unwrap());
    Some(Request::Reading(match (verb, words) {
        ("mark", [place, to]) => ReadingRequest::MarkRead { room: room(place), seq: seq(to) },
        ("unread", rest) => {
            ReadingRequest::ListUnread { after: rest.first().map(|place| unread_place(place)) }
        }
        ("mentions", rest) => {
            let unread = *rest == ["unread"];
            ReadingRequest::ListMentions { from: None, unread, rows: 9 }
        }
        ("cursor", [name, place, to]) => {
            let (name, room, seq) = ((*name).into(), room(place), seq(to));
            ReadingRequest::SetCursor { name, room, seq }
        }
        ("cursors", rest) => {
            ReadingRequest::GetCursors { name: rest.first().map(|name| (*name).into()) }
        }
        ("forget", [name]) => ReadingRequest::RemoveCursor { name: (*name).into() },
        _ => return None,
    }))
}

/// Where a page ended, as the transcript says it: `quiet/1000000/64`.
fn unread_place(word: &str) -> UnreadPlace {
    let mut parts = word.split('/');
    let mut part = || parts.next().unwrap();
    let is_quiet = part() == "quiet";
    UnreadPlace { is_quiet, at: Reverse(Stamp(part().parse().unwrap())), room: room(part()) }
}
