//! One's own account, other people, and invites for those who are none yet.
#![expect(unused_qualifications, reason = "the macro for paths names parameters in full")]

use std::num::NonZero;

use axum::http::StatusCode;
use parlor_proto::codes::Reason;
use parlor_proto::ids::DeviceId;
use parlor_proto::limits::{PRESENCE_USERS_MAX, USER_IDS_MAX};
use parlor_proto::rest::{
    Device, DeviceChange, Devices, ExplainedPresence, Id, Invite, Invites, NewInvite,
    NewInviteSecret, PasswordChange, Presences, ProfileChange, StatusChange, Time, User, Users,
};
use parlor_proto::v1;
use serde::Deserialize;
use utoipa::IntoParams;

use super::caller::{Caller, ask};
use super::document::Problems;
use super::input::{Input, Path, Perhaps, Query, Told, given};
use super::problem::Refused;

type Answer<T> = Result<Told<T>, Refused>;
type Done = Result<StatusCode, Refused>;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct UserPath {
    #[param(inline)]
    pub(super) user: Id,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct DevicePath {
    #[param(inline)]
    device: DeviceId,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct InvitePath {
    #[param(inline)]
    invite: Id,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhichUsers {
    /// Ids with commas between them, at most 100.
    #[serde(default)]
    #[param(pattern = "^[1-9][0-9]{0,18}(,[1-9][0-9]{0,18}){0,99}$")]
    user_ids: Option<String>,
    /// Exactly this name.
    #[serde(default)]
    #[param(min_length = 1)]
    user_name: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhosePresence {
    /// Ids with commas between them, at most 32.
    #[param(pattern = "^[1-9][0-9]{0,18}(,[1-9][0-9]{0,18}){0,31}$")]
    user_ids: String,
}

/// Who asks
#[utoipa::path(get, operation_id = "get_me",
    path = "/v1/me", security(("bearer" = [])),
    responses((status = 200, body = User), Problems))]
pub(super) async fn me(caller: Caller) -> Answer<User> {
    let user_id = caller.account().await?.user.user_id;
    user(&caller, user_id).await
}

/// Sets the name for display
#[utoipa::path(patch, path = "/v1/me", request_body = ProfileChange, security(("bearer" = [])),
    responses((status = 200, body = User), Problems))]
pub(super) async fn set_profile(caller: Caller, Input(new): Input<ProfileChange>) -> Answer<User> {
    let set = v1::SetProfileRequest { display_name: new.display_name };
    Ok(Told::ok(ask!(caller, SetProfile(set) => User).user.unwrap_or_default()))
}

/// Sets what people see of oneself
#[utoipa::path(put, path = "/v1/me/status", request_body = StatusChange,
    security(("bearer" = [])), responses((status = 204, description = "Done"), Problems))]
pub(super) async fn set_status(caller: Caller, Input(new): Input<StatusChange>) -> Done {
    let expire_time_ms = Time::ms(new.expire_time);
    let v1::Ack {} =
        ask!(caller, SetStatus(v1::SetStatusRequest { text: new.text, expire_time_ms }) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// Sets another password; all other sessions end
#[utoipa::path(put, path = "/v1/me/password", request_body = PasswordChange,
    security(("bearer" = [])), responses((status = 204, description = "Done"), Problems))]
pub(super) async fn change_password(caller: Caller, Input(new): Input<PasswordChange>) -> Done {
    let PasswordChange { old_password, new_password } = new;
    let change = v1::ChangePasswordRequest { old_password, new_password };
    let v1::Ack {} = ask!(caller, ChangePassword(change) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// One's own devices
#[utoipa::path(get, path = "/v1/me/devices", security(("bearer" = [])),
    responses((status = 200, body = Devices), Problems))]
pub(super) async fn list_devices(caller: Caller) -> Answer<Devices> {
    let answer = ask!(caller, ListDevices(v1::ListDevicesRequest {}) => ListDevices);
    Ok(Told::ok(Devices { devices: answer.devices.into_iter().map(Device::from).collect() }))
}

/// Gives a device another name
#[utoipa::path(patch, path = "/v1/me/devices/{device}", params(DevicePath),
    request_body = DeviceChange, security(("bearer" = [])),
    responses((status = 204, description = "Done"), Problems))]
pub(super) async fn rename_device(
    caller: Caller,
    Path(DevicePath { device }): Path<DevicePath>,
    Input(new): Input<DeviceChange>,
) -> Done {
    let device_id = device.0.to_vec().into();
    let v1::Ack {} =
        ask!(caller, RenameDevice(v1::RenameDeviceRequest { device_id, name: new.name }) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a device; the sessions that it opened end
#[utoipa::path(delete, path = "/v1/me/devices/{device}", params(DevicePath),
    security(("bearer" = [])), responses((status = 204, description = "Done"), Problems))]
pub(super) async fn remove_device(
    caller: Caller,
    Path(DevicePath { device }): Path<DevicePath>,
) -> Done {
    let device_id = device.0.to_vec().into();
    let v1::Ack {} = ask!(caller, RemoveDevice(v1::RemoveDeviceRequest { device_id }) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// Looks people up by ids and by name; unknown ones are missing
#[utoipa::path(get, path = "/v1/users", params(WhichUsers), security(("bearer" = [])),
    responses((status = 200, body = Users), Problems))]
pub(super) async fn find_users(caller: Caller, Query(which): Query<WhichUsers>) -> Answer<Users> {
    let user_ids = which.user_ids.map(|told| ids("user_ids", &told, USER_IDS_MAX)).transpose()?;
    let user_ids = user_ids.unwrap_or_default();
    let user_name = given("user_name", which.user_name)?;
    let get = v1::GetUsersRequest { user_ids, user_name };
    let users = ask!(caller, GetUsers(get) => GetUsers).users;
    Ok(Told::ok(Users { users: users.into_iter().map(User::from).collect() }))
}

/// Somebody
#[utoipa::path(get, path = "/v1/users/{user}", params(UserPath), security(("bearer" = [])),
    responses((status = 200, body = User), Problems))]
pub(super) async fn get_user(caller: Caller, Path(path): Path<UserPath>) -> Answer<User> {
    user(&caller, path.user.0).await
}

async fn user(caller: &Caller, user_id: u64) -> Answer<User> {
    let get = v1::GetUsersRequest { user_ids: vec![user_id], ..Default::default() };
    let found = ask!(caller, GetUsers(get) => GetUsers).users.into_iter().next();
    found.map(Told::ok).ok_or_else(|| Refused::missing(Reason::UserNotFound, "no such user"))
}

/// Where people stand, session by session; those who share no room are missing
#[utoipa::path(get, path = "/v1/presence", params(WhosePresence), security(("bearer" = [])),
    responses((status = 200, body = Presences), Problems))]
pub(super) async fn get_presences(
    caller: Caller,
    Query(whose): Query<WhosePresence>,
) -> Answer<Presences> {
    let user_ids = ids("user_ids", &whose.user_ids, PRESENCE_USERS_MAX)?;
    let found = ask!(caller, GetPresence(v1::GetPresenceRequest { user_ids }) => GetPresence);
    let presences = found.presences.into_iter().map(ExplainedPresence::from).collect();
    Ok(Told::ok(Presences { presences }))
}

/// Where somebody stands, session by session
#[utoipa::path(get, path = "/v1/users/{user}/presence", params(UserPath),
    security(("bearer" = [])), responses((status = 200, body = ExplainedPresence), Problems))]
pub(super) async fn get_presence(
    caller: Caller,
    Path(path): Path<UserPath>,
) -> Answer<ExplainedPresence> {
    let get = v1::GetPresenceRequest { user_ids: vec![path.user.0] };
    let found = ask!(caller, GetPresence(get) => GetPresence).presences.into_iter().next();
    let missing = || Refused::missing(Reason::UserNotFound, "nobody who shares a room");
    found.map(Told::ok).ok_or_else(missing)
}

/// Makes an invite to the server
#[utoipa::path(post, path = "/v1/invites", request_body = Option<NewInvite>,
    security(("bearer" = [])), responses((status = 201, body = NewInviteSecret), Problems))]
pub(super) async fn create_invite(
    caller: Caller,
    Perhaps(new): Perhaps<NewInvite>,
) -> Answer<NewInviteSecret> {
    let uses = new.uses.map_or(0, NonZero::get);
    let valid_seconds = new.valid_seconds.map_or(0, NonZero::get);
    let create = v1::CreateInviteRequest { uses, valid_seconds };
    let made = ask!(caller, CreateInvite(create) => CreateInvite);
    let invite = made.invite.unwrap_or_default().into();
    Ok(Told::created(NewInviteSecret { secret: made.secret, invite }))
}

/// One's own invites; an administrator sees all that hold
#[utoipa::path(get, path = "/v1/invites", security(("bearer" = [])),
    responses((status = 200, body = Invites), Problems))]
pub(super) async fn list_invites(caller: Caller) -> Answer<Invites> {
    let answer = ask!(caller, ListInvites(v1::ListInvitesRequest {}) => ListInvites);
    Ok(Told::ok(Invites { invites: answer.invites.into_iter().map(Invite::from).collect() }))
}

/// Takes an invite back
#[utoipa::path(delete, path = "/v1/invites/{invite}", params(InvitePath),
    security(("bearer" = [])), responses((status = 204, description = "Done"), Problems))]
pub(super) async fn revoke_invite(
    caller: Caller,
    Path(InvitePath { invite }): Path<InvitePath>,
) -> Done {
    let v1::Ack {} =
        ask!(caller, RevokeInvite(v1::RevokeInviteRequest { invite_id: invite.0 }) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// Ids with commas between them, one at least: an empty list is a variable that was not set.
pub(super) fn ids(field: &str, text: &str, max: usize) -> Result<Vec<u64>, Refused> {
    let ids = text.split(',').take(max + 1).map(str::parse::<Id>).collect::<Result<Vec<_>, _>>();
    let ids = ids.map_err(|why| Refused::field(field, why.to_string()))?;
    if ids.len() > max {
        return Err(Refused::field(field, format!("at most {max} ids")));
    }
    Ok(ids.into_iter().map(|id| id.0).collect())
}
