//! Where people stand.

use parlor_proto::v1;

use crate::chat::{Presence, PresenceCause, PresenceState};

pub(super) fn one_presence(presence: &Presence) -> v1::Presence {
    let state = match presence.state {
        PresenceState::Offline => v1::PresenceState::Offline,
        PresenceState::Away => v1::PresenceState::Away,
        PresenceState::Online => v1::PresenceState::Online,
    };
    v1::Presence {
        user_id: presence.user.0,
        user_name: (&presence.name).into(),
        state: state.into(),
        cause: presence_cause(presence.cause).into(),
        since_ms: presence.since.0,
        device: presence.device.as_ref().to_owned(),
        session_ends_ms: presence.session_ends.unwrap_or_default().0,
        ..Default::default()
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
