//! What somebody has read, and what they want to know of what they have not.

use std::cmp::Reverse;
use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::limits::CURSOR_NAME_BYTES_MAX;
use parlor_proto::v1::client_frame::Body;

use super::{deny, misplaced, room, rows};
use crate::chat::{Denial, MentionToken, ReadingRequest, Stamp, UnreadPlace};

#[expect(clippy::wildcard_enum_match_arm, reason = "the other areas have their own files")]
pub(super) fn request(body: Body) -> Result<ReadingRequest, Denial> {
    Ok(match body {
        Body::MarkRead(mark) => {
            ReadingRequest::MarkRead { room: room(mark.room_id)?, seq: Seq(mark.read_seq) }
        }
        Body::ListUnread(list) => {
            ReadingRequest::ListUnread { after: unread_place(&list.page_token)? }
        }
        Body::ListMentions(list) => ReadingRequest::ListMentions {
            from: token(&list.page_token)?,
            unread: list.unread,
            rows: rows(list.page_rows),
        },
        Body::SetCursor(set) => ReadingRequest::SetCursor {
            name: name(&set.name)?,
            room: room(set.room_id)?,
            seq: Seq(set.seq),
        },
        Body::GetCursors(get) => {
            let all = get.name.is_empty();
            ReadingRequest::GetCursors { name: (!all).then(|| name(&get.name)).transpose()? }
        }
        Body::RemoveCursor(remove) => ReadingRequest::RemoveCursor { name: name(&remove.name)? },
        _ => return Err(misplaced()),
    })
}

fn name(text: &str) -> Result<Arc<str>, Denial> {
    match text.len() {
        0 => Err(deny(Reason::BadField, "name is missing")),
        1..=CURSOR_NAME_BYTES_MAX if text.chars().any(char::is_control) => {
            Err(deny(Reason::BadField, "name has no control characters"))
        }
        1..=CURSOR_NAME_BYTES_MAX => Ok(text.into()),
        len => Err(deny(
            Reason::BadField,
            format!("name has at most {CURSOR_NAME_BYTES_MAX} bytes: {len}"),
        )),
    }
}

/// Where the page before ended, as it was told. Whatever a client makes of it, it only chooses
/// among one's own rooms.
fn unread_place(token: &[u8]) -> Result<Option<UnreadPlace>, Denial> {
    let place = |token: &[u8]| {
        let (is_quiet, rest) = token.split_first()?;
        let (at, room) = rest.split_first_chunk()?;
        let at = Reverse(Stamp(i64::from_be_bytes(*at)));
        let room = RoomId(u64::from_be_bytes(room.try_into().ok()?));
        Some(UnreadPlace { is_quiet: *is_quiet != 0, at, room })
    };
    if token.is_empty() {
        return Ok(None);
    }
    place(token).map(Some).ok_or_else(bad_token)
}

fn bad_token() -> Denial {
    deny(Reason::BadField, "page_token is not from an answer")
}

fn token(bytes: &[u8]) -> Result<Option<MentionToken>, Denial> {
    if bytes.is_empty() {
        return Ok(None);
    }
    bytes.try_into().map(Some).map_err(|_| bad_token())
}
