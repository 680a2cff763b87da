//! What the pool counts.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// Since the start, and now.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) kept: AtomicU64,
    pub(super) made: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) waiting: Arc<AtomicU64>,
    pub(super) streams: Arc<AtomicU64>,
}

/// One of those that are counted while they are there.
#[derive(Debug)]
pub(super) struct Counted(Arc<AtomicU64>);

/// All of it, for figures.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Told {
    /// Connections by which calls are made just now.
    pub(crate) calls: u64,
    pub(crate) idle: u64,
    pub(crate) streams: u64,
    pub(crate) connections_max: u64,
    pub(crate) waiting: u64,
    pub(crate) kept: u64,
    pub(crate) made: u64,
    pub(crate) failed: u64,
}

impl Counted {
    pub(super) fn new(count: &Arc<AtomicU64>) -> Self {
        count.fetch_add(1, Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Tally {
    /// So many connections are there at all, and so many of them are idle.
    pub(super) fn told(&self, connections_max: usize, (all, idle): (usize, usize)) -> Told {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let (idle, streams) = (number(idle), self.streams.load(Relaxed));
        Told {
            // They are not looked at in one moment.
            calls: number(all).saturating_sub(idle + streams),
            idle,
            streams,
            connections_max: number(connections_max),
            waiting: self.waiting.load(Relaxed),
            kept: self.kept.load(Relaxed),
            made: self.made.load(Relaxed),
            failed: self.failed.load(Relaxed),
        }
    }
}
