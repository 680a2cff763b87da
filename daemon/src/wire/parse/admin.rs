//! The server as a whole: sign-ins by code and by API token, invites, bots, administration.

use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::UserId;
use parlor_proto::limits::{
    API_TOKEN_BYTES_MAX, CODE_BYTES_MAX, INVITE_USES_MAX, INVITE_VALID, INVITE_VALID_MAX,
    LABEL_BYTES_MAX, NAME_BYTES_MAX,
};
use parlor_proto::name::Name;
use parlor_proto::v1::{self, client_frame::Body};

use super::account::{display_name, new_password, sign_in};
use super::{at_most, deny, hash, misplaced, name, rows};
use crate::chat::{AdminRequest, Denial, SecretHash, SecretId};

#[expect(clippy::wildcard_enum_match_arm, reason = "the other areas have their own files")]
pub(super) fn request(body: Body) -> Result<AdminRequest, Denial> {
    Ok(match body {
        Body::ResetPassword(reset) => AdminRequest::ResetPassword {
            name: Name::parse(&reset.user_name).ok(),
            code: code(&reset.code)?,
            password: new_password(reset.new_password)?,
            sign_in: sign_in(reset.sign_in)?,
        },
        Body::LoginWithToken(login) => {
            at_most("api_token", login.api_token.len(), API_TOKEN_BYTES_MAX)?;
            let token = hash(login.api_token.as_bytes());
            AdminRequest::LoginWithToken { token, sign_in: sign_in(login.sign_in)? }
        }
        Body::CreateInvite(create) => create_invite(&create)?,
        Body::ListInvites(_) => AdminRequest::ListInvites,
        Body::RevokeInvite(revoke) => {
            AdminRequest::RevokeInvite { invite: SecretId(revoke.invite_id) }
        }
        Body::CreateBot(create) => {
            let token = label("token_name", &create.token_name)?;
            let display_name = display_name(&create.display_name)?;
            AdminRequest::CreateBot { name: name(&create.user_name)?, display_name, token }
        }
        Body::ListBots(list) => {
            let after = Some(UserId(list.after_bot_id)).filter(|bot| bot.0 != 0);
            AdminRequest::ListBots { after }
        }
        Body::CreateApiToken(create) => AdminRequest::CreateToken {
            bot: UserId(create.bot_id),
            name: label("token_name", &create.token_name)?,
        },
        Body::RevokeApiToken(revoke) => {
            AdminRequest::RevokeToken { token: SecretId(revoke.token_id) }
        }
        body => return for_admins(body),
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the other areas have their own files")]
fn for_admins(body: Body) -> Result<AdminRequest, Denial> {
    Ok(match body {
        Body::ClaimAdmin(claim) => AdminRequest::Claim { code: code(&claim.code)? },
        Body::ListUsers(list) => {
            at_most("after_name", list.after_name.len(), NAME_BYTES_MAX)?;
            AdminRequest::ListUsers { after: list.after_name.into(), rows: rows(list.page_rows) }
        }
        Body::SuspendUser(suspend) => {
            let user = UserId(suspend.user_id);
            AdminRequest::Suspend { user, suspended: suspend.suspended }
        }
        Body::SetServerRole(set) => {
            let admin = match set.role() {
                v1::ServerRole::Admin => true,
                v1::ServerRole::User => false,
                v1::ServerRole::Unspecified => {
                    return Err(deny(Reason::BadField, "role is missing or unknown"));
                }
            };
            AdminRequest::SetRole { user: UserId(set.user_id), admin }
        }
        Body::CreateResetCode(create) => {
            AdminRequest::CreateResetCode { user: UserId(create.user_id) }
        }
        Body::EndUserSessions(end) => AdminRequest::EndSessions { user: UserId(end.user_id) },
        Body::ListAudit(list) => AdminRequest::ListAudit {
            before: (list.before_id != 0).then_some(list.before_id),
            rows: rows(list.page_rows),
        },
        _ => return Err(misplaced()),
    })
}

fn create_invite(create: &v1::CreateInviteRequest) -> Result<AdminRequest, Denial> {
    let uses = create.uses.max(1);
    if uses > INVITE_USES_MAX {
        let message = format!("uses: at most {INVITE_USES_MAX}: {uses}");
        return Err(deny(Reason::BadField, message));
    }
    let valid = match create.valid_seconds {
        0 => INVITE_VALID,
        seconds => Duration::from_secs(seconds.into()),
    };
    if valid > INVITE_VALID_MAX {
        let most = INVITE_VALID_MAX.as_secs();
        let message = format!("valid_seconds: at most {most}: {}", valid.as_secs());
        return Err(deny(Reason::BadField, message));
    }
    Ok(AdminRequest::CreateInvite { uses, valid })
}

/// Codes are typed by people: case, spaces and dashes do not matter.
fn code(text: &str) -> Result<SecretHash, Denial> {
    at_most("code", text.len(), CODE_BYTES_MAX)?;
    Ok(code_hash(text))
}

/// What a one-time code is known by.
pub(crate) fn code_hash(text: &str) -> SecretHash {
    let plain = text.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = plain.map(|c| c.to_ascii_lowercase()).collect();
    hash(plain.as_bytes())
}

fn label(field: &str, text: &str) -> Result<std::sync::Arc<str>, Denial> {
    at_most(field, text.len(), LABEL_BYTES_MAX)?;
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        let printed = code_hash("abcde-fghij-23456");
        for typed in ["ABCDE-FGHIJ-23456", "abcde fghij 23456 ", "abcdefghij23456\n"] {
            assert_eq!(code_hash(typed), printed, "{typed:?}");
        }
        assert_ne!(code_hash("abcde-fghij-23457"), printed);
    }
}
