//! The way to the shards: one bounded mailbox each.

use std::time::Duration;

use tokio::sync::mpsc;

use super::Delivery;

/// Parcels that may wait for a shard; then the engine waits, and with it everybody who sends.
const MAILBOX_PARCELS_MAX: usize = 256;

/// What one shard has to do, in this order.
#[derive(Debug, Default)]
pub(crate) struct Parcel {
    pub(crate) deliveries: Vec<Delivery>,
    /// When its batch was committed, by the daemon's uptime; not of what a reader has found.
    pub(crate) committed: Option<Duration>,
}

/// The way to the shards, one mailbox each; the low byte of a `ConnId` is the index.
#[derive(Clone, Debug)]
pub(crate) struct Mailboxes(pub(crate) Vec<mpsc::Sender<Parcel>>);

impl Mailboxes {
    /// Mailboxes for so many shards, and the ends that the shards empty.
    pub(crate) fn new(shards: usize) -> (Self, Vec<mpsc::Receiver<Parcel>>) {
        let pairs = (0..shards).map(|_| mpsc::channel(MAILBOX_PARCELS_MAX));
        let (senders, receivers) = pairs.unzip();
        (Self(senders), receivers)
    }

    /// For looking at how full they are.
    pub(crate) fn gauges(&self) -> Gauges {
        Gauges(self.0.iter().map(mpsc::Sender::downgrade).collect())
    }

    /// Waits for a place, so not for use on a runtime. A shard that is gone has no
    /// connections left that could miss anything.
    pub(crate) fn put(&self, shard: usize, parcel: Parcel) {
        if let Some(mailbox) = self.0.get(shard) {
            mailbox.blocking_send(parcel).ok();
        }
    }
}

/// Looks at the mailboxes and does not keep them open.
#[derive(Clone, Debug)]
pub(crate) struct Gauges(Vec<mpsc::WeakSender<Parcel>>);

impl Gauges {
    /// Parcels that wait for each shard.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = usize> {
        let waiting = |mailbox: &mpsc::WeakSender<Parcel>| {
            mailbox.upgrade().map_or(0, |mailbox| mailbox.max_capacity() - mailbox.capacity())
        };
        self.0.iter().map(waiting)
    }
}

impl FromIterator<Delivery> for Parcel {
    fn from_iter<T: IntoIterator<Item = Delivery>>(deliveries: T) -> Self {
        Self { deliveries: deliveries.into_iter().collect(), committed: None }
    }
}

impl IntoIterator for Parcel {
    type Item = Delivery;
    type IntoIter = std::vec::IntoIter<Delivery>;

    fn into_iter(self) -> Self::IntoIter {
        self.deliveries.into_iter()
    }
}
