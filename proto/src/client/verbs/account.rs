//! Accounts and sessions.

use super::expect_answer;
use crate::client::{Client, DeviceKey, Error};
use crate::device::Purpose;
use crate::ids::{DeviceId, SessionId, UserId};
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

    /// Ends the session at once, and removes its device. The client ends with it.
    pub async fn logout(&self) -> Result<(), Error> {
        self.log_out(false).await
    }

    /// The same; with `keep_device` its key may open another session.
    pub async fn log_out(&self, keep_device: bool) -> Result<(), Error> {
        let logout = v1::LogoutRequest { keep_device };
        expect_answer!(self.request(Ask::Logout(logout)).await, Ack).map(|v1::Ack {}| ())
    }

    /// Sets another password. All other sessions end, all other devices are removed.
    pub async fn change_password(
        &self,
        old: impl Into<String>,
        new: impl Into<String>,
    ) -> Result<(), Error> {
        let (old_password, new_password) = (old.into(), new.into());
        let change = v1::ChangePasswordRequest { old_password, new_password };
        expect_answer!(self.request(Ask::ChangePassword(change)).await, Ack).map(|v1::Ack {}| ())
    }

    /// One's own sessions, the one that asks first.
    pub async fn list_sessions(&self) -> Result<Vec<v1::Session>, Error> {
        let list = v1::ListSessionsRequest {};
        let answer = expect_answer!(self.request(Ask::ListSessions(list)).await, ListSessions);
        answer.map(|answer| answer.sessions)
    }

    /// Ends one of one's own sessions; `None`: all but this one. Says how many.
    pub async fn end_sessions(&self, session: Option<SessionId>) -> Result<u32, Error> {
        let session_id = session.map_or(0, |session| session.0);
        let end = v1::EndSessionsRequest { session_id, all_others: session.is_none() };
        let answer = expect_answer!(self.request(Ask::EndSessions(end)).await, EndSessions);
        answer.map(|answer| answer.ended)
    }

    /// Makes this installation a device of the user, with a new key. Store the key where only
    /// its owner can read.
    pub async fn add_device(&self, name: impl Into<String>) -> Result<DeviceKey, Error> {
        let nobody = || Error::Misuse("nobody is signed in".to_owned());
        let (hello, account) = (self.hello(), self.account().ok_or_else(nobody)?);
        let key = DeviceKey::generate(&hello, UserId(account.user.user_id))?;
        let add = v1::AddDeviceRequest {
            device_id: key.device.0.to_vec().into(),
            public_key: key.public_key()?.to_vec().into(),
            name: name.into(),
            signature: key.sign(Purpose::Add, &hello)?.into(),
        };
        expect_answer!(self.request(Ask::AddDevice(add)).await, AddDevice).map(|_| key)
    }

    /// One's own devices.
    pub async fn list_devices(&self) -> Result<Vec<v1::Device>, Error> {
        let list = v1::ListDevicesRequest {};
        let answer = expect_answer!(self.request(Ask::ListDevices(list)).await, ListDevices);
        answer.map(|answer| answer.devices)
    }

    /// Gives a device another name.
    pub async fn rename_device(
        &self,
        device: DeviceId,
        name: impl Into<String>,
    ) -> Result<(), Error> {
        let device_id = device.0.to_vec().into();
        let rename = v1::RenameDeviceRequest { device_id, name: name.into() };
        expect_answer!(self.request(Ask::RenameDevice(rename)).await, Ack).map(|v1::Ack {}| ())
    }

    /// Removes a device: its sessions end at once.
    pub async fn remove_device(&self, device: DeviceId) -> Result<(), Error> {
        let remove = v1::RemoveDeviceRequest { device_id: device.0.to_vec().into() };
        expect_answer!(self.request(Ask::RemoveDevice(remove)).await, Ack).map(|v1::Ack {}| ())
    }

    /// Sets the name for display; empty: none.
    pub async fn set_profile(&self, display_name: impl Into<String>) -> Result<v1::User, Error> {
        let set = v1::SetProfileRequest { display_name: display_name.into() };
        let answer = expect_answer!(self.request(Ask::SetProfile(set)).await, User);
        answer.map(|answer| answer.user.unwrap_or_default())
    }

    /// Sets what people see beside presence until then; an empty text: nothing.
    pub async fn set_status(
        &self,
        text: impl Into<String>,
        expire_time_ms: i64,
    ) -> Result<(), Error> {
        let set = v1::SetStatusRequest { text: text.into(), expire_time_ms };
        expect_answer!(self.request(Ask::SetStatus(set)).await, Ack).map(|v1::Ack {}| ())
    }

    /// Where users stand, session by session; of at most 32, those who share a room.
    pub async fn get_presence(
        &self,
        users: &[UserId],
    ) -> Result<Vec<v1::ExplainedPresence>, Error> {
        let user_ids = users.iter().map(|user| user.0).collect();
        let get = v1::GetPresenceRequest { user_ids };
        let answer = expect_answer!(self.request(Ask::GetPresence(get)).await, GetPresence);
        answer.map(|answer| answer.presences)
    }
}
