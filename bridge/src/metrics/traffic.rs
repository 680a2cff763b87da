//! What passes through: messages and bytes each way, and who is being waited for.
//!
//! Counted for each message, so in several stripes: two connections that are busy on two cores
//! seldom write to the same line.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

/// More than cores that are busy at once.
const STRIPES: usize = 16;

/// All stripes.
#[derive(Debug)]
pub(crate) struct Traffic {
    stripes: [Arc<Stripe>; STRIPES],
    next: AtomicU64,
    open: AtomicU64,
}

/// A WebSocket that is open; over when dropped.
#[derive(Debug)]
pub(crate) struct Open<'a>(&'a AtomicU64);

/// Both ways of some connections.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Stripe {
    /// From clients to the daemon.
    pub(crate) up: Way,
    /// From the daemon to clients.
    pub(crate) down: Way,
}

/// One way.
#[derive(Debug, Default)]
pub(crate) struct Way {
    messages: AtomicU64,
    bytes: AtomicU64,
    waiting: AtomicU64,
}

/// Who receives has not taken a message yet; over when dropped.
#[derive(Debug)]
pub(crate) struct Waiting<'a>(&'a Way);

/// The sum over all connections.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Passed {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    pub(crate) waiting: u64,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            stripes: std::array::from_fn(|_| Arc::default()),
            next: AtomicU64::default(),
            open: AtomicU64::default(),
        }
    }
}

impl Traffic {
    /// For one more connection.
    pub(crate) fn stripe(&self) -> Arc<Stripe> {
        let turn = usize::try_from(self.next.fetch_add(1, Relaxed)).unwrap_or_default();
        self.stripes.iter().cycle().nth(turn % STRIPES).cloned().unwrap_or_default()
    }

    pub(crate) fn open(&self) -> Open<'_> {
        self.open.fetch_add(1, Relaxed);
        Open(&self.open)
    }

    pub(crate) fn open_count(&self) -> u64 {
        self.open.load(Relaxed)
    }

    pub(crate) fn sum(&self, way: impl Fn(&Stripe) -> &Way) -> Passed {
        self.stripes.iter().map(|stripe| way(stripe)).fold(Passed::default(), |sum, way| Passed {
            messages: sum.messages + way.messages.load(Relaxed),
            bytes: sum.bytes + way.bytes.load(Relaxed),
            waiting: sum.waiting + way.waiting.load(Relaxed),
        })
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Way {
    /// A message begins to be given on.
    pub(crate) fn begin(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Relaxed);
        Waiting(self)
    }
}

impl Waiting<'_> {
    /// It has been taken.
    pub(crate) fn passed(self, bytes: usize) {
        self.0.messages.fetch_add(1, Relaxed);
        self.0.bytes.fetch_add(u64::try_from(bytes).unwrap_or_default(), Relaxed);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_counts_and_what_was_given_up_does_not() {
        let traffic = Traffic::default();
        for _ in 0..=STRIPES {
            traffic.stripe().up.begin().passed(10);
        }
        let stripe = traffic.stripe();
        let waiting = stripe.down.begin();
        assert_eq!(traffic.sum(|stripe| &stripe.down).waiting, 1);
        drop(waiting);
        assert_eq!(traffic.sum(|stripe| &stripe.down), Passed::default());
        let all = Passed { messages: 17, bytes: 170, waiting: 0 };
        assert_eq!(traffic.sum(|stripe| &stripe.up), all);
    }
}
