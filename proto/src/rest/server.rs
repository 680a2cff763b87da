//! The server as it introduces itself.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use serde::{Deserialize, Serialize};

use super::{EpochText, Time};
use crate::v1::{self, RegistrationMode};

/// What a server says of itself to anybody.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Server {
    /// The revision of the protocol that the bridge and the server speak.
    pub revision: u32,
    pub server_name: String,
    pub server_version: String,
    /// The server's clock.
    pub server_time: Time,
    pub registration: Registration,
    /// Cursors of another epoch are void.
    pub epoch: EpochText,
    pub limits: Limits,
    pub keep_alive: KeepAlivePolicy,
}

/// Who may register.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    Open,
    Invite,
    Closed,
    /// Ask and see.
    Unknown,
}

/// What the server takes. 0: not told.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Limits {
    pub frame_bytes_max: u32,
    pub frame_bytes_max_before_auth: u32,
    /// Text of one message, in bytes of UTF-8.
    pub text_bytes_max: u32,
    pub requests_in_flight_max: u32,
    /// Rows of one page.
    pub page_rows_max: u32,
    /// Events that are sent after a cursor; a longer gap is answered with a reset.
    pub catch_up_events_max: u32,
}

/// How connections stay alive; the session timeouts hold for REST as well.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeepAlivePolicy {
    pub interval_ms: u32,
    pub session_timeout_ms: u32,
    pub session_timeout_min_ms: u32,
    pub session_timeout_max_ms: u32,
    pub idle_after_ms: u32,
}

impl From<v1::HelloResponse> for Server {
    fn from(hello: v1::HelloResponse) -> Self {
        Self {
            revision: hello.revision,
            server_time: Time(hello.server_time_ms),
            registration: hello.registration().into(),
            epoch: EpochText(hello.epoch),
            limits: hello.limits.unwrap_or_default().into(),
            keep_alive: hello.keep_alive.unwrap_or_default().into(),
            server_name: hello.server_name,
            server_version: hello.server_version,
        }
    }
}

impl From<Server> for v1::HelloResponse {
    fn from(server: Server) -> Self {
        Self {
            revision: server.revision,
            server_name: server.server_name,
            server_version: server.server_version,
            limits: Some(server.limits.into()),
            keep_alive: Some(server.keep_alive.into()),
            epoch: server.epoch.0,
            server_time_ms: server.server_time.0,
            registration: RegistrationMode::from(server.registration).into(),
            ..Self::default()
        }
    }
}

impl From<RegistrationMode> for Registration {
    fn from(mode: RegistrationMode) -> Self {
        match mode {
            RegistrationMode::Open => Self::Open,
            RegistrationMode::Invite => Self::Invite,
            RegistrationMode::Closed => Self::Closed,
            RegistrationMode::Unspecified => Self::Unknown,
        }
    }
}

impl From<Registration> for RegistrationMode {
    fn from(mode: Registration) -> Self {
        match mode {
            Registration::Open => Self::Open,
            Registration::Invite => Self::Invite,
            Registration::Closed => Self::Closed,
            Registration::Unknown => Self::Unspecified,
        }
    }
}

super::same_fields!(
    Limits,
    v1::Limits {
        frame_bytes_max,
        frame_bytes_max_before_auth,
        text_bytes_max,
        requests_in_flight_max,
        page_rows_max,
        catch_up_events_max
    }
);

super::same_fields!(
    KeepAlivePolicy,
    v1::KeepAlivePolicy {
        interval_ms,
        session_timeout_ms,
        session_timeout_min_ms,
        session_timeout_max_ms,
        idle_after_ms
    }
);
