//! From frames to requests: the only validation. What comes out is well formed; whether it is
//! allowed is for the core to say.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parlor_proto::codes::Reason;
use parlor_proto::ids::{ClientMessageId, Epoch, RequestId, RoomId, Seq, UserId};
use parlor_proto::limits::{
    INVITE_BYTES_MAX, LABEL_BYTES_MAX, PAGE_ROWS_MAX, PASSWORD_BYTES_MAX, PASSWORD_BYTES_MIN,
    SYNC_ROOMS_MAX, TEXT_BYTES_MAX, TOKEN_BYTES, TOPIC_BYTES_MAX, USER_IDS_MAX,
};
use parlor_proto::name::Name;
use parlor_proto::v1::{self, client_frame::Body, history_request};
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use crate::chat::{
    Anchor, Denial, Password, Request, RoomRef, SecretHash, SignIn, Sync as SyncWish,
};

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
            let is_sign_in = matches!(body, Body::Register(_) | Body::Login(_) | Body::Resume(_));
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

fn request(body: Body) -> Result<Request, Denial> {
    Ok(match body {
        Body::Register(register) => register_request(register)?,
        Body::Login(login) => Request::Login {
            // A name that nobody can have is answered like one that nobody has.
            name: Name::parse(&login.user_name).ok(),
            password: password(login.password)?,
            sign_in: sign_in(login.sign_in)?,
        },
        Body::Resume(resume) => {
            Request::Resume { token: token_hash(&resume.token)?, sign_in: sign_in(resume.sign_in)? }
        }
        Body::Logout(v1::LogoutRequest {}) => Request::Logout,
        Body::GetUsers(get_users) => get_users_request(&get_users)?,
        Body::Sync(sync) => Request::Sync(sync_wish(&sync)?),
        Body::CreateRoom(create) => {
            at_most("topic", create.topic.len(), TOPIC_BYTES_MAX)?;
            Request::CreateRoom { name: name(&create.name)?, topic: create.topic.into() }
        }
        Body::JoinRoom(join) if join.room_id == 0 => {
            Request::JoinRoom { room: RoomRef::Name(name(&join.room_name)?) }
        }
        Body::JoinRoom(join) => Request::JoinRoom { room: RoomRef::Id(RoomId(join.room_id)) },
        Body::LeaveRoom(leave) => Request::LeaveRoom { room: room(leave.room_id)? },
        Body::ListRooms(list) => list_rooms_request(&list)?,
        Body::ListMembers(list) => Request::ListMembers {
            room: room(list.room_id)?,
            after: list.after_name.into(),
            rows: rows(list.page_rows),
        },
        Body::Send(send) => send_request(send)?,
        Body::History(history) => Request::History {
            room: room(history.room_id)?,
            anchor: anchor(history.anchor),
            rows: rows(history.page_rows),
        },
        Body::Hello(_) | Body::KeepAlive(_) => {
            return Err(deny(Reason::Internal, "taken care of before"));
        }
    })
}

/// Apart from [`parse`], because whatever else is refused before a hello is refused for that.
pub(crate) fn check_hello(hello: &v1::HelloRequest) -> Result<(), Denial> {
    at_most("client_name", hello.client_name.len(), LABEL_BYTES_MAX)?;
    at_most("client_version", hello.client_version.len(), LABEL_BYTES_MAX)
}

fn register_request(register: v1::RegisterRequest) -> Result<Request, Denial> {
    at_most("invite", register.invite.len(), INVITE_BYTES_MAX)?;
    let name = name(&register.user_name)?;
    let len = register.password.len();
    if len < PASSWORD_BYTES_MIN {
        return Err(deny(
            Reason::BadPassword,
            format!("a password has at least {PASSWORD_BYTES_MIN} bytes: {len}"),
        ));
    }
    Ok(Request::Register {
        name,
        password: password(register.password)?,
        invite: (!register.invite.is_empty()).then(|| hash(register.invite.as_bytes())),
        sign_in: sign_in(register.sign_in)?,
    })
}

fn password(text: String) -> Result<Password, Denial> {
    let password = Password(text);
    let len = password.0.len();
    if len > PASSWORD_BYTES_MAX {
        return Err(deny(
            Reason::BadPassword,
            format!("a password has at most {PASSWORD_BYTES_MAX} bytes: {len}"),
        ));
    }
    Ok(password)
}

fn sign_in(sign_in: Option<v1::SignIn>) -> Result<SignIn, Denial> {
    let v1::SignIn { device, session_timeout_ms } = sign_in.unwrap_or_default();
    at_most("device", device.len(), LABEL_BYTES_MAX)?;
    let wish = Duration::from_millis(session_timeout_ms.into());
    Ok(SignIn { device: device.into(), timeout: (!wish.is_zero()).then_some(wish) })
}

/// Secrets are known by their hash from here on.
pub(crate) fn hash(secret: &[u8]) -> SecretHash {
    SecretHash(Sha256::digest(secret).into())
}

fn token_hash(token: &[u8]) -> Result<SecretHash, Denial> {
    if token.len() == TOKEN_BYTES {
        Ok(hash(token))
    } else {
        Err(deny(Reason::BadField, format!("token has {TOKEN_BYTES} bytes: {}", token.len())))
    }
}

fn get_users_request(get_users: &v1::GetUsersRequest) -> Result<Request, Denial> {
    at_most("user_ids", get_users.user_ids.len(), USER_IDS_MAX)?;
    let ids = get_users.user_ids.iter().copied().map(UserId).collect();
    Ok(Request::GetUsers { ids, name: Name::parse(&get_users.user_name).ok() })
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

fn list_rooms_request(list: &v1::ListRoomsRequest) -> Result<Request, Denial> {
    let name = match list.room_name.as_str() {
        "" => None,
        text => Some(name(text)?),
    };
    Ok(Request::ListRooms {
        after: list.after_name.as_str().into(),
        rows: rows(list.page_rows),
        name,
    })
}

fn send_request(send: v1::SendRequest) -> Result<Request, Denial> {
    let id = ClientMessageId::try_from(&send.client_message_id[..]).map_err(|_| {
        let len = send.client_message_id.len();
        deny(Reason::BadClientMessageId, format!("client_message_id has 16 bytes: {len}"))
    })?;
    let len = send.text.len();
    if len == 0 {
        return Err(deny(Reason::TextEmpty, "a message has some text"));
    }
    if len > TEXT_BYTES_MAX {
        return Err(deny(
            Reason::TextTooLong,
            format!("a message has at most {TEXT_BYTES_MAX} bytes: {len}"),
        ));
    }
    Ok(Request::Send { room: room(send.room_id)?, id, text: Arc::from(send.text) })
}

fn anchor(anchor: Option<history_request::Anchor>) -> Anchor {
    match anchor {
        Some(history_request::Anchor::AfterSeq(seq)) => Anchor::After(Seq(seq)),
        Some(history_request::Anchor::BeforeSeq(0)) | None => Anchor::Before(None),
        Some(history_request::Anchor::BeforeSeq(seq)) => Anchor::Before(Some(Seq(seq))),
    }
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

fn deny(reason: Reason, message: impl Into<String>) -> Denial {
    Denial::new(reason, message)
}
