//! What has been read and what not, in words.

use super::label;
use crate::chat::*;

pub(super) fn answer(answer: ReadingAnswer) -> String {
    let ReadingAnswer::Cursors { cursors, .. } = answer;
    let cursors = cursors.iter().map(|cursor| {
        let NamedCursor { name, room, seq, .. } = cursor;
        format!(" {name} {room}:{seq}")
    });
    format!("cursors{}", cursors.collect::<String>())
}

pub(in crate::chat::tests::world) fn marker(marker: &ReadMarker) -> String {
    let ReadMarker { room, user, seq, counts } = marker;
    match counts {
        Some(counts) => format!("read {room}:{seq}{}", of(*counts)),
        None => format!("user {user} has read {room}:{seq}"),
    }
}

/// Nothing, if nothing is unread.
pub(super) fn of(Counts { unread, mentions }: Counts) -> String {
    match (unread, mentions) {
        (0, 0) => String::new(),
        (_, 0) => format!(", {unread} unread"),
        _ => format!(", {unread} unread, {mentions} mentions"),
    }
}

pub(super) fn unread(rooms: &[UnreadRoom], next: Option<UnreadPlace>) -> String {
    let rooms = rooms.iter().map(|room| {
        let UnreadRoom { facts, read_seq, head, counts } = room;
        format!(" {}:{read_seq}-{head}{};", label(facts), of(*counts))
    });
    let more = next.map(|UnreadPlace { is_quiet, at, room }| {
        let quiet = if is_quiet { "quiet" } else { "loud" };
        format!(" ... {quiet}/{}/{room}", at.0.0)
    });
    format!("may look in{}{}", rooms.collect::<String>(), more.unwrap_or_default())
}

pub(super) fn mentions(bounds: &[MentionBounds]) -> String {
    let rooms = bounds.iter().map(|bounds| {
        let MentionBounds { room, after, ceiling } = bounds;
        format!(" {room}:{after}-{ceiling}")
    });
    format!("may look for mentions in{}", rooms.collect::<String>())
}
