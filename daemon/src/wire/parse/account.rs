//! Accounts and sessions.

mod device;
mod profile;

pub(super) use self::profile::display_name;

use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{SessionId, UserId};
use parlor_proto::limits::{
    INVITE_BYTES_MAX, LABEL_BYTES_MAX, PASSWORD_BYTES_MAX, PASSWORD_BYTES_MIN, PRESENCE_USERS_MAX,
    TOKEN_BYTES, USER_IDS_MAX,
};
use parlor_proto::name::Name;
use parlor_proto::v1::{self, client_frame::Body};

use super::{at_most, deny, hash, misplaced, name};
use crate::chat::{AccountRequest, Denial, Password, SecretHash, SignIn};

#[expect(clippy::wildcard_enum_match_arm, reason = "the other areas have their own files")]
pub(super) fn request(body: Body) -> Result<AccountRequest, Denial> {
    Ok(match body {
        Body::Register(register) => register_request(register)?,
        Body::Login(login) => AccountRequest::Login {
            // A name that nobody can have is answered like one that nobody has.
            name: Name::parse(&login.user_name).ok(),
            password: password(login.password)?,
            sign_in: sign_in(login.sign_in)?,
        },
        Body::Resume(resume) => AccountRequest::Resume {
            token: token_hash(&resume.token)?,
            sign_in: sign_in(resume.sign_in)?,
        },
        Body::Logout(logout) => AccountRequest::Logout { keep_device: logout.keep_device },
        Body::GetUsers(get_users) => get_users_request(&get_users)?,
        Body::ChangePassword(change) => AccountRequest::ChangePassword {
            old: password(change.old_password)?,
            new: new_password(change.new_password)?,
        },
        Body::ListSessions(v1::ListSessionsRequest {}) => AccountRequest::ListSessions,
        Body::EndSessions(end) => end_sessions_request(end)?,
        Body::LoginWithDevice(_)
        | Body::AddDevice(_)
        | Body::ListDevices(_)
        | Body::RenameDevice(_)
        | Body::RemoveDevice(_) => AccountRequest::Device(Box::new(device::request(body)?)),
        Body::SetProfile(profile) => profile::set_profile_request(&profile)?,
        Body::SetStatus(status) => profile::set_status_request(status)?,
        Body::GetPresence(get) => {
            at_most("user_ids", get.user_ids.len(), PRESENCE_USERS_MAX)?;
            AccountRequest::GetPresence { users: get.user_ids.into_iter().map(UserId).collect() }
        }
        _ => return Err(misplaced()),
    })
}

fn register_request(register: v1::RegisterRequest) -> Result<AccountRequest, Denial> {
    at_most("invite", register.invite.len(), INVITE_BYTES_MAX)?;
    Ok(AccountRequest::Register {
        name: name(&register.user_name)?,
        password: new_password(register.password)?,
        invite: (!register.invite.is_empty()).then(|| hash(register.invite.as_bytes())),
        sign_in: sign_in(register.sign_in)?,
    })
}

pub(super) fn new_password(text: String) -> Result<Password, Denial> {
    let len = text.len();
    if len < PASSWORD_BYTES_MIN {
        return Err(deny(
            Reason::BadPassword,
            format!("a password has at least {PASSWORD_BYTES_MIN} bytes: {len}"),
        ));
    }
    password(text)
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

pub(super) fn sign_in(sign_in: Option<v1::SignIn>) -> Result<SignIn, Denial> {
    let sign_in = sign_in.unwrap_or_default();
    let idle = sign_in.activity() == v1::Activity::Idle;
    let v1::SignIn { device, session_timeout_ms, .. } = sign_in;
    at_most("device", device.len(), LABEL_BYTES_MAX)?;
    let wish = Duration::from_millis(session_timeout_ms.into());
    let timeout = (!wish.is_zero()).then_some(wish);
    Ok(SignIn { device: device.into(), timeout, idle, ..SignIn::default() })
}

fn token_hash(token: &[u8]) -> Result<SecretHash, Denial> {
    if token.len() == TOKEN_BYTES {
        Ok(hash(token))
    } else {
        Err(deny(Reason::BadField, format!("token has {TOKEN_BYTES} bytes: {}", token.len())))
    }
}

fn get_users_request(get_users: &v1::GetUsersRequest) -> Result<AccountRequest, Denial> {
    at_most("user_ids", get_users.user_ids.len(), USER_IDS_MAX)?;
    let ids = get_users.user_ids.iter().copied().map(UserId).collect();
    Ok(AccountRequest::GetUsers { ids, name: Name::parse(&get_users.user_name).ok() })
}

fn end_sessions_request(end: v1::EndSessionsRequest) -> Result<AccountRequest, Denial> {
    let v1::EndSessionsRequest { session_id, all_others } = end;
    if (session_id != 0) == all_others {
        return Err(deny(Reason::BadField, "session_id or all_others: one of the two"));
    }
    let session = (!all_others).then_some(SessionId(session_id));
    Ok(AccountRequest::EndSessions { session })
}
