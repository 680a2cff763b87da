//! How many connections there may be, in total and from one address. Knows nothing of sockets.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A number of places for connections.
#[derive(Debug)]
pub(crate) struct Slots {
    taken: Mutex<Taken>,
}

// Invariant: the counts of `by_address` are never 0, and together at most `total`.
#[derive(Debug, Default)]
struct Taken {
    total_max: usize,
    per_address_max: usize,
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Arc<Slots>,
    address: Option<IpAddr>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Full {
    Total,
    Address,
}

impl Slots {
    pub(crate) fn new(total_max: usize, per_address_max: usize) -> Arc<Self> {
        let taken = Taken { total_max, per_address_max, ..Taken::default() };
        Arc::new(Self { taken: Mutex::new(taken) })
    }

    /// From now on so many. Who has a place keeps it.
    pub(crate) fn resize(&self, total_max: usize, per_address_max: usize) {
        let mut taken = self.taken();
        (taken.total_max, taken.per_address_max) = (total_max, per_address_max);
    }

    /// For somebody who comes for others, each of whom is counted elsewhere.
    pub(crate) fn take_for_many(self: &Arc<Self>) -> Result<Slot, Full> {
        self.taken().enter()?;
        Ok(Slot { slots: Arc::clone(self), address: None })
    }

    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Result<Slot, Full> {
        let address = neighborhood(address);
        let mut taken = self.taken();
        let here = taken.by_address.get(&address).copied().unwrap_or(0);
        if here >= taken.per_address_max && !taken.is_full() {
            return Err(Full::Address);
        }
        taken.enter()?;
        taken.by_address.insert(address, here + 1);
        Ok(Slot { slots: Arc::clone(self), address: Some(address) })
    }

    /// How many are taken.
    pub(crate) fn count(&self) -> usize {
        self.taken().total
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // No code panics while it holds the lock, so a poisoned one is as good as any.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn is_full(&self) -> bool {
        self.total >= self.total_max
    }

    fn enter(&mut self) -> Result<(), Full> {
        if self.is_full() {
            return Err(Full::Total);
        }
        self.total += 1;
        Ok(())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        taken.total = taken.total.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(count) = taken.by_address.get_mut(&address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

/// What counts as one address: with IPv6, the /64 that a single household gets.
fn neighborhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_full_house_and_a_greedy_neighbor_are_refused_until_somebody_leaves() {
        let slots = Slots::new(3, 2);
        let first = slots.take(address("192.0.2.1")).unwrap();
        let _second = slots.take(address("192.0.2.1")).unwrap();
        assert_eq!(slots.take(address("192.0.2.1")).unwrap_err(), Full::Address);
        let _third = slots.take(address("192.0.2.2")).unwrap();
        assert_eq!(slots.take(address("192.0.2.3")).unwrap_err(), Full::Total);
        drop(first);
        slots.take(address("192.0.2.1")).unwrap();
    }

    #[test]
    fn a_smaller_house_puts_nobody_out_and_lets_nobody_in() {
        let slots = Slots::new(3, 3);
        let first = slots.take(address("192.0.2.1")).unwrap();
        let _second = slots.take(address("192.0.2.2")).unwrap();
        slots.resize(2, 1);
        assert_eq!(
            (slots.count(), slots.take(address("192.0.2.3")).unwrap_err()),
            (2, Full::Total)
        );
        drop(first);
        assert_eq!(slots.take(address("192.0.2.2")).unwrap_err(), Full::Address);
        slots.resize(2, 2);
        slots.take(address("192.0.2.2")).unwrap();
    }

    #[test]
    fn addresses_of_one_household_count_as_one() {
        let slots = Slots::new(9, 1);
        let _one = slots.take(address("2001:db8:1:2::1")).unwrap();
        assert_eq!(slots.take(address("2001:db8:1:2:3::9")).unwrap_err(), Full::Address);
        let _other = slots.take(address("2001:db8:1:3::1")).unwrap();
        let _mapped = slots.take(address("::ffff:192.0.2.1")).unwrap();
        assert_eq!(slots.take(address("192.0.2.1")).unwrap_err(), Full::Address);
    }

    #[test]
    fn who_comes_for_many_counts_in_total_only() {
        let slots = Slots::new(3, 1);
        let first = slots.take_for_many().unwrap();
        let _second = slots.take_for_many().unwrap();
        let _third = slots.take(address("192.0.2.1")).unwrap();
        assert_eq!(slots.take_for_many().unwrap_err(), Full::Total);
        drop(first);
        assert_eq!((slots.count(), slots.taken().by_address.len()), (2, 1));
        slots.take_for_many().unwrap();
    }

    #[test]
    fn an_address_that_left_is_forgotten() {
        let slots = Slots::new(9, 9);
        drop(slots.take(address("192.0.2.1")).unwrap());
        assert!(slots.taken().by_address.is_empty());
    }
}
