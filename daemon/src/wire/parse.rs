//! From frames to requests: the only validation. What comes out is well formed; whether it is
//! allowed is for the core to say. Requests stand in a file per area.

mod account;
mod admin;
mod file;
mod message;
mod query;
mod reading;
mod room;
mod webhook;

use std::fmt;

use bytes::Bytes;
use parlor_proto::codes::Reason;
use parlor_proto::ids::{Epoch, RequestId, RoomId, Seq};
use parlor_proto::limits::{LABEL_BYTES_MAX, PAGE_ROWS_MAX, SYNC_ROOMS_MAX};
use parlor_proto::name::Name;
use parlor_proto::v1::{self, client_frame::Body};
use prost::Message as _;
use sha2::{Digest as _, Sha256};

pub(crate) use self::admin::code_hash;
use crate::chat::{Denial, Request, SecretHash, Sync as SyncWish};

/// What a client's frame turned out to be.
#[derive(Debug)]
pub(crate) enum Wish {
    Hello {
        id: RequestId,
        hello: v1::HelloRequest,
    },
    KeepAlive {
        id: RequestId,
        activity: Option<bool>,
        token: u64,
    },
    Request {
        id: RequestId,
        request: Request,
    },
    Refused {
        id: RequestId,
        denial: Denial,
        /// Only who has a session may ask for it, so nobody else hears what was wrong.
        needs_session: bool,
    },
    /// A body that this version does not know, and no answer is wanted.
    Nothing,
}

/// The bytes are no frame of this protocol. The connection cannot go on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Malformed(String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) fn parse(frame: Bytes) -> Result<Wish, Malformed> {
    let v1::ClientFrame { request_id, body } = v1::ClientFrame::decode(frame)
        .map_err(|error| Malformed(format!("not a frame of parlor.v1: {error}")))?;
    let id = RequestId(request_id);
    let wish = match body {
        Some(Body::KeepAlive(keep_alive)) => keep_alive_wish(id, &keep_alive),
        None if request_id == 0 => Wish::Nothing,
        Some(body @ Body::Typing(_)) if request_id == 0 => {
            // Nobody waits for an answer, so nobody hears what was wrong either.
            request(body).map_or(Wish::Nothing, |request| Wish::Request { id, request })
        }
        Some(_) if request_id == 0 => {
            return Err(Malformed("a request needs a request_id that is not 0".into()));
        }
        None => Wish::Refused {
            id,
            denial: deny(Reason::UnknownRequest, "this server does not know the request"),
            needs_session: false,
        },
        Some(Body::Hello(hello)) => Wish::Hello { id, hello },
        Some(body) => {
            let is_sign_in = matches!(
                body,
                Body::Register(_)
                    | Body::Login(_)
                    | Body::LoginWithDevice(_)
                    | Body::Resume(_)
                    | Body::LoginWithToken(_)
                    | Body::ResetPassword(_)
            );
            match request(body) {
                Ok(request) => Wish::Request { id, request },
                Err(denial) => Wish::Refused { id, denial, needs_session: !is_sign_in },
            }
        }
    };
    Ok(wish)
}

fn keep_alive_wish(id: RequestId, keep_alive: &v1::KeepAlive) -> Wish {
    let activity = match keep_alive.activity() {
        v1::Activity::Unspecified => None,
        v1::Activity::Active => Some(true),
        v1::Activity::Idle => Some(false),
    };
    Wish::KeepAlive { id, activity, token: keep_alive.token }
}

#[expect(clippy::too_many_lines, reason = "a table: a line for each request")]
fn request(body: Body) -> Result<Request, Denial> {
    Ok(match body {
        Body::Register(_)
        | Body::Login(_)
        | Body::Resume(_)
        | Body::Logout(_)
        | Body::GetUsers(_)
        | Body::ChangePassword(_)
        | Body::ListSessions(_)
        | Body::EndSessions(_)
        | Body::LoginWithDevice(_)
        | Body::AddDevice(_)
        | Body::ListDevices(_)
        | Body::RenameDevice(_)
        | Body::RemoveDevice(_)
        | Body::SetProfile(_)
        | Body::SetStatus(_)
        | Body::GetPresence(_) => Request::Account(account::request(body)?),
        Body::Sync(wish) => Request::Sync(sync_wish(&wish)?),
        Body::CreateRoom(_)
        | Body::JoinRoom(_)
        | Body::LeaveRoom(_)
        | Body::ListRooms(_)
        | Body::ListMembers(_)
        | Body::UpdateRoom(_)
        | Body::InviteMember(_)
        | Body::DeclineInvitation(_)
        | Body::RemoveMember(_)
        | Body::BanMember(_)
        | Body::UnbanMember(_)
        | Body::ListBans(_)
        | Body::MuteMember(_)
        | Body::SetRole(_)
        | Body::TransferRoom(_)
        | Body::ArchiveRoom(_)
        | Body::GetRoom(_)
        | Body::GetDirect(_)
        | Body::SetRoomPreferences(_) => Request::Room(room::request(body)?),
        Body::Send(_)
        | Body::History(_)
        | Body::Edit(_)
        | Body::Delete(_)
        | Body::SetReaction(_)
        | Body::ListReactions(_)
        | Body::ListThread(_)
        | Body::Typing(_)
        | Body::Search(_) => Request::Message(message::request(body)?),
        Body::LoginWithToken(_)
        | Body::ResetPassword(_)
        | Body::CreateInvite(_)
        | Body::ListInvites(_)
        | Body::RevokeInvite(_)
        | Body::ClaimAdmin(_)
        | Body::ListUsers(_)
        | Body::SuspendUser(_)
        | Body::SetServerRole(_)
        | Body::CreateResetCode(_)
        | Body::EndUserSessions(_)
        | Body::CreateBot(_)
        | Body::ListBots(_)
        | Body::CreateApiToken(_)
        | Body::RevokeApiToken(_)
        | Body::ListAudit(_) => Request::Admin(admin::request(body)?),
        Body::MarkRead(_)
        | Body::ListUnread(_)
        | Body::ListMentions(_)
        | Body::SetCursor(_)
        | Body::GetCursors(_)
        | Body::RemoveCursor(_) => Request::Reading(reading::request(body)?),
        Body::CreateWebhook(_)
        | Body::ListWebhooks(_)
        | Body::RemoveWebhook(_)
        | Body::PauseWebhook(_)
        | Body::ReportDeliveries(_) => Request::Webhook(webhook::request(body)?),
        Body::BeginUpload(_)
        | Body::WriteUpload(_)
        | Body::GetUpload(_)
        | Body::FinishUpload(_)
        | Body::CancelUpload(_)
        | Body::ListUploads(_)
        | Body::ReadFile(_) => Request::File(file::request(body)?),
        Body::Hello(_) | Body::KeepAlive(_) => return Err(misplaced()),
    })
}

/// Apart from [`parse`], because whatever else is refused before a hello is refused for that.
pub(crate) fn check_hello(hello: &v1::HelloRequest) -> Result<(), Denial> {
    at_most("client_name", hello.client_name.len(), LABEL_BYTES_MAX)?;
    at_most("client_version", hello.client_version.len(), LABEL_BYTES_MAX)
}

/// Secrets are known by their hash from here on.
pub(crate) fn hash(secret: &[u8]) -> SecretHash {
    SecretHash(Sha256::digest(secret).into())
}

fn sync_wish(sync: &v1::SyncRequest) -> Result<SyncWish, Denial> {
    at_most("cursors", sync.cursors.len(), SYNC_ROOMS_MAX)?;
    at_most("room_ids", sync.room_ids.len(), SYNC_ROOMS_MAX)?;
    let cursor = |cursor: &v1::Cursor| (RoomId(cursor.room_id), Seq(cursor.seq));
    Ok(SyncWish {
        epoch: Epoch(sync.epoch),
        cursors: sync.cursors.iter().map(cursor).collect(),
        rooms: sync.room_ids.iter().copied().map(RoomId).collect(),
        presence: sync.presence,
    })
}

fn name(text: &str) -> Result<Name, Denial> {
    Name::parse(text).map_err(|bad| deny(Reason::BadName, bad.to_string()))
}

fn room(id: u64) -> Result<RoomId, Denial> {
    if id == 0 { Err(deny(Reason::BadField, "room_id is missing")) } else { Ok(RoomId(id)) }
}

fn rows(wish: u32) -> u32 {
    if wish == 0 { PAGE_ROWS_MAX } else { wish.min(PAGE_ROWS_MAX) }
}

fn at_most(field: &str, len: usize, max: usize) -> Result<(), Denial> {
    if len <= max {
        Ok(())
    } else {
        Err(deny(Reason::BadField, format!("{field} has at most {max}: {len}")))
    }
}

/// The area of a request was mistaken by ourselves.
fn misplaced() -> Denial {
    deny(Reason::Internal, "this request was taken for another")
}

fn deny(reason: Reason, message: impl Into<String>) -> Denial {
    Denial::new(reason, message)
}
