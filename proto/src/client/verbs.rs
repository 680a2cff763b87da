//! What a user can ask for, one method each: a request of the right kind, and its answer.

use uuid::Uuid;

use super::{Client, Error};
use crate::ids::{ClientMessageId, RoomId, UserId};
use crate::v1::client_frame::Body as Ask;
use crate::v1::history_request::Anchor;
use crate::v1::server_frame::Body as Answer;
use crate::v1::{self, HistoryResponse, ListMembersResponse, ListRoomsResponse, SendResponse};

/// A fresh name for a message. Keep it for as long as the message may be sent again.
#[must_use]
pub fn new_client_message_id() -> ClientMessageId {
    ClientMessageId(Uuid::now_v7().into_bytes())
}

/// A room, by what a person or a program has at hand.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RoomRef {
    /// By id.
    Id(RoomId),
    /// By name.
    Name(String),
}

macro_rules! expect_answer {
    ($answer:expr, $kind:ident) => {
        match $answer? {
            Answer::$kind(answer) => Ok(answer),
            _ => Err(Error::Protocol("an answer of another kind came".to_owned())),
        }
    };
}

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
        let send = v1::SendRequest { room_id: room.0, client_message_id, text: text.into() };
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

    /// Makes a room, and joins it.
    pub async fn create_room(
        &self,
        name: impl Into<String>,
        topic: impl Into<String>,
    ) -> Result<v1::RoomState, Error> {
        let create = v1::CreateRoomRequest { name: name.into(), topic: topic.into() };
        state_of(expect_answer!(self.request(Ask::CreateRoom(create)).await, Room)?)
    }

    /// Joins a room. Joining a room one is in changes nothing.
    pub async fn join_room(&self, room: RoomRef) -> Result<v1::RoomState, Error> {
        let (room_id, room_name) = match room {
            RoomRef::Id(id) => (id.0, String::new()),
            RoomRef::Name(name) => (0, name),
        };
        let join = v1::JoinRoomRequest { room_id, room_name };
        state_of(expect_answer!(self.request(Ask::JoinRoom(join)).await, Room)?)
    }

    /// Leaves a room.
    pub async fn leave_room(&self, room: RoomId) -> Result<(), Error> {
        let leave = v1::LeaveRoomRequest { room_id: room.0 };
        expect_answer!(self.request(Ask::LeaveRoom(leave)).await, Ack).map(|v1::Ack {}| ())
    }

    /// A page of all rooms by name, after the name given.
    pub async fn list_rooms(
        &self,
        after_name: impl Into<String>,
        page_rows: u32,
    ) -> Result<ListRoomsResponse, Error> {
        let after_name = after_name.into();
        let list = v1::ListRoomsRequest { after_name, page_rows, room_name: String::new() };
        expect_answer!(self.request(Ask::ListRooms(list)).await, ListRooms)
    }

    /// The room of exactly this name.
    pub async fn find_room(&self, name: impl Into<String>) -> Result<Option<v1::Room>, Error> {
        let list = v1::ListRoomsRequest { room_name: name.into(), ..Default::default() };
        let answer = expect_answer!(self.request(Ask::ListRooms(list)).await, ListRooms)?;
        Ok(answer.rooms.into_iter().next())
    }

    /// A page of a room's members by name, after the name given.
    pub async fn list_members(
        &self,
        room: RoomId,
        after_name: impl Into<String>,
        page_rows: u32,
    ) -> Result<ListMembersResponse, Error> {
        let after_name = after_name.into();
        let list = v1::ListMembersRequest { room_id: room.0, after_name, page_rows };
        expect_answer!(self.request(Ask::ListMembers(list)).await, ListMembers)
    }

    /// Looks users up by id, and by one name if it is not empty.
    pub async fn get_users(
        &self,
        ids: &[UserId],
        name: impl Into<String>,
    ) -> Result<Vec<v1::User>, Error> {
        let user_ids = ids.iter().map(|id| id.0).collect();
        let get = v1::GetUsersRequest { user_ids, user_name: name.into() };
        expect_answer!(self.request(Ask::GetUsers(get)).await, GetUsers).map(|answer| answer.users)
    }

    /// Ends the session at once. The client ends with it.
    pub async fn logout(&self) -> Result<(), Error> {
        let logout = v1::LogoutRequest {};
        expect_answer!(self.request(Ask::Logout(logout)).await, Ack).map(|v1::Ack {}| ())
    }
}

fn state_of(answer: v1::RoomResponse) -> Result<v1::RoomState, Error> {
    answer.state.ok_or_else(|| Error::Protocol("a room without its state came".to_owned()))
}
