//! Whether somebody is there.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use serde::{Deserialize, Serialize};

use super::{Id, Time};
use crate::v1;

/// Where somebody stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PresenceState {
    Offline,
    Away,
    Online,
}

/// Where somebody stands, and why.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Presence {
    pub user_id: Id,
    pub user_name: String,
    pub state: PresenceState,
    /// What led to it: `connected`, `idle`, `timed_out`; may be empty, and others may come.
    pub cause: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// May be empty.
    pub device: String,
    /// Away without a connection: when the session ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_ends: Option<Time>,
    /// What the user says of it; may be empty.
    pub status_text: String,
}

/// The same, session by session.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExplainedPresence {
    pub presence: Presence,
    /// The strongest first.
    pub sessions: Vec<SessionPresence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_expires: Option<Time>,
}

/// One session.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionPresence {
    pub state: PresenceState,
    pub cause: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    pub device: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_ends: Option<Time>,
}

/// Of users who share a room; others are missing.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Presences {
    pub presences: Vec<ExplainedPresence>,
}

const CAUSE_PREFIX: &str = "PRESENCE_CAUSE_";

fn cause_text(cause: v1::PresenceCause) -> String {
    if cause == v1::PresenceCause::Unspecified {
        return String::new();
    }
    let name = cause.as_str_name();
    name.strip_prefix(CAUSE_PREFIX).unwrap_or(name).to_ascii_lowercase()
}

fn cause_of(text: &str) -> i32 {
    let name = format!("{CAUSE_PREFIX}{}", text.to_ascii_uppercase());
    v1::PresenceCause::from_str_name(&name).unwrap_or_default().into()
}

impl From<v1::PresenceState> for PresenceState {
    fn from(state: v1::PresenceState) -> Self {
        match state {
            v1::PresenceState::Online => Self::Online,
            v1::PresenceState::Away => Self::Away,
            v1::PresenceState::Offline | v1::PresenceState::Unspecified => Self::Offline,
        }
    }
}

impl From<PresenceState> for v1::PresenceState {
    fn from(state: PresenceState) -> Self {
        match state {
            PresenceState::Online => Self::Online,
            PresenceState::Away => Self::Away,
            PresenceState::Offline => Self::Offline,
        }
    }
}

impl From<v1::Presence> for Presence {
    fn from(presence: v1::Presence) -> Self {
        Self {
            user_id: Id(presence.user_id),
            state: presence.state().into(),
            cause: cause_text(presence.cause()),
            since: Time::some(presence.since_ms),
            session_ends: Time::some(presence.session_ends_ms),
            user_name: presence.user_name,
            device: presence.device,
            status_text: presence.status_text,
        }
    }
}

impl From<Presence> for v1::Presence {
    fn from(presence: Presence) -> Self {
        Self {
            user_id: presence.user_id.0,
            user_name: presence.user_name,
            state: v1::PresenceState::from(presence.state).into(),
            cause: cause_of(&presence.cause),
            since_ms: Time::ms(presence.since),
            device: presence.device,
            session_ends_ms: Time::ms(presence.session_ends),
            status_text: presence.status_text,
        }
    }
}

impl From<v1::SessionPresence> for SessionPresence {
    fn from(session: v1::SessionPresence) -> Self {
        Self {
            state: session.state().into(),
            cause: cause_text(session.cause()),
            since: Time::some(session.since_ms),
            heard: Time::some(session.heard_ms),
            session_ends: Time::some(session.session_ends_ms),
            device: session.device,
        }
    }
}

impl From<SessionPresence> for v1::SessionPresence {
    fn from(session: SessionPresence) -> Self {
        Self {
            state: v1::PresenceState::from(session.state).into(),
            cause: cause_of(&session.cause),
            since_ms: Time::ms(session.since),
            device: session.device,
            heard_ms: Time::ms(session.heard),
            session_ends_ms: Time::ms(session.session_ends),
        }
    }
}

impl From<v1::ExplainedPresence> for ExplainedPresence {
    fn from(explained: v1::ExplainedPresence) -> Self {
        Self {
            presence: explained.presence.unwrap_or_default().into(),
            sessions: super::each(explained.sessions),
            status_expires: Time::some(explained.status_expires_ms),
        }
    }
}

impl From<ExplainedPresence> for v1::ExplainedPresence {
    fn from(explained: ExplainedPresence) -> Self {
        Self {
            presence: Some(explained.presence.into()),
            sessions: super::each(explained.sessions),
            status_expires_ms: Time::ms(explained.status_expires),
        }
    }
}
