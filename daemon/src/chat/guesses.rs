//! Wrong passwords for one name: a few at once, then each makes the wait for the next twice as
//! long. Addresses from which somebody has signed in lately are counted apart, so that a stranger
//! who guesses does not lock the owner out.

use std::net::IpAddr;
use std::time::Duration;

use parlor_proto::ids::UserId;
use parlor_proto::name::Name;

use super::effects::{AdminChange, Change, Effects};
use super::failures::network;
use super::input::{Moment, Now, Stamp};
use super::state::State;

/// The longest wait.
const WAIT_MAX: Duration = Duration::from_mins(15);

/// After so long without a wrong one everything is forgotten.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(1);

/// Names that the table of wrong passwords holds.
const NAMES_MAX: usize = 10_000;

/// Addresses of one user that are known, and for how long after the last sign-in.
const ADDRESSES_MAX: usize = 8;
const KNOWN_FOR: Duration = Duration::from_hours(30 * 24);

/// A known address is written anew at most so often.
const WRITTEN_AFTER: Duration = Duration::from_hours(24);

/// Whose password is guessed, and from which known address; `None`: from any other.
pub(super) type Target = (Name, Option<IpAddr>);

/// What was guessed wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Guesses {
    wrong: u32,
    last: Moment,
}

impl Guesses {
    /// How long the next one has to wait, if `pending` more turn out wrong.
    fn wait(self, now: Moment, pending: u32, (burst, interval): (u32, Duration)) -> Duration {
        let wrong = if self.is_forgotten(now) { 0 } else { self.wrong };
        if wrong.saturating_add(pending) < burst {
            return Duration::ZERO;
        }
        if pending > 0 {
            return interval;
        }
        let doublings = wrong.saturating_sub(burst).min(16);
        let wait = interval.saturating_mul(1 << doublings).min(WAIT_MAX.max(interval));
        self.last.plus(wait).since(now)
    }

    fn is_forgotten(self, now: Moment) -> bool {
        now.since(self.last) >= FORGOTTEN_AFTER
    }
}

/// Which count a guess belongs to.
fn target(state: &State, now: Now, name: &Name, address: Option<IpAddr>) -> Target {
    let known = address.map(network).filter(|address| {
        let user = state.users.named(name);
        let seen = user.and_then(|user| state.addresses.get(&(user, *address)));
        seen.is_some_and(|seen| seen.plus(KNOWN_FOR) > now.stamp)
    });
    (name.clone(), known)
}

/// How long somebody has to wait before the next password is looked at.
pub(super) fn wait(state: &State, now: Now, name: &Name, address: Option<IpAddr>) -> Duration {
    let rate = state.rules.wrong_passwords;
    let target = target(state, now, name, address);
    // Those that are being looked at count, or any number could be tried at once.
    let pending = u32::try_from(state.conns.guesses(name)).unwrap_or(u32::MAX);
    let guesses = state.wrong_passwords.get(&target).copied().unwrap_or_default();
    guesses.wait(now.moment, pending, (rate.burst, rate.interval))
}

/// It was wrong.
pub(super) fn wrong(state: &mut State, now: Now, name: &Name, address: Option<IpAddr>) {
    let target = target(state, now, name, address);
    let known = state.wrong_passwords.get(&target).copied().unwrap_or_default();
    let wrong = if known.is_forgotten(now.moment) { 0 } else { known.wrong };
    if state.wrong_passwords.len() >= NAMES_MAX && !state.wrong_passwords.contains(&target) {
        make_room(state, now);
    }
    let guesses = Guesses { wrong: wrong.saturating_add(1), last: now.moment };
    state.wrong_passwords.insert(target, guesses);
}

fn make_room(state: &mut State, now: Now) {
    let all = state.wrong_passwords.iter();
    let over = all.filter(|(_, guesses)| guesses.is_forgotten(now.moment));
    let mut forgettable: Vec<Target> = over.map(|(target, _)| target.clone()).collect();
    if forgettable.is_empty() {
        // Nobody's guesses are forgotten because somebody makes up names: those count once each.
        let few = |(_, guesses): &(&Target, &Guesses)| (guesses.wrong, guesses.last);
        let fewest = state.wrong_passwords.iter().min_by_key(few);
        forgettable.extend(fewest.map(|(target, _)| target.clone()));
    }
    for target in forgettable {
        state.wrong_passwords.remove(&target);
    }
}

/// Somebody has signed in: what was wrong before is forgotten, and the address is known.
pub(super) fn right(
    state: &mut State,
    now: Now,
    user: UserId,
    address: Option<IpAddr>,
    effects: &mut Effects,
) {
    let Some(name) = state.users.get(user).map(|user| user.name.clone()) else { return };
    let target = target(state, now, &name, address);
    state.wrong_passwords.remove(&target);
    let Some(address) = address.map(network) else { return };
    let seen = state.addresses.get(&(user, address)).copied();
    if seen.is_some_and(|seen| seen.plus(WRITTEN_AFTER) > now.stamp) || state.storage_full {
        return;
    }
    let instead = if seen.is_none() { forgotten_for(state, user) } else { None };
    if let Some(instead) = instead {
        state.addresses.remove(&(user, instead));
    }
    state.addresses.insert((user, address), now.stamp);
    let at = now.stamp;
    effects.changes.push(Change::Admin(AdminChange::AddressSeen { user, address, at, instead }));
}

/// The address that makes room for one more: the one seen longest ago.
fn forgotten_for(state: &State, user: UserId) -> Option<IpAddr> {
    let first = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
    let of_user = state.addresses.range((user, first)..).take_while(|((of, _), _)| *of == user);
    let mut seen: Vec<(Stamp, IpAddr)> = of_user.map(|((_, at), seen)| (*seen, *at)).collect();
    seen.sort();
    if seen.len() >= ADDRESSES_MAX { seen.first().map(|(_, address)| *address) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_one_doubles_the_wait_up_to_a_quarter_of_an_hour() {
        let minute = Duration::from_secs(60);
        let waits = (4..12).map(|wrong| {
            Guesses { wrong, last: Moment(0) }.wait(Moment(0), 0, (5, minute)).as_secs() / 60
        });
        assert_eq!(waits.collect::<Vec<_>>(), [0, 1, 2, 4, 8, 15, 15, 15]);
        let many = Guesses { wrong: u32::MAX, last: Moment(0) };
        assert_eq!(many.wait(Moment(60_000), 0, (5, minute)), minute * 14);
        assert_eq!(many.wait(Moment(3_600_000), 0, (5, minute)), Duration::ZERO);
    }
}
