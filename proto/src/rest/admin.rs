//! The server as a whole: bots, and what administrators do and see.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use serde::{Deserialize, Serialize};

use super::{Id, PageToken, ServerRole, Time, User};
use crate::v1;

/// The one-time code of a fresh server.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClaimCode {
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub code: String,
}

/// A page of all accounts by name.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserPage {
    pub users: Vec<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<PageToken>,
}

/// What somebody may do on the whole server.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RoleChange {
    pub role: ServerRole,
}

/// By which a user sets a new password.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResetCode {
    /// Shown this once.
    pub code: String,
    pub expire_time: Time,
}

/// An account without a password that belongs to who asks, and its first token.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewBot {
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9._-]{2,32}$"))]
    pub user_name: String,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub display_name: String,
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub token_name: String,
}

/// Another token of a bot.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub token_name: String,
}

/// A token without its secret.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    pub token_id: Id,
    pub name: String,
    pub create_time: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Time>,
}

/// A token that was made.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewBotToken {
    pub bot: User,
    pub token: ApiToken,
    /// Shown this once.
    pub secret: String,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bot {
    pub user: User,
    pub owner_id: Id,
    pub owner_name: String,
    pub tokens: Vec<ApiToken>,
}

/// One's own bots; an administrator sees all.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bots {
    pub bots: Vec<Bot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<PageToken>,
}

/// What is on record.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    pub entry_id: Id,
    pub time: Time,
    /// Missing: nobody who was signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<Id>,
    pub actor_name: String,
    pub address: String,
    pub action: String,
    /// What it was done to; may be empty.
    pub object: String,
    /// `ok`, or the reason of the refusal.
    pub outcome: String,
}

/// A page of the audit log, newest first.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    /// There are more before the last of these.
    pub more: bool,
}

impl From<v1::ListUsersResponse> for UserPage {
    fn from(page: v1::ListUsersResponse) -> Self {
        let last = page.users.last().map(|user| user.user_name.as_str());
        let next_page_token = PageToken::after(last, page.more);
        Self { users: super::each(page.users), next_page_token }
    }
}

impl From<UserPage> for v1::ListUsersResponse {
    fn from(page: UserPage) -> Self {
        Self { users: super::each(page.users), more: page.next_page_token.is_some() }
    }
}

impl From<v1::ListBotsResponse> for Bots {
    fn from(page: v1::ListBotsResponse) -> Self {
        let last = page.bots.last().and_then(|bot| bot.user.as_ref());
        let last = last.map(|user| user.user_id.to_string());
        let next_page_token = PageToken::after(last.as_deref(), page.more);
        Self { bots: super::each(page.bots), next_page_token }
    }
}

impl From<Bots> for v1::ListBotsResponse {
    fn from(page: Bots) -> Self {
        Self { bots: super::each(page.bots), more: page.next_page_token.is_some() }
    }
}

impl From<v1::ApiToken> for ApiToken {
    fn from(token: v1::ApiToken) -> Self {
        Self {
            token_id: Id(token.token_id),
            name: token.name,
            create_time: Time(token.create_time_ms),
            last_used: Time::some(token.last_used_ms),
        }
    }
}

impl From<ApiToken> for v1::ApiToken {
    fn from(token: ApiToken) -> Self {
        Self {
            token_id: token.token_id.0,
            name: token.name,
            create_time_ms: token.create_time.0,
            last_used_ms: Time::ms(token.last_used),
        }
    }
}

impl From<v1::ApiTokenResponse> for NewBotToken {
    fn from(made: v1::ApiTokenResponse) -> Self {
        Self {
            bot: made.bot.unwrap_or_default().into(),
            token: made.token.unwrap_or_default().into(),
            secret: made.secret,
        }
    }
}

impl From<NewBotToken> for v1::ApiTokenResponse {
    fn from(made: NewBotToken) -> Self {
        Self { bot: Some(made.bot.into()), token: Some(made.token.into()), secret: made.secret }
    }
}

impl From<v1::Bot> for Bot {
    fn from(bot: v1::Bot) -> Self {
        Self {
            user: bot.user.unwrap_or_default().into(),
            owner_id: Id(bot.owner_id),
            owner_name: bot.owner_name,
            tokens: super::each(bot.tokens),
        }
    }
}

impl From<Bot> for v1::Bot {
    fn from(bot: Bot) -> Self {
        Self {
            user: Some(bot.user.into()),
            owner_id: bot.owner_id.0,
            owner_name: bot.owner_name,
            tokens: super::each(bot.tokens),
        }
    }
}

impl From<v1::AuditEntry> for AuditEntry {
    fn from(entry: v1::AuditEntry) -> Self {
        Self {
            entry_id: Id(entry.entry_id),
            time: Time(entry.time_ms),
            actor_id: Id::some(entry.actor_id),
            actor_name: entry.actor_name,
            address: entry.address,
            action: entry.action,
            object: entry.object,
            outcome: entry.outcome,
        }
    }
}

impl From<AuditEntry> for v1::AuditEntry {
    fn from(entry: AuditEntry) -> Self {
        Self {
            entry_id: entry.entry_id.0,
            time_ms: entry.time.0,
            actor_id: Id::number(entry.actor_id),
            actor_name: entry.actor_name,
            address: entry.address,
            action: entry.action,
            object: entry.object,
            outcome: entry.outcome,
        }
    }
}
