//! A shard's thread: waits for parcels, orders, ends of tasks and the second hand.

use std::rc::Rc;
use std::thread::JoinHandle;
use std::time::Duration;
use std::{io, thread};

use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{mpsc, watch};
use tokio::task::yield_now;
use tokio::time::{MissedTickBehavior, interval};

use super::shard::{Seat, Shard};
use super::tasks::Tasks;
use super::{Accepted, Place};
use crate::hub::Parcel;

/// Parcels that are queued together before anything is flushed.
const PARCELS_PER_TURN_MAX: usize = 16;

/// How often deadlines are looked at.
const PASS_INTERVAL: Duration = Duration::from_secs(1);

/// What the door asks of a shard.
#[derive(Debug)]
pub(super) enum Order {
    Admit(Accepted, Place),
    Drain { within: Duration },
}

/// Starts the thread; `ending` counts those that have ended.
pub(super) fn spawn(
    seat: Seat,
    mailbox: mpsc::Receiver<Parcel>,
    orders: mpsc::Receiver<Order>,
    ending: watch::Sender<usize>,
) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(format!("shard-{}", seat.index)).spawn(move || {
        let _ending = CountOnDrop(ending);
        let mut builder = Builder::new_current_thread();
        match builder.enable_io().enable_time().build_local(LocalOptions::default()) {
            Ok(runtime) => runtime.block_on(run(Rc::new(Shard::new(seat)), mailbox, orders)),
            Err(error) => tracing::error!("no runtime for a shard: {error}"),
        }
    })
}

/// Counts also a thread that panics.
struct CountOnDrop(watch::Sender<usize>);

impl Drop for CountOnDrop {
    fn drop(&mut self) {
        self.0.send_modify(|ended| *ended += 1);
    }
}

async fn run(
    shard: Rc<Shard>,
    mut mailbox: mpsc::Receiver<Parcel>,
    mut orders: mpsc::Receiver<Order>,
) {
    let mut tasks = Tasks::default();
    let mut parcels = Vec::with_capacity(PARCELS_PER_TURN_MAX);
    let mut pass = interval(PASS_INTERVAL);
    pass.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !tasks.are_over() {
        tokio::select! {
            count = mailbox.recv_many(&mut parcels, PARCELS_PER_TURN_MAX) => {
                if count == 0 {
                    break; // The engine is gone.
                }
                shard.deliver(parcels.iter_mut().flat_map(|parcel| parcel.deliveries.drain(..)));
                shard.delivered(parcels.drain(..).filter_map(|parcel| parcel.committed));
                if !mailbox.is_empty() {
                    yield_now().await; // Readers have their turn before the next parcels.
                }
            }
            order = orders.recv() => match order {
                Some(Order::Admit(accepted, place)) => tasks.admit(&shard, accepted, place),
                Some(Order::Drain { within }) => tasks.drain(&shard, within),
                None => break, // The door is gone.
            },
            ended = tasks.next_end(&shard) => {
                if ended.is_err() {
                    break;
                }
            }
            _ = pass.tick() => {
                shard.pass();
                shard.take_stock();
            }
        }
    }
}
