//! The server as a whole: bots, and what administrators do and see.
#![expect(unused_qualifications, reason = "the macro for paths names parameters in full")]

use axum::http::StatusCode;
use parlor_proto::rest::{
    AuditEntry, AuditPage, Bots, ClaimCode, Ended, Id, NewApiToken, NewBot, NewBotToken, PageToken,
    ResetCode, RoleChange, Time, UserPage,
};
use parlor_proto::v1;
use serde::Deserialize;
use utoipa::IntoParams;

use super::account::UserPath;
use super::caller::{Caller, ask};
use super::document::Problems;
use super::input::{Input, Path, Query, Told};
use super::page::{Page, number, rows};
use super::problem::Refused;

type Answer<T> = Result<Told<T>, Refused>;
type Done = Result<StatusCode, Refused>;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct BotPath {
    #[param(inline)]
    bot: Id,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ApiTokenPath {
    #[param(inline)]
    token: Id,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhereBots {
    /// From the answer before, to go on.
    #[serde(default)]
    #[param(inline)]
    page_token: Option<PageToken>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichEntries {
    /// Only entries before this one.
    #[serde(default)]
    #[param(inline)]
    before: Option<Id>,
    /// At most so many; missing: as many as the server gives.
    #[serde(default)]
    #[param(minimum = 1, maximum = 100)]
    page_size: Option<u32>,
}

/// Becomes an administrator, with the one-time code of a fresh server
#[utoipa::path(post, operation_id = "claim_admin",
    path = "/v1/admin/claim", request_body = ClaimCode,
    security(("bearer" = [])), responses((status = 204, description = "Done"), Problems))]
pub(super) async fn claim(caller: Caller, Input(ClaimCode { code }): Input<ClaimCode>) -> Done {
    let v1::Ack {} = ask!(caller, ClaimAdmin(v1::ClaimAdminRequest { code }) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// All accounts by name
#[utoipa::path(get, path = "/v1/admin/users", params(Page), security(("bearer" = [])),
    responses((status = 200, body = UserPage), Problems))]
pub(super) async fn list_users(caller: Caller, Query(page): Query<Page>) -> Answer<UserPage> {
    let (after_name, page_rows) = (page.after_name()?, page.rows()?);
    let list = v1::ListUsersRequest { after_name, page_rows };
    Ok(Told::ok(ask!(caller, ListUsers(list) => ListUsers)))
}

/// Ends the sessions of an account and lets nobody sign in to it
#[utoipa::path(put, operation_id = "suspend_user",
    path = "/v1/admin/users/{user}/suspension", params(UserPath),
    security(("bearer" = [])), responses((status = 204, description = "Done"), Problems))]
pub(super) async fn suspend(caller: Caller, Path(path): Path<UserPath>) -> Done {
    set_suspended(&caller, path.user, true).await
}

/// Lets a suspended user sign in again
#[utoipa::path(delete, operation_id = "restore_user",
    path = "/v1/admin/users/{user}/suspension", params(UserPath),
    security(("bearer" = [])), responses((status = 204, description = "Done"), Problems))]
pub(super) async fn restore(caller: Caller, Path(path): Path<UserPath>) -> Done {
    set_suspended(&caller, path.user, false).await
}

async fn set_suspended(caller: &Caller, user: Id, suspended: bool) -> Done {
    let suspend = v1::SuspendUserRequest { user_id: user.0, suspended };
    let v1::Ack {} = ask!(caller, SuspendUser(suspend) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a user an administrator, or no longer
#[utoipa::path(put, operation_id = "set_server_role",
    path = "/v1/admin/users/{user}/role", params(UserPath),
    request_body = RoleChange, security(("bearer" = [])),
    responses((status = 204, description = "Done"), Problems))]
pub(super) async fn set_role(
    caller: Caller,
    Path(path): Path<UserPath>,
    Input(RoleChange { role }): Input<RoleChange>,
) -> Done {
    let role = v1::ServerRole::from(role).into();
    let set = v1::SetServerRoleRequest { user_id: path.user.0, role };
    let v1::Ack {} = ask!(caller, SetServerRole(set) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a one-time code by which the user sets a new password
#[utoipa::path(post, path = "/v1/admin/users/{user}/reset-codes", params(UserPath),
    security(("bearer" = [])), responses((status = 201, body = ResetCode), Problems))]
pub(super) async fn create_reset_code(
    caller: Caller,
    Path(path): Path<UserPath>,
) -> Answer<ResetCode> {
    let create = v1::CreateResetCodeRequest { user_id: path.user.0 };
    let made = ask!(caller, CreateResetCode(create) => CreateResetCode);
    let expire_time = Time(made.expire_time_ms);
    Ok(Told::created(ResetCode { code: made.code, expire_time }))
}

/// Ends all sessions of a user
#[utoipa::path(delete, operation_id = "end_user_sessions",
    path = "/v1/admin/users/{user}/sessions", params(UserPath),
    security(("bearer" = [])), responses((status = 200, body = Ended), Problems))]
pub(super) async fn end_sessions(caller: Caller, Path(path): Path<UserPath>) -> Answer<Ended> {
    let end = v1::EndUserSessionsRequest { user_id: path.user.0 };
    let ended = ask!(caller, EndUserSessions(end) => EndSessions).ended;
    Ok(Told::ok(Ended { ended }))
}

/// The log of what matters for security, newest first
#[utoipa::path(get, path = "/v1/admin/audit", params(WhichEntries), security(("bearer" = [])),
    responses((status = 200, body = AuditPage), Problems))]
pub(super) async fn list_audit(
    caller: Caller,
    Query(which): Query<WhichEntries>,
) -> Answer<AuditPage> {
    let (before_id, page_rows) = (Id::number(which.before), rows(which.page_size)?);
    let page = ask!(caller, ListAudit(v1::ListAuditRequest { before_id, page_rows }) => ListAudit);
    let entries = page.entries.into_iter().map(AuditEntry::from).collect();
    Ok(Told::ok(AuditPage { entries, more: page.more }))
}

/// Makes a bot of one's own, and its first token
#[utoipa::path(post, path = "/v1/bots", request_body = NewBot, security(("bearer" = [])),
    responses((status = 201, body = NewBotToken), Problems))]
pub(super) async fn create_bot(caller: Caller, Input(new): Input<NewBot>) -> Answer<NewBotToken> {
    let NewBot { user_name, display_name, token_name } = new;
    let create = v1::CreateBotRequest { user_name, display_name, token_name };
    Ok(Told::created(ask!(caller, CreateBot(create) => ApiToken)))
}

/// One's own bots; an administrator sees all
#[utoipa::path(get, path = "/v1/bots", params(WhereBots), security(("bearer" = [])),
    responses((status = 200, body = Bots), Problems))]
pub(super) async fn list_bots(
    caller: Caller,
    Query(WhereBots { page_token }): Query<WhereBots>,
) -> Answer<Bots> {
    let after_bot_id = number(page_token.as_ref())?;
    Ok(Told::ok(ask!(caller, ListBots(v1::ListBotsRequest { after_bot_id }) => ListBots)))
}

/// Makes another token of a bot
#[utoipa::path(post, path = "/v1/bots/{bot}/tokens", params(BotPath),
    request_body = NewApiToken, security(("bearer" = [])),
    responses((status = 201, body = NewBotToken), Problems))]
pub(super) async fn create_api_token(
    caller: Caller,
    Path(BotPath { bot }): Path<BotPath>,
    Input(NewApiToken { token_name }): Input<NewApiToken>,
) -> Answer<NewBotToken> {
    let create = v1::CreateApiTokenRequest { bot_id: bot.0, token_name };
    Ok(Told::created(ask!(caller, CreateApiToken(create) => ApiToken)))
}

/// Takes a token of a bot back; the sessions that it opened end
#[utoipa::path(delete, path = "/v1/api-tokens/{token}", params(ApiTokenPath),
    security(("bearer" = [])), responses((status = 204, description = "Done"), Problems))]
pub(super) async fn revoke_api_token(
    caller: Caller,
    Path(ApiTokenPath { token }): Path<ApiTokenPath>,
) -> Done {
    let revoke = v1::RevokeApiTokenRequest { token_id: token.0 };
    let v1::Ack {} = ask!(caller, RevokeApiToken(revoke) => Ack);
    Ok(StatusCode::NO_CONTENT)
}
