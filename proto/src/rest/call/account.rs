//! Accounts, sessions, devices and invites.
#![expect(clippy::wildcard_enum_match_arm, reason = "`Call::of` names each request")]

use std::num::NonZero;

use super::{Call, Found, Path, commas, done, ended, resource};
use crate::ids::DeviceId;
use crate::rest::{
    DeviceChange, Devices, Invites, NewInvite, NewInviteSecret, PasswordChange, Presences,
    ProfileChange, Sessions, StatusChange, Time, User, Users, each,
};
use crate::v1::client_frame::Body as Ask;
use crate::v1::server_frame::Body;
use crate::v1::{self};

pub(super) fn call(ask: Ask) -> Found {
    Ok(match ask {
        Ask::GetUsers(get) => {
            let path = Path::new("/v1/users")
                .text("user_ids", &commas(&get.user_ids))
                .text("user_name", &get.user_name);
            Call::get(path, |body| resource::<Users, _>(body, Body::GetUsers))
        }
        Ask::GetPresence(get) => {
            let path = Path::new("/v1/presence").text("user_ids", &commas(&get.user_ids));
            Call::get(path, |body| resource::<Presences, _>(body, Body::GetPresence))
        }
        Ask::Logout(logout) => {
            let path = Path::new("/v1/sessions/current").query("keep_device", logout.keep_device);
            Call::delete(path, done)
        }
        Ask::ListSessions(_) => Call::get(Path::new("/v1/sessions"), |body| {
            resource::<Sessions, _>(body, Body::ListSessions)
        }),
        Ask::EndSessions(end) if end.all_others => Call::delete(Path::new("/v1/sessions"), ended),
        Ask::EndSessions(end) => {
            Call::delete(Path::new("/v1/sessions").part(end.session_id), ended)
        }
        Ask::ChangePassword(change) => {
            let (old_password, new_password) = (change.old_password, change.new_password);
            let change = PasswordChange { old_password, new_password };
            Call::with("PUT", Path::new("/v1/me/password"), &change, done)
        }
        Ask::SetProfile(set) => {
            let change = ProfileChange { display_name: set.display_name };
            Call::with("PATCH", Path::new("/v1/me"), &change, |body| {
                resource::<User, _>(body, Body::User)
            })
        }
        Ask::SetStatus(set) => {
            let expire_time = Time::some(set.expire_time_ms);
            let change = StatusChange { text: set.text, expire_time };
            Call::with("PUT", Path::new("/v1/me/status"), &change, done)
        }
        ask => return of_devices(ask).or_else(|ask| of_invites(*ask)),
    })
}

fn of_devices(ask: Ask) -> Found {
    let place = |id: &[u8]| {
        // One that is none is refused there.
        Path::new("/v1/me/devices").part(DeviceId::try_from(id).unwrap_or_default())
    };
    Ok(match ask {
        Ask::ListDevices(_) => Call::get(Path::new("/v1/me/devices"), |body| {
            resource::<Devices, _>(body, Body::ListDevices)
        }),
        Ask::RenameDevice(rename) => {
            let change = DeviceChange { name: rename.name };
            Call::with("PATCH", place(&rename.device_id), &change, done)
        }
        Ask::RemoveDevice(remove) => Call::delete(place(&remove.device_id), done),
        ask => return Err(Box::new(ask)),
    })
}

fn of_invites(ask: Ask) -> Found {
    Ok(match ask {
        Ask::CreateInvite(create) => {
            let uses = NonZero::new(create.uses);
            let valid_seconds = NonZero::new(create.valid_seconds);
            let new = NewInvite { uses, valid_seconds };
            Call::with("POST", Path::new("/v1/invites"), &new, |body| {
                resource::<NewInviteSecret, _>(body, Body::CreateInvite)
            })
        }
        Ask::ListInvites(_) => Call::get(Path::new("/v1/invites"), |body| {
            resource::<Invites, _>(body, Body::ListInvites)
        }),
        Ask::RevokeInvite(revoke) => {
            Call::delete(Path::new("/v1/invites").part(revoke.invite_id), done)
        }
        ask => return Err(Box::new(ask)),
    })
}

impl From<Users> for v1::GetUsersResponse {
    fn from(found: Users) -> Self {
        Self { users: each(found.users) }
    }
}

impl From<Presences> for v1::GetPresenceResponse {
    fn from(found: Presences) -> Self {
        Self { presences: each(found.presences) }
    }
}

impl From<Sessions> for v1::ListSessionsResponse {
    fn from(list: Sessions) -> Self {
        Self { sessions: each(list.sessions) }
    }
}

impl From<Devices> for v1::ListDevicesResponse {
    fn from(list: Devices) -> Self {
        Self { devices: each(list.devices) }
    }
}

impl From<User> for v1::UserResponse {
    fn from(user: User) -> Self {
        Self { user: Some(user.into()) }
    }
}

impl From<Invites> for v1::ListInvitesResponse {
    fn from(list: Invites) -> Self {
        Self { invites: each(list.invites) }
    }
}

impl From<NewInviteSecret> for v1::CreateInviteResponse {
    fn from(made: NewInviteSecret) -> Self {
        Self { secret: made.secret, invite: Some(made.invite.into()) }
    }
}
