//! The server as a whole: who manages it, who may come in, bots, and what is on record.

use std::time::Duration;

use super::expect_answer;
use crate::client::{Client, Error};
use crate::ids::UserId;
use crate::v1::client_frame::Body as Ask;
use crate::v1::{self, ServerRole};

// Each fails as `Client::request` does.
#[expect(clippy::missing_errors_doc, reason = "each is a request and fails as one")]
impl Client {
    /// Becomes the first administrator, with the code that a fresh server logs.
    pub async fn claim_admin(&self, code: impl Into<String>) -> Result<(), Error> {
        let claim = v1::ClaimAdminRequest { code: code.into() };
        expect_answer!(self.request(Ask::ClaimAdmin(claim)).await, Ack).map(|v1::Ack {}| ())
    }

    /// A page of all accounts by name, after the name given.
    pub async fn list_users(
        &self,
        after_name: impl Into<String>,
        page_rows: u32,
    ) -> Result<v1::ListUsersResponse, Error> {
        let list = v1::ListUsersRequest { after_name: after_name.into(), page_rows };
        expect_answer!(self.request(Ask::ListUsers(list)).await, ListUsers)
    }

    /// Lets nobody sign in to an account any more, or lets them again.
    pub async fn suspend_user(&self, user: UserId, suspended: bool) -> Result<(), Error> {
        let suspend = v1::SuspendUserRequest { user_id: user.0, suspended };
        expect_answer!(self.request(Ask::SuspendUser(suspend)).await, Ack).map(|v1::Ack {}| ())
    }

    /// Makes somebody an administrator, or one no more.
    pub async fn set_server_role(&self, user: UserId, role: ServerRole) -> Result<(), Error> {
        let set = v1::SetServerRoleRequest { user_id: user.0, role: role.into() };
        expect_answer!(self.request(Ask::SetServerRole(set)).await, Ack).map(|v1::Ack {}| ())
    }

    /// Makes a one-time code by which a user sets a new password.
    pub async fn create_reset_code(
        &self,
        user: UserId,
    ) -> Result<v1::CreateResetCodeResponse, Error> {
        let create = v1::CreateResetCodeRequest { user_id: user.0 };
        expect_answer!(self.request(Ask::CreateResetCode(create)).await, CreateResetCode)
    }

    /// Ends all sessions of somebody; says how many there were.
    pub async fn end_user_sessions(&self, user: UserId) -> Result<u32, Error> {
        let end = v1::EndUserSessionsRequest { user_id: user.0 };
        let answer = expect_answer!(self.request(Ask::EndUserSessions(end)).await, EndSessions);
        answer.map(|answer| answer.ended)
    }

    /// A page of the audit log, the newest first; 0: from the newest.
    pub async fn list_audit(
        &self,
        before_id: u64,
        page_rows: u32,
    ) -> Result<v1::ListAuditResponse, Error> {
        let list = v1::ListAuditRequest { before_id, page_rows };
        expect_answer!(self.request(Ask::ListAudit(list)).await, ListAudit)
    }

    /// Makes an invite to the server; zero: as the server has it.
    pub async fn create_invite(
        &self,
        uses: u32,
        valid: Duration,
    ) -> Result<v1::CreateInviteResponse, Error> {
        let valid_seconds = u32::try_from(valid.as_secs()).unwrap_or(u32::MAX);
        let create = v1::CreateInviteRequest { uses, valid_seconds };
        expect_answer!(self.request(Ask::CreateInvite(create)).await, CreateInvite)
    }

    /// One's own invites that hold; of an administrator all.
    pub async fn list_invites(&self) -> Result<Vec<v1::Invite>, Error> {
        let list = v1::ListInvitesRequest {};
        let answer = expect_answer!(self.request(Ask::ListInvites(list)).await, ListInvites);
        answer.map(|answer| answer.invites)
    }

    /// Takes an invite back.
    pub async fn revoke_invite(&self, invite_id: u64) -> Result<(), Error> {
        let revoke = v1::RevokeInviteRequest { invite_id };
        expect_answer!(self.request(Ask::RevokeInvite(revoke)).await, Ack).map(|v1::Ack {}| ())
    }

    /// Makes an account for a program, and its first token.
    pub async fn create_bot(
        &self,
        user_name: impl Into<String>,
        display_name: impl Into<String>,
        token_name: impl Into<String>,
    ) -> Result<v1::ApiTokenResponse, Error> {
        let create = v1::CreateBotRequest {
            user_name: user_name.into(),
            display_name: display_name.into(),
            token_name: token_name.into(),
        };
        expect_answer!(self.request(Ask::CreateBot(create)).await, ApiToken)
    }

    /// A page of one's own bots, of an administrator of all, after the bot given; 0: from the
    /// first.
    pub async fn list_bots(&self, after: UserId) -> Result<v1::ListBotsResponse, Error> {
        let list = v1::ListBotsRequest { after_bot_id: after.0 };
        expect_answer!(self.request(Ask::ListBots(list)).await, ListBots)
    }

    /// Makes one more token for a bot of one's own.
    pub async fn create_api_token(
        &self,
        bot: UserId,
        token_name: impl Into<String>,
    ) -> Result<v1::ApiTokenResponse, Error> {
        let create = v1::CreateApiTokenRequest { bot_id: bot.0, token_name: token_name.into() };
        expect_answer!(self.request(Ask::CreateApiToken(create)).await, ApiToken)
    }

    /// Voids a token: the sessions that it opened end.
    pub async fn revoke_api_token(&self, token_id: u64) -> Result<(), Error> {
        let revoke = v1::RevokeApiTokenRequest { token_id };
        expect_answer!(self.request(Ask::RevokeApiToken(revoke)).await, Ack).map(|v1::Ack {}| ())
    }
}
