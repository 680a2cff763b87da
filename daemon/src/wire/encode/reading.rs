//! What has been read, and what not.

use parlor_proto::v1::{self, server_frame::Body};

use super::room::room;
use crate::chat::{FirstUnread, NamedCursor, ReadMarker, ReadingAnswer, UnreadPlace, UnreadRoom};

pub(super) fn answer(answer: ReadingAnswer) -> Body {
    match answer {
        ReadingAnswer::Cursors { epoch, cursors } => {
            let cursors = cursors.iter().map(cursor).collect();
            Body::GetCursors(v1::GetCursorsResponse { epoch: epoch.0, cursors })
        }
    }
}

pub(super) fn read_marker(marker: &ReadMarker) -> v1::ReadMarker {
    let counts = marker.counts.unwrap_or_default();
    v1::ReadMarker {
        room_id: marker.room.0,
        user_id: marker.user.0,
        read_seq: marker.seq.0,
        unread_count: counts.unread,
        mention_count: counts.mentions,
    }
}

pub(super) fn unread(unread: &UnreadRoom, first: FirstUnread) -> v1::Unread {
    v1::Unread {
        room: Some(room(&unread.facts)),
        read_seq: unread.read_seq.0,
        head_seq: unread.head.0,
        unread_count: unread.counts.unread,
        mention_count: unread.counts.mentions,
        first_unread_seq: first.seq.0,
        first_unread_time_ms: first.at.0,
    }
}

/// See the parser's `unread_place`.
pub(super) fn unread_token(UnreadPlace { is_quiet, at, room }: UnreadPlace) -> Vec<u8> {
    let mut token = vec![u8::from(is_quiet)];
    token.extend(at.0.0.to_be_bytes());
    token.extend(room.0.to_be_bytes());
    token
}

fn cursor(cursor: &NamedCursor) -> v1::NamedCursor {
    v1::NamedCursor {
        name: cursor.name.as_ref().to_owned(),
        room_id: cursor.room.0,
        seq: cursor.seq.0,
        time_ms: cursor.at.0,
    }
}
