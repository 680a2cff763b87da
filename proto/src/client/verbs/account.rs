//! Accounts and sessions.

use super::expect_answer;
use crate::client::{Client, Error};
use crate::ids::UserId;
use crate::v1;
use crate::v1::client_frame::Body as Ask;

// Each fails as `Client::request` does.
#[expect(clippy::missing_errors_doc, reason = "each is a request and fails as one")]
impl Client {
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
        let logout = v1::LogoutRequest::default();
        expect_answer!(self.request(Ask::Logout(logout)).await, Ack).map(|v1::Ack {}| ())
    }
}
