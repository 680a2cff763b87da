//! What people say of themselves expires by itself. That needs not be remembered: the time stands
//! beside the text.

use parlor_proto::ids::UserId;

use super::effects::{Effects, Status};
use super::input::Now;
use super::presence;
use super::state::State;
use super::state::timers::Timer;

/// Another status, or none.
pub(super) fn set(
    state: &mut State,
    now: Now,
    user: UserId,
    status: Option<Status>,
    effects: &mut Effects,
) {
    if let Some(account) = state.users.get_mut(user) {
        account.profile.status = status;
    }
    wait(state, now, user);
    presence::touch(state, now, user, effects);
}

/// Sets when the status expires; it may have expired while the daemon was down.
pub(super) fn wait(state: &mut State, now: Now, user: UserId) {
    let Some(account) = state.users.get(user) else { return };
    let expires = account.profile.status.as_ref().and_then(|status| status.expires);
    if expires.is_none() && account.status_timer.is_none() {
        return;
    }
    let due = expires.map(|at| now.moment.plus(at.since(now.stamp)));
    if let Some(account) = state.users.get_mut(user) {
        state.timers.set(Timer::Status(user), &mut account.status_timer, due);
    }
}

/// The time of a status has come.
pub(super) fn expired(state: &mut State, now: Now, user: UserId, effects: &mut Effects) {
    if let Some(account) = state.users.get_mut(user) {
        account.status_timer = None;
        account.profile.status = None;
    }
    presence::touch(state, now, user, effects);
}
