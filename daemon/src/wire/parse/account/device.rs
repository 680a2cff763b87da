//! Devices and their keys.

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{DeviceId, UserId};
use parlor_proto::limits::LABEL_BYTES_MAX;
use parlor_proto::v1::{self, client_frame::Body};

use super::sign_in;
use crate::chat::{Denial, DeviceRequest, Proof, PublicKey};
use crate::wire::parse::{at_most, deny, misplaced};

#[expect(clippy::wildcard_enum_match_arm, reason = "the other areas have their own files")]
pub(super) fn request(body: Body) -> Result<DeviceRequest, Denial> {
    match body {
        Body::LoginWithDevice(login) => login_request(login),
        Body::AddDevice(add) => add_request(&add),
        Body::ListDevices(v1::ListDevicesRequest {}) => Ok(DeviceRequest::List),
        Body::RenameDevice(rename) => rename_request(&rename),
        Body::RemoveDevice(remove) => remove_request(&remove),
        _ => Err(misplaced()),
    }
}

fn login_request(login: v1::LoginWithDeviceRequest) -> Result<DeviceRequest, Denial> {
    Ok(DeviceRequest::Login {
        user: UserId(login.user_id),
        device: device_id(&login.device_id)?,
        proof: proof(&login.signature)?,
        sign_in: sign_in(login.sign_in)?,
    })
}

fn add_request(add: &v1::AddDeviceRequest) -> Result<DeviceRequest, Denial> {
    Ok(DeviceRequest::Add {
        device: device_id(&add.device_id)?,
        public_key: PublicKey(exactly("public_key", &add.public_key)?),
        name: device_name(&add.name)?,
        proof: proof(&add.signature)?,
    })
}

fn rename_request(rename: &v1::RenameDeviceRequest) -> Result<DeviceRequest, Denial> {
    let device = device_id(&rename.device_id)?;
    Ok(DeviceRequest::Rename { device, name: device_name(&rename.name)? })
}

fn remove_request(remove: &v1::RemoveDeviceRequest) -> Result<DeviceRequest, Denial> {
    Ok(DeviceRequest::Remove { device: device_id(&remove.device_id)? })
}

fn device_id(bytes: &[u8]) -> Result<DeviceId, Denial> {
    exactly("device_id", bytes).map(DeviceId)
}

fn proof(signature: &[u8]) -> Result<Proof, Denial> {
    Ok(Proof { signature: exactly("signature", signature)?, nonce: None })
}

fn device_name(name: &str) -> Result<Arc<str>, Denial> {
    if name.is_empty() {
        return Err(deny(Reason::BadField, "name is missing"));
    }
    at_most("name", name.len(), LABEL_BYTES_MAX)?;
    Ok(name.into())
}

fn exactly<const N: usize>(field: &str, bytes: &[u8]) -> Result<[u8; N], Denial> {
    bytes
        .try_into()
        .map_err(|_| deny(Reason::BadField, format!("{field} has {N} bytes: {}", bytes.len())))
}
