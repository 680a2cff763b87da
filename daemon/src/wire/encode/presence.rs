//! Where people stand.

use parlor_proto::v1;

use crate::chat::{ExplainedPresence, Presence, PresenceCause, PresenceState, SessionPresence};

pub(super) fn one_presence(presence: &Presence) -> v1::Presence {
    v1::Presence {
        user_id: presence.user.0,
        user_name: (&presence.name).into(),
        state: presence_state(presence.state).into(),
        cause: presence_cause(presence.cause).into(),
        since_ms: presence.since.0,
        device: presence.device.as_ref().to_owned(),
        session_ends_ms: presence.session_ends.unwrap_or_default().0,
        status_text: presence.status.as_ref().to_owned(),
    }
}

pub(super) fn explained_presence(explained: &ExplainedPresence) -> v1::ExplainedPresence {
    let session = |session: &SessionPresence| v1::SessionPresence {
        state: presence_state(session.state).into(),
        cause: presence_cause(session.cause).into(),
        since_ms: session.since.0,
        device: session.device.as_ref().to_owned(),
        heard_ms: session.heard.0,
        session_ends_ms: session.ends.0,
    };
    v1::ExplainedPresence {
        presence: Some(one_presence(&explained.presence)),
        sessions: explained.sessions.iter().map(session).collect(),
        status_expires_ms: explained.status_expires.unwrap_or_default().0,
    }
}

fn presence_state(state: PresenceState) -> v1::PresenceState {
    match state {
        PresenceState::Offline => v1::PresenceState::Offline,
        PresenceState::Away => v1::PresenceState::Away,
        PresenceState::Online => v1::PresenceState::Online,
    }
}

fn presence_cause(cause: PresenceCause) -> v1::PresenceCause {
    match cause {
        PresenceCause::Connected => v1::PresenceCause::Connected,
        PresenceCause::Idle => v1::PresenceCause::Idle,
        PresenceCause::Silent => v1::PresenceCause::Silent,
        PresenceCause::ConnectionClosed => v1::PresenceCause::ConnectionClosed,
        PresenceCause::ConnectionLost => v1::PresenceCause::ConnectionLost,
        PresenceCause::ServerRestarted => v1::PresenceCause::ServerRestarted,
        PresenceCause::LoggedOut => v1::PresenceCause::LoggedOut,
        PresenceCause::TimedOut => v1::PresenceCause::TimedOut,
        PresenceCause::NeverSeen => v1::PresenceCause::NeverSeen,
        PresenceCause::Displaced => v1::PresenceCause::Displaced,
        PresenceCause::Revoked => v1::PresenceCause::Revoked,
    }
}
