//! A device joins an account. A session that began without one stands and falls with it from here
//! on: whoever removes the device puts out all that it brought in.

use crate::chat::authorize::Who;
use crate::chat::effects::{AccountAnswer, AccountChange, Answer, Change, Effects};
use crate::chat::input::Device;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    who: Who,
    (device, is_new): (Device, bool),
    effects: &mut Effects,
) -> Answer {
    if is_new {
        let added = AccountChange::DeviceAdded { user: who.user, device: device.clone() };
        effects.changes.push(Change::Account(added));
    }
    if state.sessions.get(who.session).is_some_and(|session| session.device_id.is_none())
        && let Some(session) = state.sessions.get_mut(who.session)
    {
        session.device_id = Some(device.id);
        let bound = AccountChange::SessionBound { session: who.session, device: device.id };
        effects.changes.push(Change::Account(bound));
    }
    let current = state.sessions.get(who.session).and_then(|session| session.device_id);
    let current = current == Some(device.id);
    Answer::Account(AccountAnswer::Device { device, current })
}
