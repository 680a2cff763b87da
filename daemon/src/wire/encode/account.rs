//! Accounts and sessions.

use bytes::Bytes;
use parlor_proto::v1::{self, server_frame::Body};

use super::millis;
use super::presence::explained_presence;
use crate::chat::{AccountAnswer, Device, Origin, SessionFacts, UserFacts};

pub(super) fn answer(answer: AccountAnswer) -> Body {
    match answer {
        AccountAnswer::SignedIn { session, token, user: facts, admin, timeout } => {
            let role = if admin { v1::ServerRole::Admin } else { v1::ServerRole::User };
            Body::Auth(v1::AuthResponse {
                session_id: session.0,
                token: token.map(|token| Bytes::copy_from_slice(&token)).unwrap_or_default(),
                user: Some(v1::User {
                    server_role: role.into(),
                    webhook_room_id: facts.webhook.unwrap_or_default().0,
                    ..user(&facts)
                }),
                session_timeout_ms: millis(timeout),
            })
        }
        AccountAnswer::Users(users) => {
            Body::GetUsers(v1::GetUsersResponse { users: users.iter().map(user).collect() })
        }
        AccountAnswer::Sessions(sessions) => {
            let sessions = sessions.iter().map(session).collect();
            Body::ListSessions(v1::ListSessionsResponse { sessions })
        }
        AccountAnswer::Device { device: added, current } => {
            Body::AddDevice(v1::AddDeviceResponse { device: Some(device(&added, current)) })
        }
        AccountAnswer::Devices { devices, current } => {
            let devices = devices.iter().map(|one| device(one, current == Some(one.id))).collect();
            Body::ListDevices(v1::ListDevicesResponse { devices })
        }
        AccountAnswer::User(facts) => Body::User(v1::UserResponse { user: Some(user(&facts)) }),
        AccountAnswer::Presence(presences) => {
            let presences = presences.iter().map(explained_presence).collect();
            Body::GetPresence(v1::GetPresenceResponse { presences })
        }
        AccountAnswer::Ended(ended) => Body::EndSessions(v1::EndSessionsResponse { ended }),
    }
}

pub(super) fn user(facts: &UserFacts) -> v1::User {
    v1::User {
        user_id: facts.user.0,
        user_name: (&facts.name).into(),
        create_time_ms: facts.created.0,
        bot: facts.bot,
        webhook: facts.webhook.is_some(),
        display_name: facts.display_name.as_ref().to_owned(),
        ..Default::default()
    }
}

fn session(facts: &SessionFacts) -> v1::Session {
    let Origin { client, address } = &facts.origin;
    v1::Session {
        session_id: facts.session.0,
        device: facts.device.as_ref().to_owned(),
        client_name: client.name.as_ref().to_owned(),
        client_version: client.version.as_ref().to_owned(),
        address: address.map(|address| address.to_string()).unwrap_or_default(),
        start_time_ms: facts.started.0,
        heard_time_ms: facts.heard.0,
        connections: u32::try_from(facts.connections).unwrap_or(u32::MAX),
        current: facts.current,
        ends_ms: facts.ends.0,
    }
}

fn device(device: &Device, current: bool) -> v1::Device {
    v1::Device {
        device_id: Bytes::copy_from_slice(&device.id.0),
        name: device.name.as_ref().to_owned(),
        create_time_ms: device.created.0,
        last_used_ms: device.last_used.unwrap_or_default().0,
        current,
    }
}
