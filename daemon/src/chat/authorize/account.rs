//! Who may sign in, register, and manage an account.

use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{SessionId, UserId};
use parlor_proto::name::Name;

use super::{Who, has_storage, somebody};
use crate::chat::effects::Denial;
use crate::chat::input::{AccountRequest, ConnId, Now, Password, SecretHash, SignIn};
use crate::chat::rules::Registration;
use crate::chat::state::State;

/// What a client is told to wait when too many passwords are being hashed.
const PASSWORD_RETRY: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(in crate::chat) enum AccountAction {
    Register { name: Name, password: Password, invite: Option<SecretHash>, sign_in: SignIn },
    Login { name: Option<Name>, password: Password, sign_in: SignIn },
    Resume { session: SessionId, sign_in: SignIn },
    Logout { who: Who },
    GetUsers { ids: Vec<UserId>, name: Option<Name> },
}

pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    request: AccountRequest,
) -> Result<AccountAction, Denial> {
    Ok(match request {
        AccountRequest::Register { name, password, invite, sign_in } => {
            is_nobody(state, conn)?;
            may_register(state, &name, invite)?;
            has_storage(state)?;
            has_room_for_password(state)?;
            AccountAction::Register { name, password, invite, sign_in }
        }
        AccountRequest::Login { name, password, sign_in } => {
            is_nobody(state, conn)?;
            has_storage(state)?;
            may_try_password(state, now, name.as_ref())?;
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
        AccountRequest::Logout => AccountAction::Logout { who: somebody(state, conn)? },
        AccountRequest::GetUsers { ids, name } => {
            somebody(state, conn)?;
            AccountAction::GetUsers { ids, name }
        }
    })
}

/// The connection has no session, nor is it about to get one.
fn is_nobody(state: &State, conn: ConnId) -> Result<(), Denial> {
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

fn has_room_for_connection(state: &State, session: SessionId) -> Result<(), Denial> {
    let max = state.rules.connections_per_session_max;
    if state.conns.of_session(session).count() < max {
        return Ok(());
    }
    let message = format!("a session has at most {max} connections");
    Err(Denial::new(Reason::TooManyConnections, message))
}
