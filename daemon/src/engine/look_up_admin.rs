//! What requests about the server as a whole need to be decided: secrets to be drawn, and what
//! only the store knows. Nothing is read for somebody who may not have it.

use std::sync::Arc;

use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use parlor_proto::ids::UserId;

use super::secrets::fresh_token;
use crate::chat::{
    AccountRequest, AdminFound, AdminRequest, Chat, ConnId, Found, FreshSecret, Now, Request,
    WebhookRequest,
};
use crate::store::{Store, StoreError};
use crate::wire::parse::{code_hash, hash};

/// 128 bits: nobody guesses one, and people can type it.
const CODE_BYTES: usize = 16;

/// The characters of a code that stand together.
const CODE_GROUP: usize = 5;

/// What API tokens begin with, so that they are found where they do not belong.
const API_TOKEN_PREFIX: &str = "plr_";
const API_TOKEN_BYTES: usize = 32;

pub(super) fn look_up(
    store: &Store,
    chat: &Chat,
    now: Now,
    (conn, request): (ConnId, &Request),
) -> Result<Option<Found>, StoreError> {
    let found = match request {
        Request::Account(AccountRequest::Register { invite: Some(invite), .. }) => {
            AdminFound::Invite(store.invite(*invite)?)
        }
        Request::Admin(AdminRequest::LoginWithToken { .. }) => AdminFound::Token(fresh_token()),
        Request::Webhook(WebhookRequest::Create { .. }) if chat.user_of(conn).is_some() => {
            AdminFound::Secret(api_token())
        }
        Request::Admin(request) => match chat.user_of(conn) {
            Some(user) => return for_user(store, chat, now, ((conn, user), request)),
            None => return Ok(None),
        },
        Request::Account(_)
        | Request::Sync(_)
        | Request::Room(_)
        | Request::Message(_)
        | Request::Reading(_)
        | Request::Webhook(_)
        | Request::File(_) => {
            return Ok(None);
        }
    };
    Ok(Some(Found::Admin(found)))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "nothing is looked up for the others")]
fn for_user(
    store: &Store,
    chat: &Chat,
    now: Now,
    ((conn, user), request): ((ConnId, UserId), &AdminRequest),
) -> Result<Option<Found>, StoreError> {
    let is_admin = chat.is_admin(conn);
    let found = match request {
        AdminRequest::CreateInvite { .. } => {
            AdminFound::NewInvite { secret: invite(), open: store.open_invites(user, now.stamp)? }
        }
        AdminRequest::ListInvites => {
            AdminFound::Invites(store.invites((!is_admin).then_some(user), now.stamp)?)
        }
        AdminRequest::RevokeInvite { invite } => AdminFound::Invite(store.invite_called(*invite)?),
        AdminRequest::CreateBot { .. } | AdminRequest::CreateToken { .. } => {
            AdminFound::Secret(api_token())
        }
        AdminRequest::CreateResetCode { .. } => AdminFound::Secret(fresh_code()),
        AdminRequest::ListAudit { before, rows } if is_admin => {
            AdminFound::Audit(store.audit(*before, *rows)?)
        }
        _ => return Ok(None),
    };
    Ok(Some(Found::Admin(found)))
}

/// A one-time code for a person to type.
pub(crate) fn fresh_code() -> FreshSecret {
    let code = BASE32_NOPAD.encode(&random::<CODE_BYTES>()).to_ascii_lowercase();
    let groups: Vec<&str> =
        code.as_bytes().chunks(CODE_GROUP).filter_map(|group| str::from_utf8(group).ok()).collect();
    let text: Arc<str> = groups.join("-").into();
    FreshSecret { hash: code_hash(&text), text }
}

fn invite() -> FreshSecret {
    secret(BASE64URL_NOPAD.encode(&random::<CODE_BYTES>()))
}

fn api_token() -> FreshSecret {
    secret(format!("{API_TOKEN_PREFIX}{}", HEXLOWER.encode(&random::<API_TOKEN_BYTES>())))
}

/// As text, because that is how clients send it.
fn secret(text: String) -> FreshSecret {
    FreshSecret { hash: hash(text.as_bytes()), text: text.into() }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "without random numbers there can be no secrets")]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
