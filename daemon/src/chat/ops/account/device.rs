//! Devices: installations with a key that opens sessions without a password.

use parlor_proto::ids::DeviceId;

use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::DeviceAction;
use crate::chat::effects::{AccountAnswer, AccountChange, Answer, Change, Effects};
use crate::chat::input::Now;
use crate::chat::ops::{Asked, answer};
use crate::chat::rules::Limited;
use crate::chat::state::State;

mod add_device;
mod login_with_device;
pub(super) mod remove_device;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): Asked,
    action: DeviceAction,
    effects: &mut Effects,
) {
    match action {
        DeviceAction::Login { user, proven, sign_in } => {
            let login = login_with_device::Login { user, proven, sign_in };
            login_with_device::run(state, now, (conn, id), login, effects);
        }
        DeviceAction::Add { who, device, is_new } => {
            state.charge(now, who.user, Limited::ChangeAccount);
            if is_new {
                let entry = Entry::new(Deed::DeviceAdded, shown(device.id));
                audit(state, now, Actor::of(state, conn), entry, effects);
            }
            let added = add_device::run(state, who, (device, is_new), effects);
            answer(effects, conn, id, added);
        }
        DeviceAction::List { who, devices } => {
            state.charge(now, who.user, Limited::List);
            let current = state.sessions.get(who.session).and_then(|session| session.device_id);
            let devices = AccountAnswer::Devices { devices, current };
            answer(effects, conn, id, Answer::Account(devices));
        }
        DeviceAction::Rename { who, device, name } => {
            state.charge(now, who.user, Limited::ChangeAccount);
            let renamed = AccountChange::DeviceRenamed { user: who.user, device, name };
            effects.changes.push(Change::Account(renamed));
            answer(effects, conn, id, Answer::Done);
        }
        DeviceAction::Remove { who, device } => {
            answer(effects, conn, id, Answer::Done);
            let actor = Actor::of(state, conn);
            remove_device::run(state, now, actor, (who.user, device), effects);
        }
    }
}

/// As it is called on record.
fn shown(device: DeviceId) -> String {
    format!("device {:032x}", u128::from_be_bytes(device.0))
}
