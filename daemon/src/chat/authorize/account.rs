//! Who may sign in, register, and manage an account.

mod device;

pub(in crate::chat) use self::device::DeviceAction;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{SessionId, UserId};
use parlor_proto::name::Name;

use super::{Who, has_storage, is_within_rate, somebody};
use crate::chat::effects::{Denial, Status};
use crate::chat::guesses;
use crate::chat::input::{
    AccountRequest, AdminFound, ConnId, Found, Invite, Now, Password, SecretHash, SignIn,
};
use crate::chat::rules::{Limited, Registration};
use crate::chat::state::State;

/// What a client is told to wait when too many passwords are being hashed.
const PASSWORD_RETRY: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(in crate::chat) enum AccountAction {
    Register { name: Name, password: Password, invite: Option<SecretHash>, sign_in: SignIn },
    Login { name: Option<Name>, password: Password, sign_in: SignIn },
    Resume { session: SessionId, sign_in: SignIn },
    Logout { who: Who, keep_device: bool },
    GetUsers { who: Who, ids: Vec<UserId>, name: Option<Name> },
    ChangePassword { who: Who, old: Password, new: Password },
    ListSessions { who: Who },
    EndSession { session: SessionId },
    EndOtherSessions { who: Who },
    Device(DeviceAction),
    SetProfile { who: Who, display_name: Arc<str> },
    SetStatus { who: Who, status: Option<Status> },
    GetPresence { who: Who, users: Vec<UserId> },
}

pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    (request, found): (AccountRequest, Found),
) -> Result<AccountAction, Denial> {
    Ok(match request {
        AccountRequest::Register { name, password, invite, sign_in } => {
            is_nobody(state, conn)?;
            may_be_invited(state, now, &found)?;
            may_register(state, &name, invite)?;
            has_storage(state)?;
            has_room_for_password(state)?;
            AccountAction::Register { name, password, invite, sign_in }
        }
        AccountRequest::Login { name, password, sign_in } => {
            is_nobody(state, conn)?;
            has_storage(state)?;
            may_try_password(state, now, name.as_ref(), sign_in.address)?;
            has_room_for_password(state)?;
            AccountAction::Login { name, password, sign_in }
        }
        AccountRequest::Resume { token, sign_in } => {
            is_nobody(state, conn)?;
            let session = state.sessions.of_token(&token).ok_or_else(|| {
                Denial::new(Reason::SessionEnded, "this session has ended: sign in again")
            })?;
            has_room_for_connection(state, session)?;
            AccountAction::Resume { session, sign_in }
        }
        AccountRequest::Logout { keep_device } => {
            let who = somebody(state, conn)?;
            let device = state.sessions.get(who.session).and_then(|session| session.device_id);
            if device.is_some() && !keep_device {
                has_storage(state)?;
            }
            AccountAction::Logout { who, keep_device }
        }
        AccountRequest::GetUsers { ids, name } => {
            let who = may_list(state, now, conn)?;
            AccountAction::GetUsers { who, ids, name }
        }
        AccountRequest::ChangePassword { old, new } => {
            let who = may_change_password(state, now, conn)?;
            AccountAction::ChangePassword { who, old, new }
        }
        AccountRequest::ListSessions => {
            let who = may_list(state, now, conn)?;
            AccountAction::ListSessions { who }
        }
        AccountRequest::EndSessions { session } => end_sessions(state, conn, session)?,
        AccountRequest::SetProfile { display_name } => {
            let who = may_change(state, now, conn)?;
            is_no_other_name(state, who.user, &display_name)?;
            AccountAction::SetProfile { who, display_name }
        }
        AccountRequest::SetStatus { text, expires } => {
            let who = may_change(state, now, conn)?;
            if expires.is_some_and(|expires| expires <= now.stamp) {
                return Err(Denial::new(Reason::BadField, "expire_time_ms is past"));
            }
            let status = (!text.is_empty()).then_some(Status { text, expires });
            AccountAction::SetStatus { who, status }
        }
        AccountRequest::GetPresence { users } => {
            let who = may_list(state, now, conn)?;
            AccountAction::GetPresence { who, users }
        }
        AccountRequest::Device(request) => {
            AccountAction::Device(device::authorize(state, now, conn, (*request, found))?)
        }
    })
}

fn may_change_password(state: &State, now: Now, conn: ConnId) -> Result<Who, Denial> {
    let who = somebody(state, conn)?;
    has_storage(state)?;
    let name = state.users.get(who.user).map(|user| &user.name);
    let address = state.conns.get(conn).and_then(|conn| conn.address);
    may_try_password(state, now, name, address)?;
    has_no_password_pending(state, conn)?;
    has_room_for_password(state)?;
    Ok(who)
}

fn may_change(state: &State, now: Now, conn: ConnId) -> Result<Who, Denial> {
    let who = somebody(state, conn)?;
    has_storage(state)?;
    is_within_rate(state, now, who, Limited::ChangeAccount)?;
    Ok(who)
}

pub(super) fn may_list(state: &State, now: Now, conn: ConnId) -> Result<Who, Denial> {
    let who = somebody(state, conn)?;
    is_within_rate(state, now, who, Limited::List)?;
    Ok(who)
}

pub(super) fn is_no_other_name(
    state: &State,
    user: UserId,
    display_name: &str,
) -> Result<(), Denial> {
    state.users.alike(display_name, user).map_or(Ok(()), |name| {
        let message = format!("display_name can be taken for another user's name: {name}");
        Err(Denial::new(Reason::UserNameTaken, message))
    })
}

fn end_sessions(
    state: &State,
    conn: ConnId,
    session: Option<SessionId>,
) -> Result<AccountAction, Denial> {
    let who = somebody(state, conn)?;
    let Some(session) = session else { return Ok(AccountAction::EndOtherSessions { who }) };
    if state.sessions.get(session).is_none_or(|found| found.user != who.user) {
        let message = format!("you have no such session: {session}");
        return Err(Denial::new(Reason::SessionNotFound, message));
    }
    Ok(AccountAction::EndSession { session })
}

/// The connection has no session, nor is it about to get one.
pub(super) fn is_nobody(state: &State, conn: ConnId) -> Result<(), Denial> {
    if state.conns.get(conn).is_some() || state.conns.pending.contains(&conn) {
        return Err(Denial::new(Reason::AlreadySignedIn, "this connection has a session"));
    }
    Ok(())
}

pub(in crate::chat) fn may_register(
    state: &State,
    name: &Name,
    invite: Option<SecretHash>,
) -> Result<(), Denial> {
    match state.rules.registration {
        Registration::Closed => {
            return Err(Denial::new(Reason::RegistrationClosed, "nobody may register here"));
        }
        Registration::Invite if invite.is_none() => return Err(bad_invite()),
        Registration::Invite | Registration::Open => {}
    }
    if state.users.named(name).is_some() {
        return Err(Denial::new(Reason::UserNameTaken, format!("the name is taken: {name}")));
    }
    has_room_for_user(state)
}

pub(super) fn has_room_for_user(state: &State) -> Result<(), Denial> {
    let max = state.rules.users_max;
    if state.users.len() < max {
        return Ok(());
    }
    let message = format!("this server has as many accounts as it takes: {max}");
    Err(Denial::new(Reason::LimitExceeded, message))
}

/// Before the name is looked at: only who is invited hears whether it is taken.
fn may_be_invited(state: &State, now: Now, found: &Found) -> Result<(), Denial> {
    let invited = |invite: &Invite| invite.is_good(now.stamp);
    let is_good =
        matches!(found, Found::Admin(AdminFound::Invite(Some(invite))) if invited(invite));
    if is_good || state.rules.registration != Registration::Invite {
        return Ok(());
    }
    Err(bad_invite())
}

pub(in crate::chat) fn bad_invite() -> Denial {
    let message =
        "registering here needs an invite: none came, or it is unknown, used up or expired";
    Denial::new(Reason::BadInvite, message)
}

pub(super) fn may_try_password(
    state: &State,
    now: Now,
    name: Option<&Name>,
    address: Option<IpAddr>,
) -> Result<(), Denial> {
    let Some(name) = name else { return Ok(()) };
    let wait = guesses::wait(state, now, name, address);
    if wait.is_zero() {
        return Ok(());
    }
    let message = "too many wrong passwords for this name";
    Err(Denial { retry_after: wait, ..Denial::new(Reason::RateLimited, message) })
}

pub(super) fn has_room_for_password(state: &State) -> Result<(), Denial> {
    if state.conns.pending.len() < state.rules.passwords_pending_max {
        return Ok(());
    }
    let denial = Denial::new(Reason::LoginQueueFull, "too many people are signing in");
    Err(Denial { retry_after: PASSWORD_RETRY, ..denial })
}

/// One at a time for each connection: the answer has to find its request.
fn has_no_password_pending(state: &State, conn: ConnId) -> Result<(), Denial> {
    if !state.conns.pending.contains(&conn) {
        return Ok(());
    }
    let denial = Denial::new(Reason::LoginQueueFull, "a password is being changed already");
    Err(Denial { retry_after: PASSWORD_RETRY, ..denial })
}

fn has_room_for_connection(state: &State, session: SessionId) -> Result<(), Denial> {
    let max = state.rules.connections_per_session_max;
    if state.conns.of_session(session).count() < max {
        return Ok(());
    }
    let message = format!("a session has at most {max} connections");
    Err(Denial::new(Reason::TooManyConnections, message))
}
