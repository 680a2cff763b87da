//! Signing out: the session ends at once, for all of its connections, and its device is removed
//! unless it is to stay.

use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, Farewell};
use crate::chat::input::Now;
use crate::chat::liveness;
use crate::chat::ops::account::device::remove_device;
use crate::chat::ops::{Asked, answer};
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): Asked,
    (who, keep_device): (Who, bool),
    effects: &mut Effects,
) {
    answer(effects, conn, id, Answer::Done);
    let actor = Actor::of(state, conn);
    audit(state, now, actor, Entry::new(Deed::Logout, ""), effects);
    let device = state.sessions.get(who.session).and_then(|session| session.device_id);
    liveness::end_session(state, now, who.session, Farewell::LoggedOut, effects);
    if let Some(device) = device.filter(|_| !keep_device) {
        remove_device::run(state, now, actor, (who.user, device), effects);
    }
}
