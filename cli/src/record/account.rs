//! What commands about one's own account show, and presence session by session.

use data_encoding::HEXLOWER;
use parlor_proto::v1;
use serde::Serialize;

use super::{cause, state};
use crate::when::When;

/// One line of output.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum AccountRecord {
    Session(Session),
    /// So many sessions of one's own.
    OwnSessionsEnded {
        ended: u32,
    },
    Device(Device),
    DeviceRemoved {
        device_id: String,
    },
    PasswordChanged {
        user: String,
    },
    Status {
        text: String,
        expires_at: Option<When>,
    },
    Profile {
        user: String,
        display_name: String,
    },
    /// Where somebody stands, and everything that it follows from.
    Presence(Presence),
}

#[derive(Debug, Serialize)]
pub(crate) struct Session {
    pub(crate) session_id: u64,
    pub(crate) current: bool,
    pub(crate) device: String,
    pub(crate) client: String,
    pub(crate) client_version: String,
    pub(crate) address: String,
    pub(crate) started_at: When,
    pub(crate) heard_at: When,
    pub(crate) ends_at: When,
    pub(crate) connections: u32,
}

impl From<v1::Session> for Session {
    fn from(session: v1::Session) -> Self {
        Self {
            session_id: session.session_id,
            current: session.current,
            device: session.device,
            client: session.client_name,
            client_version: session.client_version,
            address: session.address,
            started_at: When(session.start_time_ms),
            heard_at: When(session.heard_time_ms),
            ends_at: When(session.ends_ms),
            connections: session.connections,
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Device {
    pub(crate) device_id: String,
    pub(crate) name: String,
    pub(crate) current: bool,
    pub(crate) created_at: When,
    pub(crate) last_used_at: Option<When>,
}

impl From<v1::Device> for Device {
    fn from(device: v1::Device) -> Self {
        Self {
            device_id: HEXLOWER.encode(&device.device_id),
            name: device.name,
            current: device.current,
            created_at: When(device.create_time_ms),
            last_used_at: When::known(device.last_used_ms),
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Presence {
    pub(crate) user: String,
    pub(crate) user_id: u64,
    pub(crate) state: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) since: Option<When>,
    pub(crate) device: String,
    pub(crate) status: String,
    pub(crate) status_expires_at: Option<When>,
    pub(crate) sessions: Vec<SessionPresence>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SessionPresence {
    pub(crate) device: String,
    pub(crate) state: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) since: When,
    pub(crate) heard_at: When,
    pub(crate) session_ends_at: When,
}

impl From<v1::ExplainedPresence> for Presence {
    fn from(explained: v1::ExplainedPresence) -> Self {
        let presence = explained.presence.unwrap_or_default();
        let session = |session: v1::SessionPresence| SessionPresence {
            state: state(session.state()),
            cause: cause(session.cause()),
            since: When(session.since_ms),
            heard_at: When(session.heard_ms),
            session_ends_at: When(session.session_ends_ms),
            device: session.device,
        };
        Self {
            state: state(presence.state()),
            cause: cause(presence.cause()),
            since: When::known(presence.since_ms),
            user: presence.user_name,
            user_id: presence.user_id,
            device: presence.device,
            status: presence.status_text,
            status_expires_at: When::known(explained.status_expires_ms),
            sessions: explained.sessions.into_iter().map(session).collect(),
        }
    }
}
