//! Who is in a room, and as what: inviting, putting out, keeping out, silencing, promoting.

use super::expect_answer;
use crate::client::{Client, Error};
use crate::ids::{RoomId, UserId};
use crate::v1::client_frame::Body as Ask;
use crate::v1::{self, ListBansResponse, Logged};

// Each fails as `Client::request` does.
#[expect(clippy::missing_errors_doc, reason = "each is a request and fails as one")]
impl Client {
    /// Lets a user in.
    pub async fn invite_member(&self, room: RoomId, user: UserId) -> Result<Logged, Error> {
        let invite = v1::InviteMemberRequest { room_id: room.0, user_id: user.0 };
        expect_answer!(self.request(Ask::InviteMember(invite)).await, Logged)
    }

    /// Refuses an invitation of one's own, or takes back that of another.
    pub async fn decline_invitation(
        &self,
        room: RoomId,
        other: Option<UserId>,
    ) -> Result<Logged, Error> {
        let user_id = other.map_or(0, |user| user.0);
        let decline = v1::DeclineInvitationRequest { room_id: room.0, user_id };
        expect_answer!(self.request(Ask::DeclineInvitation(decline)).await, Logged)
    }

    /// Puts a member out, who may come back.
    pub async fn remove_member(&self, room: RoomId, user: UserId) -> Result<Logged, Error> {
        let remove = v1::RemoveMemberRequest { room_id: room.0, user_id: user.0 };
        expect_answer!(self.request(Ask::RemoveMember(remove)).await, Logged)
    }

    /// Puts a user out and keeps them out until then; 0: for ever.
    pub async fn ban_member(
        &self,
        room: RoomId,
        user: UserId,
        reason: impl Into<String>,
        until_ms: i64,
    ) -> Result<Logged, Error> {
        let (room_id, user_id, reason) = (room.0, user.0, reason.into());
        let ban = v1::BanMemberRequest { room_id, user_id, reason, until_ms };
        expect_answer!(self.request(Ask::BanMember(ban)).await, Logged)
    }

    /// Keeps a user out no longer.
    pub async fn unban_member(&self, room: RoomId, user: UserId) -> Result<Logged, Error> {
        let unban = v1::UnbanMemberRequest { room_id: room.0, user_id: user.0 };
        expect_answer!(self.request(Ask::UnbanMember(unban)).await, Logged)
    }

    /// A page of a room's bans by name, after the name given.
    pub async fn list_bans(
        &self,
        room: RoomId,
        after_name: impl Into<String>,
        page_rows: u32,
    ) -> Result<ListBansResponse, Error> {
        let after_name = after_name.into();
        let list = v1::ListBansRequest { room_id: room.0, after_name, page_rows };
        expect_answer!(self.request(Ask::ListBans(list)).await, ListBans)
    }

    /// Lets a member say nothing until then; 0: lets them again.
    pub async fn mute_member(
        &self,
        room: RoomId,
        user: UserId,
        until_ms: i64,
    ) -> Result<Logged, Error> {
        let mute = v1::MuteMemberRequest { room_id: room.0, user_id: user.0, until_ms };
        expect_answer!(self.request(Ask::MuteMember(mute)).await, Logged)
    }

    /// Makes a member a moderator or a moderator a member.
    pub async fn set_role(
        &self,
        room: RoomId,
        user: UserId,
        role: v1::Role,
    ) -> Result<Logged, Error> {
        let set = v1::SetRoleRequest { room_id: room.0, user_id: user.0, role: role.into() };
        expect_answer!(self.request(Ask::SetRole(set)).await, Logged)
    }

    /// Makes another member the owner; oneself becomes a moderator.
    pub async fn transfer_room(&self, room: RoomId, user: UserId) -> Result<Logged, Error> {
        let transfer = v1::TransferRoomRequest { room_id: room.0, user_id: user.0 };
        expect_answer!(self.request(Ask::TransferRoom(transfer)).await, Logged)
    }

    /// Closes a room for ever.
    pub async fn archive_room(&self, room: RoomId) -> Result<Logged, Error> {
        let archive = v1::ArchiveRoomRequest { room_id: room.0 };
        expect_answer!(self.request(Ask::ArchiveRoom(archive)).await, Logged)
    }
}
