//! What was read, missed and found, and where scripts stopped.
#![expect(clippy::wildcard_enum_match_arm, reason = "`Call::of` names each request")]

use super::{Call, Found, Path, done, resource};
use crate::rest::{CursorPlace, Mentions, NamedCursors, ReadMarker, SearchPage, UnreadRooms};
use crate::v1::client_frame::Body as Ask;
use crate::v1::server_frame::Body;

pub(super) fn call(ask: Ask) -> Found {
    Ok(match ask {
        Ask::MarkRead(mark) => {
            let marker = ReadMarker { seq: mark.read_seq };
            Call::with("PUT", Path::room(mark.room_id).part("read-marker"), &marker, done)
        }
        Ask::ListUnread(list) => Call::get(Path::new("/v1/unread").page(list.page_token), |body| {
            resource::<UnreadRooms, _>(body, Body::ListUnread)
        }),
        Ask::ListMentions(list) => {
            let path = Path::new("/v1/mentions").query("unread", list.unread);
            Call::get(path.rows(list.page_rows).page(list.page_token), |body| {
                resource::<Mentions, _>(body, Body::ListMentions)
            })
        }
        Ask::Search(search) => {
            let path = Path::new("/v1/search").query("q", search.query).rows(search.page_rows);
            Call::get(path.page(search.page_token), |body| {
                resource::<SearchPage, _>(body, Body::Search)
            })
        }
        Ask::GetCursors(get) => {
            Call::get(Path::new("/v1/cursors").text("name", &get.name), |body| {
                resource::<NamedCursors, _>(body, Body::GetCursors)
            })
        }
        Ask::SetCursor(set) => {
            let path = Path::new("/v1/cursors").part(set.name).part("rooms").part(set.room_id);
            Call::with("PUT", path, &CursorPlace { seq: set.seq }, done)
        }
        Ask::RemoveCursor(remove) => Call::delete(Path::new("/v1/cursors").part(remove.name), done),
        ask => return Err(Box::new(ask)),
    })
}
