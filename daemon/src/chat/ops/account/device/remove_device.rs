//! A device leaves an account: its key opens nothing any more, and its sessions end at once.

use parlor_proto::ids::{DeviceId, SessionId, UserId};

use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::effects::{AccountChange, Change, Effects};
use crate::chat::input::Now;
use crate::chat::ops::account::device::shown;
use crate::chat::ops::account::end_sessions;
use crate::chat::state::State;

pub(in crate::chat::ops::account) fn run(
    state: &mut State,
    now: Now,
    actor: Actor,
    (user, device): (UserId, DeviceId),
    effects: &mut Effects,
) {
    effects.changes.push(Change::Account(AccountChange::DeviceRemoved { user, device }));
    audit(state, now, actor, Entry::new(Deed::DeviceRemoved, shown(device)), effects);
    let of_device = state.sessions.of_user(user);
    let of_device = of_device.filter(|(_, session)| session.device_id == Some(device));
    let ending: Vec<SessionId> = of_device.map(|(id, _)| id).collect();
    for session in ending {
        end_sessions::end(state, now, actor, session, effects);
    }
}
