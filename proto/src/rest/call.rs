//! Each request of the schema as a call of REST, and the call's answer as the answer of the
//! schema: for a client that speaks [`v1`](crate::v1) to a bridge by HTTP. The way back of what the
//! bridge does; no I/O.
//!
//! What needs the connection itself (signing in, devices' keys, `sync`, typing) is no call.

mod account;
mod admin;
mod file;
mod message;
mod reading;
mod room;
mod webhook;

#[cfg(test)]
mod tests;

use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Ended, Logged};
use crate::v1::client_frame::Body as Ask;
use crate::v1::server_frame::Body;
use crate::v1::{self};

/// A page of REST has at most so many rows; the schema brings more to that by itself.
const ROWS_MAX: u32 = crate::limits::PAGE_ROWS_MAX;

/// One HTTP request, and how its answer is read.
#[derive(Debug)]
pub struct Call {
    /// `GET`.
    pub method: &'static str,
    /// With its query.
    pub path: String,
    /// A header that it needs besides the usual ones.
    pub header: Option<(&'static str, String)>,
    /// JSON.
    pub body: Option<String>,
    read: fn(&[u8]) -> serde_json::Result<Body>,
}

impl Call {
    /// The call that does what the request asks; `None` if there is none.
    #[must_use]
    pub fn of(ask: Ask) -> Option<Self> {
        area(&ask)?(ask).ok()
    }

    /// The answer to the request, from the body of a response that is no problem.
    ///
    /// # Errors
    ///
    /// If that is not what a bridge answers.
    pub fn read(&self, body: &[u8]) -> serde_json::Result<Body> {
        (self.read)(body)
    }

    /// Reads a resource that is no answer to a request.
    #[must_use]
    pub fn reading(path: &str) -> Self {
        Self::get(Path::new(path), done)
    }

    /// Opens a session.
    #[must_use]
    pub fn signing_in(path: &str, new: &impl Serialize) -> Self {
        Self::with("POST", Path::new(path), new, done)
    }

    fn get(path: Path, read: fn(&[u8]) -> serde_json::Result<Body>) -> Self {
        Self { method: "GET", path: path.0, header: None, body: None, read }
    }

    fn delete(path: Path, read: fn(&[u8]) -> serde_json::Result<Body>) -> Self {
        Self { method: "DELETE", path: path.0, header: None, body: None, read }
    }

    /// `PUT` of what is named by the path alone.
    fn put(path: Path, read: fn(&[u8]) -> serde_json::Result<Body>) -> Self {
        Self { method: "PUT", path: path.0, header: None, body: None, read }
    }

    fn with(
        method: &'static str,
        path: Path,
        body: &impl Serialize,
        read: fn(&[u8]) -> serde_json::Result<Body>,
    ) -> Self {
        // Resources are text and numbers, and always have a form.
        let body = Some(serde_json::to_string(body).unwrap_or_default());
        Self { method, path: path.0, header: None, body, read }
    }
}

/// A request, or what it asks if it belongs to another area.
type Found = Result<Call, Box<Ask>>;

/// Where the request becomes a call.
#[expect(clippy::too_many_lines, reason = "a table")]
fn area(ask: &Ask) -> Option<fn(Ask) -> Found> {
    Some(match ask {
        Ask::GetUsers(_)
        | Ask::Logout(_)
        | Ask::ChangePassword(_)
        | Ask::ListSessions(_)
        | Ask::EndSessions(_)
        | Ask::ListDevices(_)
        | Ask::RenameDevice(_)
        | Ask::RemoveDevice(_)
        | Ask::SetProfile(_)
        | Ask::SetStatus(_)
        | Ask::GetPresence(_)
        | Ask::CreateInvite(_)
        | Ask::ListInvites(_)
        | Ask::RevokeInvite(_) => account::call,
        Ask::CreateRoom(_)
        | Ask::JoinRoom(_)
        | Ask::LeaveRoom(_)
        | Ask::ListRooms(_)
        | Ask::ListMembers(_)
        | Ask::UpdateRoom(_)
        | Ask::InviteMember(_)
        | Ask::DeclineInvitation(_)
        | Ask::RemoveMember(_)
        | Ask::BanMember(_)
        | Ask::UnbanMember(_)
        | Ask::ListBans(_)
        | Ask::MuteMember(_)
        | Ask::SetRole(_)
        | Ask::TransferRoom(_)
        | Ask::ArchiveRoom(_)
        | Ask::GetRoom(_)
        | Ask::GetDirect(_)
        | Ask::SetRoomPreferences(_) => room::call,
        Ask::Send(_)
        | Ask::History(_)
        | Ask::Edit(_)
        | Ask::Delete(_)
        | Ask::SetReaction(_)
        | Ask::ListReactions(_)
        | Ask::ListThread(_) => message::call,
        Ask::SetCursor(_)
        | Ask::GetCursors(_)
        | Ask::RemoveCursor(_)
        | Ask::ListUnread(_)
        | Ask::Search(_)
        | Ask::ListMentions(_)
        | Ask::MarkRead(_) => reading::call,
        Ask::ClaimAdmin(_)
        | Ask::ListUsers(_)
        | Ask::SuspendUser(_)
        | Ask::SetServerRole(_)
        | Ask::CreateResetCode(_)
        | Ask::EndUserSessions(_)
        | Ask::CreateBot(_)
        | Ask::ListBots(_)
        | Ask::CreateApiToken(_)
        | Ask::RevokeApiToken(_)
        | Ask::ListAudit(_) => admin::call,
        Ask::CreateWebhook(_)
        | Ask::ListWebhooks(_)
        | Ask::RemoveWebhook(_)
        | Ask::PauseWebhook(_) => webhook::call,
        Ask::BeginUpload(_) | Ask::GetUpload(_) | Ask::CancelUpload(_) | Ask::ListUploads(_) => {
            file::call
        }
        Ask::KeepAlive(_)
        | Ask::Hello(_)
        | Ask::Register(_)
        | Ask::Login(_)
        | Ask::LoginWithDevice(_)
        | Ask::LoginWithToken(_)
        | Ask::ResetPassword(_)
        | Ask::Resume(_)
        | Ask::AddDevice(_)
        | Ask::Sync(_)
        | Ask::Typing(_)
        | Ask::ReportDeliveries(_)
        | Ask::WriteUpload(_)
        | Ask::FinishUpload(_)
        | Ask::ReadFile(_) => return None,
    })
}

/// A path while it is made: what is put into it cannot leave its place.
struct Path(String);

impl Path {
    fn new(start: &str) -> Self {
        Self(start.to_owned())
    }

    fn room(room_id: u64) -> Self {
        Self(format!("/v1/rooms/{room_id}"))
    }

    /// One more part. One of dots alone would be a way up to others.
    fn part(mut self, part: impl Display) -> Self {
        let part = part.to_string();
        self.0.push('/');
        match part.as_str() {
            "." | ".." => self.0.push_str(&part.replace('.', "%2E")),
            part => self.0.push_str(&escaped(part)),
        }
        self
    }

    /// One more parameter.
    fn query(mut self, name: &str, value: impl Display) -> Self {
        let separator = if self.0.contains('?') { "&" } else { "?" };
        self.0.extend([separator, name, "=", &escaped(&value.to_string())]);
        self
    }

    /// One more parameter; nothing if it is empty, by which the schema says so.
    fn text(self, name: &str, value: &str) -> Self {
        if value.is_empty() { self } else { self.query(name, value) }
    }

    /// One more parameter; nothing if it is 0, by which the schema says so.
    fn number(self, name: &str, value: u64) -> Self {
        if value == 0 { self } else { self.query(name, value) }
    }

    fn rows(self, rows: u32) -> Self {
        self.number("page_size", rows.min(ROWS_MAX).into())
    }

    fn page(self, token: impl Into<Vec<u8>>) -> Self {
        self.text("page_token", &super::PageToken(token.into()).to_string())
    }
}

/// Everything but what RFC 3986 calls unreserved stands as its bytes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// Ids with commas between them.
fn commas(ids: &[u64]) -> String {
    ids.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

/// Reads a resource, as the message that it is.
fn resource<R: DeserializeOwned, M: From<R>>(
    body: &[u8],
    answer: fn(M) -> Body,
) -> serde_json::Result<Body> {
    serde_json::from_slice::<R>(body).map(|resource| answer(resource.into()))
}

/// There is nothing to read.
fn done(_: &[u8]) -> serde_json::Result<Body> {
    Ok(Body::Ack(v1::Ack {}))
}

fn logged(body: &[u8]) -> serde_json::Result<Body> {
    resource::<Logged, _>(body, Body::Logged)
}

fn ended(body: &[u8]) -> serde_json::Result<Body> {
    let Ended { ended } = serde_json::from_slice(body)?;
    Ok(Body::EndSessions(v1::EndSessionsResponse { ended }))
}
