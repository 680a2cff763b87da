//! What has been read, what was missed, and where scripts stopped.

use super::expect_answer;
use crate::client::{Client, Error};
use crate::ids::{RoomId, Seq};
use crate::v1::client_frame::Body as Ask;
use crate::v1::{self, GetCursorsResponse, ListMentionsResponse, ListUnreadResponse};

// Each fails as `Client::request` does.
#[expect(clippy::missing_errors_doc, reason = "each is a request and fails as one")]
impl Client {
    /// Says how far this user has read in a room. Never goes back.
    pub async fn mark_read(&self, room: RoomId, read: Seq) -> Result<(), Error> {
        let mark = v1::MarkReadRequest { room_id: room.0, read_seq: read.0 };
        expect_answer!(self.request(Ask::MarkRead(mark)).await, Ack).map(|v1::Ack {}| ())
    }

    /// A page of the rooms with something unread, where somebody mentions this user first;
    /// `page_token` goes on where an answer ended.
    pub async fn list_unread(&self, page_token: &[u8]) -> Result<ListUnreadResponse, Error> {
        let list = v1::ListUnreadRequest { page_token: page_token.to_vec().into() };
        expect_answer!(self.request(Ask::ListUnread(list)).await, ListUnread)
    }

    /// A page of the messages that mention this user, the newest first; `page_token` goes on
    /// where an answer ended.
    pub async fn list_mentions(
        &self,
        page_token: &[u8],
        unread: bool,
        page_rows: u32,
    ) -> Result<ListMentionsResponse, Error> {
        let page_token = page_token.to_vec().into();
        let list = v1::ListMentionsRequest { page_rows, page_token, unread };
        expect_answer!(self.request(Ask::ListMentions(list)).await, ListMentions)
    }

    /// Keeps a place in a room's log on the server, under a name.
    pub async fn set_cursor(
        &self,
        name: impl Into<String>,
        room: RoomId,
        seq: Seq,
    ) -> Result<(), Error> {
        let set = v1::SetCursorRequest { name: name.into(), room_id: room.0, seq: seq.0 };
        expect_answer!(self.request(Ask::SetCursor(set)).await, Ack).map(|v1::Ack {}| ())
    }

    /// The places that are kept under a name; of all names, if it is empty.
    pub async fn get_cursors(&self, name: impl Into<String>) -> Result<GetCursorsResponse, Error> {
        let get = v1::GetCursorsRequest { name: name.into() };
        expect_answer!(self.request(Ask::GetCursors(get)).await, GetCursors)
    }

    /// Forgets the places that are kept under a name.
    pub async fn remove_cursor(&self, name: impl Into<String>) -> Result<(), Error> {
        let remove = v1::RemoveCursorRequest { name: name.into() };
        expect_answer!(self.request(Ask::RemoveCursor(remove)).await, Ack).map(|v1::Ack {}| ())
    }
}
