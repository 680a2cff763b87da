//! The server as a whole.
#![expect(clippy::wildcard_enum_match_arm, reason = "`Call::of` names each request")]

use super::{Call, Found, Path, done, ended, resource};
use crate::rest::{
    AuditPage, Bots, ClaimCode, NewApiToken, NewBot, NewBotToken, ResetCode, RoleChange,
    ServerRole, UserPage, each,
};
use crate::v1::client_frame::Body as Ask;
use crate::v1::server_frame::Body;
use crate::v1::{self};

pub(super) fn call(ask: Ask) -> Found {
    let user = |user_id: u64| Path::new("/v1/admin/users").part(user_id);
    Ok(match ask {
        Ask::ClaimAdmin(claim) => {
            let code = ClaimCode { code: claim.code };
            Call::with("POST", Path::new("/v1/admin/claim"), &code, done)
        }
        Ask::ListUsers(list) => {
            let path = Path::new("/v1/admin/users").rows(list.page_rows).page(list.after_name);
            Call::get(path, |body| resource::<UserPage, _>(body, Body::ListUsers))
        }
        Ask::SuspendUser(wish) => {
            let path = user(wish.user_id).part("suspension");
            if wish.suspended { Call::put(path, done) } else { Call::delete(path, done) }
        }
        Ask::SetServerRole(set) => match ServerRole::told(set.role()) {
            Some(role) => {
                Call::with("PUT", user(set.user_id).part("role"), &RoleChange { role }, done)
            }
            None => return Err(Box::new(Ask::SetServerRole(set))),
        },
        Ask::CreateResetCode(create) => Call {
            method: "POST",
            ..Call::put(user(create.user_id).part("reset-codes"), |body| {
                resource::<ResetCode, _>(body, Body::CreateResetCode)
            })
        },
        Ask::EndUserSessions(end) => Call::delete(user(end.user_id).part("sessions"), ended),
        Ask::ListAudit(list) => {
            let path = Path::new("/v1/admin/audit").number("before", list.before_id);
            Call::get(path.rows(list.page_rows), |body| {
                resource::<AuditPage, _>(body, Body::ListAudit)
            })
        }
        ask => return of_bots(ask),
    })
}

fn of_bots(ask: Ask) -> Found {
    fn made(body: &[u8]) -> serde_json::Result<Body> {
        resource::<NewBotToken, _>(body, Body::ApiToken)
    }
    Ok(match ask {
        Ask::CreateBot(create) => {
            let (user_name, display_name) = (create.user_name, create.display_name);
            let new = NewBot { user_name, display_name, token_name: create.token_name };
            Call::with("POST", Path::new("/v1/bots"), &new, made)
        }
        Ask::ListBots(list) => {
            let after = list.after_bot_id;
            let after = if after == 0 { String::new() } else { after.to_string() };
            let path = Path::new("/v1/bots").page(after);
            Call::get(path, |body| resource::<Bots, _>(body, Body::ListBots))
        }
        Ask::CreateApiToken(create) => {
            let new = NewApiToken { token_name: create.token_name };
            let path = Path::new("/v1/bots").part(create.bot_id).part("tokens");
            Call::with("POST", path, &new, made)
        }
        Ask::RevokeApiToken(revoke) => {
            Call::delete(Path::new("/v1/api-tokens").part(revoke.token_id), done)
        }
        ask => return Err(Box::new(ask)),
    })
}

impl From<ResetCode> for v1::CreateResetCodeResponse {
    fn from(made: ResetCode) -> Self {
        Self { code: made.code, expire_time_ms: made.expire_time.0 }
    }
}

impl From<AuditPage> for v1::ListAuditResponse {
    fn from(page: AuditPage) -> Self {
        Self { entries: each(page.entries), more: page.more }
    }
}
