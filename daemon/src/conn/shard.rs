//! One thread of connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{io, thread};

use tokio::sync::{mpsc, watch};

use super::{Accepted, Seams, Settings};
use crate::hub::Parcel;

/// What the door asks of a shard.
#[derive(Debug)]
pub(super) enum Order {
    Admit(Accepted),
    Drain { within: Duration },
}

/// A shard's place among the others.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) index: u8,
    pub(super) settings: Arc<Settings>,
    pub(super) seams: Seams,
    pub(super) serials: Arc<AtomicU64>,
    pub(super) load: Arc<AtomicUsize>,
}

/// Starts the thread; `ending` counts the shards that have ended.
pub(super) fn spawn(
    seat: Seat,
    _mailbox: mpsc::Receiver<Parcel>,
    _orders: mpsc::Receiver<Order>,
    ending: watch::Sender<usize>,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(format!("shard-{}", seat.index)).spawn(move || {
        ending.send_modify(|ended| *ended += 1);
    })
}
