//! Who may sign in with a device's key, and manage devices. Signatures have been looked at before.

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{DeviceId, UserId};

use super::{is_nobody, may_change, may_list};
use crate::chat::authorize::{Who, a_person, has_storage, may_act, somebody};
use crate::chat::effects::Denial;
use crate::chat::input::{ConnId, Device, DeviceRequest, Found, Now, ProvenDevice, SignIn};
use crate::chat::state::State;

#[derive(Debug)]
pub(in crate::chat) enum DeviceAction {
    /// Who has proven nothing is `None`.
    Login {
        user: UserId,
        proven: Option<Box<ProvenDevice>>,
        sign_in: SignIn,
    },
    Add {
        who: Who,
        device: Device,
        is_new: bool,
    },
    List {
        who: Who,
        devices: Vec<Device>,
    },
    Rename {
        who: Who,
        device: DeviceId,
        name: Arc<str>,
    },
    Remove {
        who: Who,
        device: DeviceId,
    },
}

pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    (request, found): (DeviceRequest, Found),
) -> Result<DeviceAction, Denial> {
    Ok(match request {
        DeviceRequest::Login { user, sign_in, .. } => {
            is_nobody(state, conn)?;
            has_storage(state)?;
            let proven = if let Found::Proven(proven) = found { Some(proven) } else { None };
            let proven = proven.filter(|_| may_act(state, user));
            DeviceAction::Login { user, proven, sign_in }
        }
        DeviceRequest::Add { device, public_key, name, .. } => {
            // What a token let in must not outlive it.
            a_person(state, conn)?;
            let who = may_change(state, now, conn)?;
            let device =
                Device { id: device, public_key, name, created: now.stamp, last_used: None };
            add(state, who, device, found)?
        }
        DeviceRequest::List => {
            let who = may_list(state, now, conn)?;
            DeviceAction::List { who, devices: all(found) }
        }
        DeviceRequest::Rename { device, name } => {
            let who = may_change(state, now, conn)?;
            is_own(device, found)?;
            DeviceAction::Rename { who, device, name }
        }
        DeviceRequest::Remove { device } => {
            let who = somebody(state, conn)?;
            has_storage(state)?;
            is_own(device, found)?;
            DeviceAction::Remove { who, device }
        }
    })
}

fn add(state: &State, who: Who, device: Device, found: Found) -> Result<DeviceAction, Denial> {
    let Found::Devices { devices, proven: true } = found else {
        let message = "signature is not that of this key on this connection, or not the first";
        return Err(Denial::new(Reason::BadField, message));
    };
    let max = state.rules.devices_per_user_max;
    match devices.iter().find(|known| known.id == device.id) {
        Some(known) if known.public_key == device.public_key => {
            Ok(DeviceAction::Add { who, device: known.clone(), is_new: false })
        }
        Some(_) => Err(Denial::new(Reason::BadField, "device_id is taken: choose another")),
        None if devices.len() < max => Ok(DeviceAction::Add { who, device, is_new: true }),
        None => {
            let message = format!("a user has at most {max} devices: remove one");
            Err(Denial::new(Reason::LimitExceeded, message))
        }
    }
}

fn is_own(device: DeviceId, found: Found) -> Result<(), Denial> {
    if all(found).iter().any(|known| known.id == device) {
        return Ok(());
    }
    Err(Denial::new(Reason::DeviceNotFound, "you have no such device"))
}

fn all(found: Found) -> Vec<Device> {
    if let Found::Devices { devices, .. } = found { devices } else { Vec::new() }
}
