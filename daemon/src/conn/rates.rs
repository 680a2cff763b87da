//! How often something may happen per address: token buckets in a table that cannot grow.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::chat::Moment;

/// Addresses of one generation of a table; two generations are kept.
const ADDRESSES_MAX: usize = 4096;

/// Addresses that count as one: a machine in IPv4, the network of a customer in IPv6.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Block {
    V4(u32),
    V6(u64),
}

impl Block {
    /// Everybody.
    pub(super) const ALL: Self = Self::V4(0);

    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                let upper = [a, b, c, d].into_iter();
                Self::V6(upper.fold(0, |bits, segment| (bits << 16) | u64::from(segment)))
            }
        }
    }
}

/// So many at once, then one per `every`; without a limit if that is zero.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Rate {
    pub(crate) burst: u32,
    pub(crate) every: Duration,
}

/// One bucket per address. Which is only the time at which it will be full again, and a full
/// one need not be kept: of two generations the older is forgotten when the newer is full.
#[derive(Debug, Default)]
pub(super) struct Rates {
    young: HashMap<Block, Moment>,
    old: HashMap<Block, Moment>,
}

impl Rates {
    /// Takes one token, or says how long to wait for it.
    pub(super) fn take(&mut self, rate: Rate, from: Block, now: Moment) -> Result<(), Duration> {
        if rate.every.is_zero() {
            return Ok(());
        }
        let known = self.young.get(&from).or_else(|| self.old.get(&from));
        let full_at = known.copied().unwrap_or_default().max(now).plus(rate.every);
        let allowed = now.plus(rate.every.saturating_mul(rate.burst));
        if full_at > allowed {
            return Err(full_at.since(allowed));
        }
        if self.young.len() >= ADDRESSES_MAX && !self.young.contains_key(&from) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(from, full_at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, every: Duration::from_secs(10) };

    fn block(text: &str) -> Block {
        Block::of(text.parse().unwrap())
    }

    #[test]
    fn a_burst_then_one_per_interval() {
        let mut rates = Rates::default();
        let ann = block("192.0.2.1");
        for _ in 0..3 {
            assert_eq!(rates.take(RATE, ann, Moment(0)), Ok(()));
        }
        assert_eq!(rates.take(RATE, ann, Moment(0)), Err(Duration::from_secs(10)));
        assert_eq!(rates.take(RATE, ann, Moment(4_000)), Err(Duration::from_secs(6)));
        assert_eq!(rates.take(RATE, ann, Moment(10_000)), Ok(()));
        assert_eq!(rates.take(RATE, ann, Moment(10_000)), Err(Duration::from_secs(10)));
        assert_eq!(rates.take(RATE, block("192.0.2.2"), Moment(10_000)), Ok(()));
    }

    #[test]
    fn without_a_limit_nobody_waits_whatever_the_order_of_moments() {
        let mut rates = Rates::default();
        let off = Rate { burst: 1, every: Duration::ZERO };
        for moment in [7, 7, 3] {
            assert_eq!(rates.take(off, block("192.0.2.1"), Moment(moment)), Ok(()));
        }
    }

    #[test]
    fn a_v6_network_and_a_mapped_v4_machine_are_one() {
        assert_eq!(block("2001:db8:0:1::1"), block("2001:db8:0:1:ffff::2"));
        assert_ne!(block("2001:db8:0:1::1"), block("2001:db8:0:2::1"));
        assert_eq!(block("::ffff:192.0.2.1"), block("192.0.2.1"));
    }

    #[test]
    fn a_flood_of_addresses_does_not_grow_the_table_nor_free_who_waits() {
        let mut rates = Rates::default();
        let ann = block("192.0.2.1");
        for _ in 0..3 {
            rates.take(RATE, ann, Moment(0)).unwrap();
        }
        let flood = |from: u32, to: u32| (from..to).map(Block::V4);
        for stranger in flood(0, 4_500) {
            rates.take(RATE, stranger, Moment(0)).unwrap();
        }
        assert!(rates.take(RATE, ann, Moment(0)).is_err());
        for stranger in flood(4_500, 100_000) {
            rates.take(RATE, stranger, Moment(0)).unwrap();
        }
        assert!(rates.young.len() <= ADDRESSES_MAX && rates.old.len() <= ADDRESSES_MAX);
    }
}
