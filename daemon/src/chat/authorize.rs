//! Whether a request is allowed. The only maker of a [`Command`].

use std::sync::Arc;
use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{ClientMessageId, RequestId, RoomId, Seq, SessionId, UserId};
use parlor_proto::name::Name;

use super::effects::Denial;
use super::input::{
    Anchor, ConnId, Found, Now, Password, Request, RoomRef, SecretHash, SignIn, Stamp, Sync,
};
use super::rules::{Limited, Registration};
use super::state::State;

/// What a client is told to wait when the disk is full.
const STORAGE_RETRY: Duration = Duration::from_secs(1);

/// What a client is told to wait when too many passwords are being hashed.
const PASSWORD_RETRY: Duration = Duration::from_secs(3);

/// A request that has been allowed. Only [`authorize`] makes one.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) conn: ConnId,
    pub(super) id: RequestId,
    pub(super) action: Action,
    _only_here: (),
}

/// Who is behind a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who {
    pub(super) user: UserId,
    pub(super) session: SessionId,
}

/// A message that was sent before under the same client message id.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    pub(super) seq: Seq,
    pub(super) at: Stamp,
}

/// What is to be done, with what was proven on the way.
#[derive(Debug)]
pub(super) enum Action {
    Register {
        name: Name,
        password: Password,
        invite: Option<SecretHash>,
        sign_in: SignIn,
    },
    Login {
        name: Option<Name>,
        password: Password,
        sign_in: SignIn,
    },
    Resume {
        session: SessionId,
        sign_in: SignIn,
    },
    Logout {
        who: Who,
    },
    GetUsers {
        ids: Vec<UserId>,
        name: Option<Name>,
    },
    Sync {
        who: Who,
        wish: Sync,
    },
    CreateRoom {
        who: Who,
        name: Name,
        topic: Arc<str>,
    },
    /// Of a room that the user is not in.
    JoinRoom {
        who: Who,
        room: RoomId,
    },
    /// Of a room that the user is in already.
    StayInRoom {
        who: Who,
        room: RoomId,
    },
    LeaveRoom {
        who: Who,
        room: RoomId,
    },
    ListRooms {
        after: Arc<str>,
        rows: u32,
        name: Option<Name>,
    },
    ListMembers {
        room: RoomId,
        after: Arc<str>,
        rows: u32,
    },
    Send {
        who: Who,
        room: RoomId,
        id: ClientMessageId,
        text: Arc<str>,
    },
    /// Of a message that was sent before.
    SendAgain {
        first: First,
    },
    History {
        room: RoomId,
        anchor: Anchor,
        rows: u32,
    },
}

pub(super) fn authorize(
    state: &State,
    now: Now,
    (conn, id): (ConnId, RequestId),
    request: Request,
    found: Found,
) -> Result<Command, Denial> {
    let action = match request {
        Request::Register { name, password, invite, sign_in } => {
            is_nobody(state, conn)?;
            may_register(state, &name, invite)?;
            has_storage(state)?;
            has_room_for_password(state)?;
            Action::Register { name, password, invite, sign_in }
        }
        Request::Login { name, password, sign_in } => {
            is_nobody(state, conn)?;
            has_storage(state)?;
            may_try_password(state, now, name.as_ref())?;
            has_room_for_password(state)?;
            Action::Login { name, password, sign_in }
        }
        Request::Resume { token, sign_in } => {
            is_nobody(state, conn)?;
            let session = state.sessions.of_token(&token).ok_or_else(|| {
                Denial::new(Reason::SessionEnded, "this session has ended: sign in again")
            })?;
            has_room_for_connection(state, session)?;
            Action::Resume { session, sign_in }
        }
        Request::Logout => Action::Logout { who: somebody(state, conn)? },
        Request::GetUsers { ids, name } => {
            somebody(state, conn)?;
            Action::GetUsers { ids, name }
        }
        Request::Sync(wish) => Action::Sync { who: somebody(state, conn)?, wish },
        Request::CreateRoom { name, topic } => {
            let who = somebody(state, conn)?;
            may_create_room(state, now, who, &name)?;
            Action::CreateRoom { who, name, topic }
        }
        Request::JoinRoom { room } => may_join(state, somebody(state, conn)?, &room)?,
        Request::LeaveRoom { room } => {
            let who = a_member(state, conn, room)?;
            has_storage(state)?;
            Action::LeaveRoom { who, room }
        }
        Request::ListRooms { after, rows, name } => {
            somebody(state, conn)?;
            Action::ListRooms { after, rows, name }
        }
        Request::ListMembers { room, after, rows } => {
            a_member(state, conn, room)?;
            Action::ListMembers { room, after, rows }
        }
        Request::Send { room, id, text } => {
            let who = a_member(state, conn, room)?;
            match sent_before(found, &text)? {
                Some(first) => Action::SendAgain { first },
                None => {
                    has_storage(state)?;
                    is_within_rate(state, now, who, Limited::Send)?;
                    Action::Send { who, room, id, text }
                }
            }
        }
        Request::History { room, anchor, rows } => {
            a_member(state, conn, room)?;
            Action::History { room, anchor, rows }
        }
    };
    Ok(Command { conn, id, action, _only_here: () })
}

/// The connection has no session, nor is it about to get one.
fn is_nobody(state: &State, conn: ConnId) -> Result<(), Denial> {
    if state.conns.get(conn).is_some() || state.conns.pending.contains(&conn) {
        return Err(Denial::new(Reason::AlreadySignedIn, "this connection has a session"));
    }
    Ok(())
}

fn somebody(state: &State, conn: ConnId) -> Result<Who, Denial> {
    let attached = state.conns.get(conn);
    attached
        .map(|conn| Who { user: conn.user, session: conn.session })
        .ok_or_else(|| Denial::new(Reason::NotSignedIn, "sign in first"))
}

fn a_member(state: &State, conn: ConnId, room: RoomId) -> Result<Who, Denial> {
    let who = somebody(state, conn)?;
    let Some(found) = state.rooms.get(room) else { return Err(no_such_room()) };
    if state.rooms.member(room, who.user).is_none() {
        let message = format!("only members may do this: join {} first", found.name);
        return Err(Denial::new(Reason::NotAMember, message));
    }
    Ok(who)
}

pub(super) fn may_register(
    state: &State,
    name: &Name,
    invite: Option<SecretHash>,
) -> Result<(), Denial> {
    match state.rules.registration {
        Registration::Closed => {
            return Err(Denial::new(Reason::RegistrationClosed, "nobody may register here"));
        }
        Registration::Invite if invite.is_none() => {
            return Err(Denial::new(Reason::BadInvite, "registering here needs an invite"));
        }
        Registration::Invite | Registration::Open => {}
    }
    if state.users.named(name).is_some() {
        return Err(Denial::new(Reason::UserNameTaken, format!("the name is taken: {name}")));
    }
    Ok(())
}

fn may_try_password(state: &State, now: Now, name: Option<&Name>) -> Result<(), Denial> {
    let Some(name) = name else { return Ok(()) };
    let rate = state.rules.wrong_passwords;
    let mut bucket = state.wrong_passwords.get(name).copied().unwrap_or_default();
    // Those that are being looked at count, or any number could be tried at once.
    for _ in 0..state.conns.guesses(name) {
        let _empty = bucket.take(now.moment, rate);
    }
    bucket.check(now.moment, rate).map_err(|wait| Denial {
        retry_after: wait,
        ..Denial::new(Reason::RateLimited, "too many wrong passwords for this name")
    })
}

fn has_room_for_password(state: &State) -> Result<(), Denial> {
    if state.conns.pending.len() < state.rules.passwords_pending_max {
        return Ok(());
    }
    let denial = Denial::new(Reason::LoginQueueFull, "too many people are signing in");
    Err(Denial { retry_after: PASSWORD_RETRY, ..denial })
}

pub(super) fn has_room_for_connection(state: &State, session: SessionId) -> Result<(), Denial> {
    let max = state.rules.connections_per_session_max;
    if state.conns.of_session(session).count() < max {
        return Ok(());
    }
    let message = format!("a session has at most {max} connections");
    Err(Denial::new(Reason::TooManyConnections, message))
}

pub(super) fn has_storage(state: &State) -> Result<(), Denial> {
    if !state.storage_full {
        return Ok(());
    }
    let denial = Denial::new(Reason::StorageFull, "the server's disk is full");
    Err(Denial { retry_after: STORAGE_RETRY, ..denial })
}

fn may_create_room(state: &State, now: Now, who: Who, name: &Name) -> Result<(), Denial> {
    if state.rooms.named(name).is_some() {
        return Err(Denial::new(Reason::RoomNameTaken, format!("the name is taken: {name}")));
    }
    has_place_for_room(state, who)?;
    has_storage(state)?;
    is_within_rate(state, now, who, Limited::CreateRoom)
}

fn may_join(state: &State, who: Who, room: &RoomRef) -> Result<Action, Denial> {
    let known = match room {
        RoomRef::Id(id) => state.rooms.get(*id).map(|_| *id),
        RoomRef::Name(name) => state.rooms.named(name),
    };
    let room = known.ok_or_else(no_such_room)?;
    if state.rooms.member(room, who.user).is_some() {
        return Ok(Action::StayInRoom { who, room });
    }
    has_place_for_room(state, who)?;
    let max = state.rules.members_per_room_max;
    if state.rooms.get(room).is_some_and(|room| room.members >= max) {
        let message = format!("a room has at most {max} members");
        return Err(Denial::new(Reason::TooManyMembers, message));
    }
    has_storage(state)?;
    Ok(Action::JoinRoom { who, room })
}

fn sent_before(found: Found, text: &str) -> Result<Option<First>, Denial> {
    match found {
        Found::Nothing => Ok(None),
        Found::Sent { seq, at, text: first } if first == text => Ok(Some(First { seq, at })),
        Found::Sent { seq, .. } => Err(Denial::new(
            Reason::ClientMessageIdReused,
            format!("this client_message_id came before with another text: seq {seq}"),
        )),
    }
}

fn is_within_rate(state: &State, now: Now, who: Who, what: Limited) -> Result<(), Denial> {
    let Some(rate) = state.rules.rate(what) else { return Ok(()) };
    let Some(bucket) = state.buckets.get(&(who.user, what)) else { return Ok(()) };
    bucket.check(now.moment, rate).map_err(|wait| {
        let message = match what {
            Limited::Send => "too many messages in too short a time",
            Limited::CreateRoom => "too many rooms in too short a time",
        };
        Denial { retry_after: wait, ..Denial::new(Reason::RateLimited, message) }
    })
}

fn has_place_for_room(state: &State, who: Who) -> Result<(), Denial> {
    let max = state.rules.rooms_per_user_max;
    if state.rooms.of_user(who.user).count() < max {
        return Ok(());
    }
    Err(Denial::new(Reason::TooManyRooms, format!("a user is in at most {max} rooms")))
}

fn no_such_room() -> Denial {
    Denial::new(Reason::RoomNotFound, "there is no such room")
}
