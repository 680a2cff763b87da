//! Rooms and the people in them.

use super::{RoomRef, expect_answer};
use crate::client::{Client, Error};
use crate::ids::{ClientMessageId, RoomId, UserId};
use crate::v1::client_frame::Body as Ask;
use crate::v1::{self, ListMembersResponse, ListRoomsResponse};

// Each fails as `Client::request` does.
#[expect(clippy::missing_errors_doc, reason = "each is a request and fails as one")]
impl Client {
    /// Makes a room, and joins it.
    pub async fn create_room(
        &self,
        name: impl Into<String>,
        topic: impl Into<String>,
    ) -> Result<v1::RoomState, Error> {
        let create =
            v1::CreateRoomRequest { name: name.into(), topic: topic.into(), ..Default::default() };
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
        let list = v1::ListRoomsRequest { after_name, page_rows, ..Default::default() };
        expect_answer!(self.request(Ask::ListRooms(list)).await, ListRooms)
    }

    /// The room of exactly this name; of several, one that this user is in, else the public one.
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

    /// Makes a room with rules of its own, and joins it.
    pub async fn create_room_with(
        &self,
        create: v1::CreateRoomRequest,
    ) -> Result<v1::RoomState, Error> {
        state_of(expect_answer!(self.request(Ask::CreateRoom(create)).await, Room)?)
    }

    /// Another name, topic or rules: what is present in the request, and nothing else.
    pub async fn update_room(&self, update: v1::UpdateRoomRequest) -> Result<v1::RoomState, Error> {
        state_of(expect_answer!(self.request(Ask::UpdateRoom(update)).await, Room)?)
    }

    /// A page of the rooms whose name or topic contains this; `page_token` goes on where an
    /// answer ended.
    pub async fn search_rooms(
        &self,
        containing: impl Into<String>,
        page_token: &[u8],
    ) -> Result<ListRoomsResponse, Error> {
        let (containing, page_token) = (containing.into(), page_token.to_vec().into());
        let list = v1::ListRoomsRequest { page_token, containing, ..Default::default() };
        expect_answer!(self.request(Ask::ListRooms(list)).await, ListRooms)
    }

    /// A room that one is in, as it is now. Nothing of it follows: see
    /// [`sync`](super::super::Client::sync).
    pub async fn get_room(&self, room: RoomId) -> Result<v1::RoomState, Error> {
        let get = v1::GetRoomRequest { room_id: room.0 };
        state_of(expect_answer!(self.request(Ask::GetRoom(get)).await, Room)?)
    }

    /// The direct room of oneself and these users, if anything was ever said in it.
    pub async fn get_direct(&self, others: &[UserId]) -> Result<v1::RoomState, Error> {
        let get = v1::GetDirectRequest { user_ids: others.iter().map(|user| user.0).collect() };
        state_of(expect_answer!(self.request(Ask::GetDirect(get)).await, Room)?)
    }

    /// Says something to these users, in the direct room of oneself and them.
    pub async fn send_direct(
        &self,
        others: &[UserId],
        id: ClientMessageId,
        text: impl Into<String>,
    ) -> Result<v1::SendResponse, Error> {
        let send = v1::SendRequest {
            client_message_id: id.0.to_vec().into(),
            text: text.into(),
            direct_user_ids: others.iter().map(|user| user.0).collect(),
            ..Default::default()
        };
        expect_answer!(self.request(Ask::Send(send)).await, Send)
    }

    /// How this user wants to have a room, on all devices.
    pub async fn set_room_preferences(
        &self,
        room: RoomId,
        preferences: v1::RoomPreferences,
    ) -> Result<(), Error> {
        let preferences = Some(preferences);
        let set = v1::SetRoomPreferencesRequest { room_id: room.0, preferences };
        expect_answer!(self.request(Ask::SetRoomPreferences(set)).await, Ack).map(|v1::Ack {}| ())
    }
}

fn state_of(answer: v1::RoomResponse) -> Result<v1::RoomState, Error> {
    answer.state.ok_or_else(|| Error::Protocol("a room without its state came".to_owned()))
}
