//! What scripts ask about reading: `ann mark #1 4`, `ann unread`, `ann cursor backup #1 7`.

use parlor_proto::ids::Seq;

use super::room;
use crate::chat::*;

pub(super) fn about_reading(verb: &str, words: &[&str]) -> Option<Request> {
    let seq = |word: &str| Seq(word.parse().unwrap());
    Some(Request::Reading(match (verb, words) {
        ("mark", [place, to]) => ReadingRequest::MarkRead { room: room(place), seq: seq(to) },
        ("unread", []) => ReadingRequest::ListUnread,
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
