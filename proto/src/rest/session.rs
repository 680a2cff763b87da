//! Ways in, and the sessions that they open.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use serde::{Deserialize, Serialize};

use super::{Id, Time, TokenText, User};
use crate::v1;

/// An account to be, which signs in at once.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9._-]{2,32}$"))]
    pub user_name: String,
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 512))]
    pub password: String,
    /// The secret of an invite, where registration needs one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub invite: String,
    /// What people see of where somebody is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub device: String,
}

/// A session to be.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum NewSession {
    Password(PasswordSignIn),
    Token(TokenSignIn),
}

/// Of a person.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordSignIn {
    #[cfg_attr(feature = "openapi", schema(max_length = 512))]
    pub user_name: String,
    #[cfg_attr(feature = "openapi", schema(max_length = 512))]
    pub password: String,
    /// What people see of where somebody is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub device: String,
}

/// Of a bot.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TokenSignIn {
    #[cfg_attr(feature = "openapi", schema(max_length = 128))]
    pub api_token: String,
    /// What people see of where somebody is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub device: String,
}

/// A new password, with a one-time code of an administrator. All sessions and devices end.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    #[cfg_attr(feature = "openapi", schema(max_length = 512))]
    pub user_name: String,
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub code: String,
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 512))]
    pub new_password: String,
    /// What people see of where somebody is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub device: String,
}

/// A session that has begun.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedIn {
    pub session_id: Id,
    /// Send it as `Authorization: Bearer TOKEN`, and keep it secret.
    pub token: TokenText,
    pub user: User,
    /// The session ends when nothing was asked for this long.
    pub session_timeout_ms: u32,
}

/// The session that asks, and whose it is.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CurrentSession {
    pub session_id: Id,
    pub user: User,
    /// The session ends when nothing was asked for this long.
    pub session_timeout_ms: u32,
}

/// One session of one's own.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    pub session_id: Id,
    pub device: String,
    pub client_name: String,
    pub client_version: String,
    /// Of the last connection; may be empty.
    pub address: String,
    pub start_time: Time,
    pub heard_time: Time,
    pub connections: u32,
    /// The session that asks.
    pub current: bool,
    /// When it ends if nothing more is heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<Time>,
}

/// One's own.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sessions {
    pub sessions: Vec<Session>,
}

/// How many sessions have ended.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ended {
    pub ended: u32,
}

impl From<v1::Session> for Session {
    fn from(session: v1::Session) -> Self {
        Self {
            session_id: Id(session.session_id),
            device: session.device,
            client_name: session.client_name,
            client_version: session.client_version,
            address: session.address,
            start_time: Time(session.start_time_ms),
            heard_time: Time(session.heard_time_ms),
            connections: session.connections,
            current: session.current,
            ends: Time::some(session.ends_ms),
        }
    }
}

impl From<Session> for v1::Session {
    fn from(session: Session) -> Self {
        Self {
            session_id: session.session_id.0,
            device: session.device,
            client_name: session.client_name,
            client_version: session.client_version,
            address: session.address,
            start_time_ms: session.start_time.0,
            heard_time_ms: session.heard_time.0,
            connections: session.connections,
            current: session.current,
            ends_ms: Time::ms(session.ends),
        }
    }
}
