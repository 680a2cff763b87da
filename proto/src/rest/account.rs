//! Accounts: who somebody is, their devices, and invites for others.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use std::num::NonZero;

use serde::{Deserialize, Serialize};

use super::{Id, Time};
use crate::ids::DeviceId;
use crate::v1;

/// An account. Text in it was written by people: escape it where it is shown.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    pub user_id: Id,
    pub user_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_time: Option<Time>,
    /// May be empty.
    pub display_name: String,
    /// Not a person: signs in by API token.
    pub bot: bool,
    /// A bot that is a webhook, or was one.
    pub webhook: bool,
    /// The room that it is for. Only in what a webhook is told of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook_room_id: Option<Id>,
    /// Told to administrators and to the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_role: Option<ServerRole>,
    /// May not sign in. Told to administrators.
    pub suspended: bool,
}

/// What somebody may do on the whole server.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ServerRole {
    User,
    Admin,
}

/// Those that were found.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Users {
    pub users: Vec<User>,
}

/// Another name for display; empty: none.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProfileChange {
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub display_name: String,
}

/// What people see of oneself until it expires; empty: nothing.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StatusChange {
    #[cfg_attr(feature = "openapi", schema(max_length = 256))]
    pub text: String,
    /// Missing: until it is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expire_time: Option<Time>,
}

/// Another password. All other sessions end, all devices are removed.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    #[cfg_attr(feature = "openapi", schema(max_length = 512))]
    pub old_password: String,
    #[cfg_attr(feature = "openapi", schema(min_length = 2, max_length = 512))]
    pub new_password: String,
}

/// An installation of a client with a key that can open sessions.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Device {
    pub device_id: DeviceId,
    pub name: String,
    pub create_time: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Time>,
    /// By which the asking session began, or which it added.
    pub current: bool,
}

/// One's own devices.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Devices {
    pub devices: Vec<Device>,
}

/// Another name for a device.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeviceChange {
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub name: String,
}

/// An invite to be.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NewInvite {
    /// Accounts that can be made with it; missing: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1, maximum = 10_000))]
    pub uses: Option<NonZero<u32>>,
    /// How long it holds; missing: 72 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<u32>, minimum = 1, maximum = 31_536_000))]
    pub valid_seconds: Option<NonZero<u32>>,
}

/// An invite to the server.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invite {
    pub invite_id: Id,
    /// Missing: the operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_id: Option<Id>,
    pub creator_name: String,
    pub uses_left: u32,
    pub create_time: Time,
    pub expire_time: Time,
}

/// Those that hold.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invites {
    pub invites: Vec<Invite>,
}

/// An invite that was made.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewInviteSecret {
    /// Shown this once.
    pub secret: String,
    pub invite: Invite,
}

impl From<v1::User> for User {
    fn from(user: v1::User) -> Self {
        Self {
            user_id: Id(user.user_id),
            create_time: Time::some(user.create_time_ms),
            bot: user.bot,
            webhook: user.webhook,
            webhook_room_id: Id::some(user.webhook_room_id),
            server_role: ServerRole::told(user.server_role()),
            suspended: user.suspended,
            user_name: user.user_name,
            display_name: user.display_name,
        }
    }
}

impl From<User> for v1::User {
    fn from(user: User) -> Self {
        Self {
            user_id: user.user_id.0,
            user_name: user.user_name,
            create_time_ms: Time::ms(user.create_time),
            display_name: user.display_name,
            bot: user.bot,
            webhook: user.webhook,
            webhook_room_id: Id::number(user.webhook_room_id),
            server_role: user.server_role.map_or(0, |role| v1::ServerRole::from(role).into()),
            suspended: user.suspended,
        }
    }
}

impl ServerRole {
    pub(super) fn told(role: v1::ServerRole) -> Option<Self> {
        match role {
            v1::ServerRole::Unspecified => None,
            v1::ServerRole::User => Some(Self::User),
            v1::ServerRole::Admin => Some(Self::Admin),
        }
    }
}

impl From<ServerRole> for v1::ServerRole {
    fn from(role: ServerRole) -> Self {
        match role {
            ServerRole::User => Self::User,
            ServerRole::Admin => Self::Admin,
        }
    }
}

impl From<v1::Device> for Device {
    fn from(device: v1::Device) -> Self {
        Self {
            // The daemon has checked how long it is.
            device_id: DeviceId::try_from(&*device.device_id).unwrap_or_default(),
            name: device.name,
            create_time: Time(device.create_time_ms),
            last_used: Time::some(device.last_used_ms),
            current: device.current,
        }
    }
}

impl From<Device> for v1::Device {
    fn from(device: Device) -> Self {
        Self {
            device_id: device.device_id.0.to_vec().into(),
            name: device.name,
            create_time_ms: device.create_time.0,
            last_used_ms: Time::ms(device.last_used),
            current: device.current,
        }
    }
}

impl From<v1::Invite> for Invite {
    fn from(invite: v1::Invite) -> Self {
        Self {
            invite_id: Id(invite.invite_id),
            creator_id: Id::some(invite.creator_id),
            creator_name: invite.creator_name,
            uses_left: invite.uses_left,
            create_time: Time(invite.create_time_ms),
            expire_time: Time(invite.expire_time_ms),
        }
    }
}

impl From<Invite> for v1::Invite {
    fn from(invite: Invite) -> Self {
        Self {
            invite_id: invite.invite_id.0,
            creator_id: Id::number(invite.creator_id),
            creator_name: invite.creator_name,
            uses_left: invite.uses_left,
            create_time_ms: invite.create_time.0,
            expire_time_ms: invite.expire_time.0,
        }
    }
}
