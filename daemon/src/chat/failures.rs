//! Sign-ins that failed, on record without letting a flood fill the disk: the first from an
//! address in a minute at once, how many more at the end of that minute.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use parlor_proto::codes::Reason;
use parlor_proto::ids::UserId;

use super::audit::{Actor, Deed, Entry, audit};
use super::effects::Effects;
use super::input::{Moment, Now};
use super::ledger::Ledger;
use super::state::State;
use super::state::timers::Timer;

/// After that what came meanwhile is on record.
const WINDOW: Duration = Duration::from_secs(60);

/// Addresses of one window; the failures of all others count as those of one.
const ADDRESSES_MAX: usize = 64;

/// What failed in this window.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Failures {
    more: Ledger<Option<IpAddr>, More>,
    /// When the window ends.
    timer: Ledger<(), Option<Moment>>,
}

/// What came after the first.
#[derive(Clone, Debug, PartialEq)]
struct More {
    count: u32,
    user: Option<UserId>,
}

impl Failures {
    pub(super) fn keep(&mut self) {
        self.more.keep();
        self.timer.keep();
    }

    pub(super) fn undo(&mut self) {
        self.more.undo();
        self.timer.undo();
    }
}

/// Somebody could not sign in; `user` is whose account it would have been, if there is one. What
/// was typed as a name is not told: it may be a password.
pub(super) fn note(
    state: &mut State,
    now: Now,
    address: Option<IpAddr>,
    user: Option<UserId>,
    effects: &mut Effects,
) {
    let mut from = address.map(network);
    let failures = &mut state.failures;
    if failures.more.len() >= ADDRESSES_MAX && !failures.more.contains(&from) {
        from = None;
    }
    if let Some(more) = failures.more.get_mut(&from) {
        more.count = more.count.saturating_add(1);
        more.user = more.user.filter(|known| Some(*known) == user);
        return;
    }
    failures.more.insert(from, More { count: 0, user });
    if failures.timer.get(&()).is_none_or(Option::is_none) {
        failures.timer.insert((), None);
        if let Some(slot) = failures.timer.get_mut(&()) {
            state.timers.set(Timer::Failures, slot, Some(now.moment.plus(WINDOW)));
        }
    }
    let entry = Entry::new(Deed::LoginFailed, name_of(state, user));
    let entry = entry.refused(Reason::BadCredentials);
    audit(state, now, Actor::at(address.filter(|_| from.is_some())), entry, effects);
}

/// The window is over.
pub(super) fn due(state: &mut State, now: Now, effects: &mut Effects) {
    if let Some(slot) = state.failures.timer.get_mut(&()) {
        *slot = None;
    }
    while let Some((from, more)) = state.failures.more.first() {
        let (from, More { count, user }) = (*from, more.clone());
        state.failures.more.remove(&from);
        if count == 0 {
            continue;
        }
        let name = name_of(state, user);
        let object = format!("{name}{}{count} more", if name.is_empty() { "" } else { ", " });
        let entry = Entry::new(Deed::LoginFailed, object).refused(Reason::BadCredentials);
        audit(state, now, Actor::at(from), entry, effects);
    }
}

fn name_of(state: &State, user: Option<UserId>) -> String {
    let user = user.and_then(|user| state.users.get(user));
    user.map(|user| user.name.to_string()).unwrap_or_default()
}

/// What counts as one address: a machine in IPv4, the network of a customer in IPv6.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let mask = u128::MAX << 64;
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    }
}
