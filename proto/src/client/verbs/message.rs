//! Messages, and the logs that they stand in.

use super::expect_answer;
use crate::client::{Client, Error};
use crate::ids::{ClientMessageId, RoomId};
use crate::v1::client_frame::Body as Ask;
use crate::v1::history_request::Anchor;
use crate::v1::{self, HistoryResponse, SendResponse};

// Each fails as `Client::request` does.
#[expect(clippy::missing_errors_doc, reason = "each is a request and fails as one")]
impl Client {
    /// Says something in a room. Answered once it is on the server's disk; the same id makes
    /// a retry safe.
    pub async fn send(
        &self,
        room: RoomId,
        id: ClientMessageId,
        text: impl Into<String>,
    ) -> Result<SendResponse, Error> {
        let client_message_id = id.0.to_vec().into();
        let send = v1::SendRequest {
            room_id: room.0,
            client_message_id,
            text: text.into(),
            ..Default::default()
        };
        expect_answer!(self.request(Ask::Send(send)).await, Send)
    }

    /// A page of a room's log; `page_rows` of 0: as many as the server gives.
    pub async fn history(
        &self,
        room: RoomId,
        anchor: Anchor,
        page_rows: u32,
    ) -> Result<HistoryResponse, Error> {
        let history = v1::HistoryRequest { room_id: room.0, anchor: Some(anchor), page_rows };
        expect_answer!(self.request(Ask::History(history)).await, History)
    }
}
