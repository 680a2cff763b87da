//! Signing in with a device's key: a new session, as after a password.

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::UserId;

use crate::chat::effects::{AccountChange, Answer, Change, Denial, Effects};
use crate::chat::failures;
use crate::chat::input::{Now, ProvenDevice, SignIn};
use crate::chat::ops::account::login;
use crate::chat::ops::{Asked, answer};
use crate::chat::state::State;

/// Who signs in, with what.
pub(super) struct Login {
    pub(super) user: UserId,
    pub(super) proven: Option<Box<ProvenDevice>>,
    pub(super) sign_in: SignIn,
}

pub(super) fn run(
    state: &mut State,
    now: Now,
    asked: Asked,
    Login { user, proven, mut sign_in }: Login,
    effects: &mut Effects,
) {
    let Some(proven) = proven else {
        failures::note(state, now, sign_in.address, Some(user), effects);
        return answer(effects, asked.0, asked.1, Answer::Denied(unknown_device()));
    };
    let ProvenDevice { device, token } = *proven;
    if sign_in.device.is_empty() {
        sign_in.device = Arc::clone(&device.name);
    }
    let session = login::begin_session(state, now, asked, (user, sign_in, token), effects);
    if let Some(session) = state.sessions.get_mut(session) {
        session.device_id = Some(device.id);
    }
    let device = device.id;
    effects.changes.push(Change::Account(AccountChange::SessionBound { session, device }));
    let used = AccountChange::DeviceUsed { user, device, at: now.stamp };
    effects.changes.push(Change::Account(used));
}

/// The same for whoever is not let in, so that nobody learns who is there.
fn unknown_device() -> Denial {
    Denial::new(Reason::BadCredentials, "this device may not sign in")
}
