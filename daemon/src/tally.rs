//! Numbers that threads add to and nobody waits for: what the operator's page of figures is
//! made of. Knows no names and no page; whoever counts has a struct of these of their own.

use std::sync::atomic::{AtomicU64, Ordering};

/// Upper bounds of times in microseconds: from a system call to a disk that hangs.
const TIMES: &[u64] = &[
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
    5_000_000,
];

/// Upper bounds of how many at once.
const SIZES: &[u64] = &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048];

/// Only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Grows and shrinks, or is what it was last said to be.
#[derive(Debug, Default)]
pub(crate) struct Level(AtomicU64);

impl Level {
    pub(crate) fn set(&self, now: u64) {
        self.0.store(now, Ordering::Relaxed);
    }

    pub(crate) fn raise(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes back one [`Self::raise`].
    pub(crate) fn lower(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One count for each of a few kinds, which the owner has numbered.
#[derive(Debug)]
pub(crate) struct Counts<const KINDS: usize>([Count; KINDS]);

impl<const KINDS: usize> Default for Counts<KINDS> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Count::default()))
    }
}

impl<const KINDS: usize> Counts<KINDS> {
    /// A kind that there is not is nobody's.
    pub(crate) fn add(&self, kind: usize) {
        if let Some(count) = self.0.get(kind) {
            count.add(1);
        }
    }

    pub(crate) fn get(&self, kind: usize) -> u64 {
        self.0.get(kind).map_or(0, Count::get)
    }
}

/// How often a number was how large.
#[derive(Debug)]
pub(crate) struct Histogram {
    bounds: &'static [u64],
    /// One for each bound, and one for what is above them all.
    buckets: Box<[Count]>,
    sum: Count,
}

/// A histogram at one time: bounds with how many lie between each and the one before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Spread {
    pub(crate) bounds: &'static [u64],
    pub(crate) buckets: Vec<u64>,
    pub(crate) sum: u64,
}

impl Histogram {
    /// Of times, in microseconds.
    pub(crate) fn times() -> Self {
        Self::with(TIMES)
    }

    /// Of how many at once.
    pub(crate) fn sizes() -> Self {
        Self::with(SIZES)
    }

    fn with(bounds: &'static [u64]) -> Self {
        let buckets = (0..=bounds.len()).map(|_| Count::default()).collect();
        Self { bounds, buckets, sum: Count::default() }
    }

    pub(crate) fn observe(&self, number: u64) {
        let at = self.bounds.partition_point(|bound| *bound < number);
        if let Some(bucket) = self.buckets.get(at) {
            bucket.add(1);
        }
        self.sum.add(number);
    }

    pub(crate) fn spread(&self) -> Spread {
        let buckets = self.buckets.iter().map(Count::get).collect();
        Spread { bounds: self.bounds, buckets, sum: self.sum.get() }
    }
}

impl Spread {
    /// Both together; they have the same bounds.
    pub(crate) fn plus(mut self, other: &Self) -> Self {
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
        self.sum += other.sum;
        self
    }

    pub(crate) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

/// For times: what a histogram of them is told.
pub(crate) fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_falls_below_the_first_bound_that_is_not_smaller() {
        let histogram = Histogram::sizes();
        for number in [0, 1, 2, 3, 2_048, 2_049, u64::from(u32::MAX)] {
            histogram.observe(number);
        }
        let spread = histogram.spread();
        assert_eq!(spread.buckets, [2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!((spread.count(), spread.bounds.len()), (7, 12));
        assert_eq!(spread.sum, 6 + 2_048 + 2_049 + u64::from(u32::MAX));
        assert_eq!(spread.clone().plus(&spread).count(), 14);
    }

    #[test]
    fn a_kind_that_there_is_not_is_not_counted() {
        let counts = Counts::<2>::default();
        counts.add(1);
        counts.add(2);
        assert_eq!([0, 1, 2].map(|kind| counts.get(kind)), [0, 1, 0]);
    }
}
