//! Signing in with a device's key: a new session, as after a password.

use std::sync::Arc;

use parlor_proto::ids::UserId;

use crate::chat::effects::{AccountChange, Change, Effects};
use crate::chat::input::{Device, FreshToken, Now, SignIn};
use crate::chat::ops::Asked;
use crate::chat::ops::account::login;
use crate::chat::state::State;

/// Who signs in, with what.
pub(super) struct Login {
    pub(super) user: UserId,
    pub(super) device: Device,
    pub(super) token: FreshToken,
    pub(super) sign_in: SignIn,
}

pub(super) fn run(
    state: &mut State,
    now: Now,
    asked: Asked,
    Login { user, device, token, mut sign_in }: Login,
    effects: &mut Effects,
) {
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
