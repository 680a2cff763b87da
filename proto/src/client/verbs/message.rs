//! Messages, and the logs that they stand in.

use super::expect_answer;
use crate::client::{Client, Error};
use crate::ids::{ClientMessageId, RoomId, Seq};
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
        self.send_message(send).await
    }

    /// The same, with whatever else belongs to the message.
    pub async fn send_message(&self, send: v1::SendRequest) -> Result<SendResponse, Error> {
        expect_answer!(self.request(Ask::Send(send)).await, Send)
    }

    /// Gives a message of one's own another text, if it still has the version expected.
    pub async fn edit(&self, edit: v1::EditRequest) -> Result<v1::Logged, Error> {
        expect_answer!(self.request(Ask::Edit(edit)).await, Logged)
    }

    /// Takes a message out of the log.
    pub async fn delete(&self, room: RoomId, target: Seq) -> Result<v1::Logged, Error> {
        let delete = v1::DeleteRequest { room_id: room.0, target_seq: target.0 };
        expect_answer!(self.request(Ask::Delete(delete)).await, Logged)
    }

    /// Reacts to a message, or does so no more. Repeating it changes nothing.
    pub async fn set_reaction(
        &self,
        (room, target): (RoomId, Seq),
        reaction: impl Into<String>,
        present: bool,
    ) -> Result<v1::Logged, Error> {
        let (room_id, target_seq, reaction) = (room.0, target.0, reaction.into());
        let set = v1::SetReactionRequest { room_id, target_seq, reaction, present };
        expect_answer!(self.request(Ask::SetReaction(set)).await, Logged)
    }

    /// Who reacted how to a message, after the first `skip`.
    pub async fn list_reactions(
        &self,
        (room, target): (RoomId, Seq),
        skip: u32,
        page_rows: u32,
    ) -> Result<v1::ListReactionsResponse, Error> {
        let (room_id, target_seq) = (room.0, target.0);
        let list = v1::ListReactionsRequest { room_id, target_seq, skip, page_rows };
        expect_answer!(self.request(Ask::ListReactions(list)).await, ListReactions)
    }

    /// A page of the messages in a thread, after a seq.
    pub async fn list_thread(
        &self,
        (room, thread): (RoomId, Seq),
        after: Seq,
        page_rows: u32,
    ) -> Result<HistoryResponse, Error> {
        let (room_id, thread_seq, after_seq) = (room.0, thread.0, after.0);
        let list = v1::ListThreadRequest { room_id, thread_seq, after_seq, page_rows };
        expect_answer!(self.request(Ask::ListThread(list)).await, History)
    }

    /// Tells a room that somebody is writing, or is so no more. Every 3 s is often enough.
    pub async fn typing(&self, room: RoomId, stopped: bool) -> Result<(), Error> {
        let typing = v1::Typing { room_id: room.0, stopped };
        expect_answer!(self.request(Ask::Typing(typing)).await, Ack).map(|v1::Ack {}| ())
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
