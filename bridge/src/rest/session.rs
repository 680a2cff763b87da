//! Ways in and out.
#![expect(unused_qualifications, reason = "the macro for paths names parameters in full")]

use axum::http::StatusCode;
use parlor_proto::client::{Account, SignIn};
use parlor_proto::rest::{
    CurrentSession, Ended, Id, NewAccount, NewPassword, NewSession, Server, Session, Sessions,
    SignedIn, TokenText,
};
use parlor_proto::v1;
use serde::Deserialize;
use utoipa::IntoParams;

use super::caller::{Caller, Stranger, ask};
use super::document::{OpenProblems, Problems};
use super::input::{Input, Path, Query, Told};
use super::problem::Refused;

type Answer<T> = Result<Told<T>, Refused>;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct SessionPath {
    #[param(inline)]
    session: Id,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct LogOut {
    /// The device by which the session began stays, for signing in silently again.
    #[serde(default)]
    keep_device: bool,
}

/// What the server says of itself to anybody
#[utoipa::path(get, operation_id = "get_server",
    path = "/v1/server", responses((status = 200, body = Server), OpenProblems))]
pub(super) async fn server(stranger: Stranger) -> Answer<Server> {
    Ok(Told::ok(stranger.hello().await?))
}

/// Makes an account and signs in
#[utoipa::path(post, operation_id = "create_account",
    path = "/v1/accounts", request_body = NewAccount,
    responses((status = 201, body = SignedIn), OpenProblems))]
pub(super) async fn register(
    stranger: Stranger,
    Input(new): Input<NewAccount>,
) -> Answer<SignedIn> {
    let NewAccount { user_name, password, invite, device } = new;
    let sign_in = SignIn::Register { user_name, password, invite };
    Ok(Told::created(signed_in(stranger.sign_in(sign_in, &device).await?)))
}

/// Signs in with a password, or as a bot with an API token: a new session
#[utoipa::path(post, path = "/v1/sessions", request_body = NewSession,
    responses((status = 201, body = SignedIn), OpenProblems))]
pub(super) async fn sign_in(stranger: Stranger, Input(new): Input<NewSession>) -> Answer<SignedIn> {
    let (sign_in, device) = match new {
        NewSession::Password(with) => {
            let (user_name, password) = (with.user_name, with.password);
            (SignIn::Login { user_name, password }, with.device)
        }
        NewSession::Token(with) => (SignIn::Token { api_token: with.api_token }, with.device),
    };
    Ok(Told::created(signed_in(stranger.sign_in(sign_in, &device).await?)))
}

/// Sets a new password with a one-time code and signs in
#[utoipa::path(post, path = "/v1/password-resets", request_body = NewPassword,
    responses((status = 201, body = SignedIn), OpenProblems))]
pub(super) async fn reset_password(
    stranger: Stranger,
    Input(new): Input<NewPassword>,
) -> Answer<SignedIn> {
    let NewPassword { user_name, code, new_password, device } = new;
    let sign_in = SignIn::Reset { user_name, code, new_password };
    Ok(Told::created(signed_in(stranger.sign_in(sign_in, &device).await?)))
}

/// One's own sessions
#[utoipa::path(get, operation_id = "list_sessions",
    path = "/v1/sessions", security(("bearer" = [])),
    responses((status = 200, body = Sessions), Problems))]
pub(super) async fn list(caller: Caller) -> Answer<Sessions> {
    let answer = ask!(caller, ListSessions(v1::ListSessionsRequest {}) => ListSessions);
    let sessions = answer.sessions.into_iter().map(Session::from).collect();
    Ok(Told::ok(Sessions { sessions }))
}

/// Ends all of one's own sessions but the one that asks
#[utoipa::path(delete, operation_id = "end_other_sessions",
    path = "/v1/sessions", security(("bearer" = [])),
    responses((status = 200, body = Ended), Problems))]
pub(super) async fn end_others(caller: Caller) -> Answer<Ended> {
    let end = v1::EndSessionsRequest { session_id: 0, all_others: true };
    let ended = ask!(caller, EndSessions(end) => EndSessions).ended;
    Ok(Told::ok(Ended { ended }))
}

/// Ends one of one's own sessions
#[utoipa::path(delete, operation_id = "end_session",
    path = "/v1/sessions/{session}", params(SessionPath),
    security(("bearer" = [])), responses((status = 200, body = Ended), Problems))]
pub(super) async fn end(caller: Caller, Path(path): Path<SessionPath>) -> Answer<Ended> {
    let end = v1::EndSessionsRequest { session_id: path.session.0, all_others: false };
    let ended = ask!(caller, EndSessions(end) => EndSessions).ended;
    Ok(Told::ok(Ended { ended }))
}

/// The session that asks, and whose it is
#[utoipa::path(get, operation_id = "get_current_session",
    path = "/v1/sessions/current", security(("bearer" = [])),
    responses((status = 200, body = CurrentSession), Problems))]
pub(super) async fn current(caller: Caller) -> Answer<CurrentSession> {
    let account = caller.account().await?;
    let session_timeout_ms = timeout_ms(&account);
    let session_id = Id(account.session_id.0);
    let user = if account.user.webhook {
        account.user
    } else {
        // The connection may know less than the daemon: another name, or that the session is over.
        let user_ids = vec![account.user.user_id];
        let get = v1::GetUsersRequest { user_ids, ..Default::default() };
        let found = ask!(caller, GetUsers(get) => GetUsers).users;
        found.into_iter().next().ok_or_else(Refused::confused)?
    };
    Ok(Told::ok(CurrentSession { session_id, user: user.into(), session_timeout_ms }))
}

/// Signs out: this session ends at once
#[utoipa::path(delete, path = "/v1/sessions/current", params(LogOut), security(("bearer" = [])),
    responses((status = 204, description = "The token is void"), Problems))]
pub(super) async fn log_out(
    caller: Caller,
    Query(LogOut { keep_device }): Query<LogOut>,
) -> Result<StatusCode, Refused> {
    let v1::Ack {} = ask!(caller, Logout(v1::LogoutRequest { keep_device }) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

fn signed_in(account: Account) -> SignedIn {
    SignedIn {
        session_id: Id(account.session_id.0),
        token: TokenText(*account.token.expose()),
        session_timeout_ms: timeout_ms(&account),
        user: account.user.into(),
    }
}

fn timeout_ms(account: &Account) -> u32 {
    u32::try_from(account.session_timeout.as_millis()).unwrap_or(u32::MAX)
}
