//! Everything that touches a client's socket after it has been accepted.
//!
//! A connection lives on one shard, a thread of its own, from its handshake to its end.
//! Nothing in here decides what a request does; it only carries bytes, in order and within
//! limits.

pub(crate) mod admission;
#[cfg(feature = "bench")]
pub(crate) mod bench;
mod caller;
mod connection;
mod deadlines;
mod deliver;
mod greeting;
mod intake;
mod life;
mod opening;
mod rates;
mod reader;
mod ring;
mod serial_map;
mod shard;
mod stream;
mod subscriptions;
pub(crate) mod tally;
mod tasks;
mod thread;
mod tls;
mod writer;

use std::io;
use std::num::NonZeroU8;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::JoinHandle;
use std::time::Duration;

use parlor_proto::ids::Epoch;
use parlor_proto::limits::SERVER_ID_BYTES;
use parlor_proto::v1;
use rustls::ServerConfig;
use tokio::sync::{mpsc, watch};

use self::admission::{Admission, Guard};
use self::shard::Seat;
use self::tally::{Tally, Transport};
use self::thread::Order;
use crate::chat::Rate;
use crate::engine::Inbox;
use crate::engine::clock::Clock;
use crate::hub::Parcel;
use crate::hub::readers::Readers;

/// Accepted sockets that may wait for a shard.
const ORDERS_MAX: usize = 1024;

/// How much longer than a shard itself the drain waits for its thread.
const THREAD_END: Duration = Duration::from_secs(1);

/// What an operator has decided about connections, and what `Hello` tells of the server.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) shards: NonZeroU8,
    pub(crate) server_name: String,
    pub(crate) server_version: String,
    pub(crate) epoch: Epoch,
    pub(crate) server_id: [u8; SERVER_ID_BYTES],
    pub(crate) registration: v1::RegistrationMode,
    pub(crate) keep_alive: v1::KeepAlivePolicy,
    pub(crate) patience: Patience,
    /// Requests of one connection; `None`: no limit.
    pub(crate) requests: Option<Rate>,
    /// All outboxes of one shard together; beyond half of it whoever has something waiting is
    /// slow.
    pub(crate) outboxes_bytes_max: usize,
    /// Recent events of one shard, kept for those who are behind.
    pub(crate) ring_bytes_max: usize,
}

/// How long a connection may take for what.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Patience {
    pub(crate) handshake: Duration,
    pub(crate) proxy_header: Duration,
    pub(crate) sign_in: Duration,
    pub(crate) frame: Duration,
    pub(crate) farewell: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            proxy_header: Duration::from_secs(5),
            sign_in: Duration::from_secs(10),
            frame: Duration::from_secs(20),
            farewell: Duration::from_secs(5),
        }
    }
}

/// The rest of the daemon, as far as connections know it. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Seams {
    pub(crate) inbox: Inbox,
    pub(crate) readers: Readers,
    pub(crate) clock: Clock,
    pub(crate) admission: Admission,
}

/// A socket fresh from `accept`, and its place in the book of admissions.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) socket: Socket,
    pub(crate) guard: Guard,
}

/// The two doors that the daemon has.
#[derive(Debug)]
pub(crate) enum Socket {
    Tls(std::net::TcpStream, Arc<ServerConfig>),
    /// From a bridge, which tells the client's address in a PROXY header.
    Bridge(UnixStream),
}

impl Socket {
    fn transport(&self) -> Transport {
        match self {
            Self::Tls(..) => Transport::Tls,
            Self::Bridge(_) => Transport::Bridge,
        }
    }
}

/// All shards. Dropping it cuts every connection; [`Shards::drain`] ends them with grace.
#[derive(Debug)]
pub(crate) struct Shards {
    shards: Vec<Handle>,
    ended: watch::Receiver<usize>,
}

#[derive(Debug)]
struct Handle {
    orders: mpsc::Sender<Order>,
    tally: Arc<Tally>,
    thread: JoinHandle<()>,
}

impl Shards {
    /// Starts one thread for each mailbox; there are as many as the settings say.
    pub(crate) fn start(
        settings: Settings,
        seams: &Seams,
        mailboxes: Vec<mpsc::Receiver<Parcel>>,
    ) -> io::Result<Self> {
        let settings = Arc::new(settings);
        let serials = Arc::new(AtomicU64::new(1));
        let (ending, ended) = watch::channel(0);
        let mut shards = Vec::new();
        for (index, mailbox) in (0..settings.shards.get()).zip(mailboxes) {
            let (orders, orders_in) = mpsc::channel(ORDERS_MAX);
            let tally = Arc::<Tally>::default();
            let seat = Seat {
                index,
                settings: Arc::clone(&settings),
                seams: seams.clone(),
                serials: Arc::clone(&serials),
                tally: Arc::clone(&tally),
            };
            let thread = thread::spawn(seat, mailbox, orders_in, ending.clone())?;
            shards.push(Handle { orders, tally, thread });
        }
        Ok(Self { shards, ended })
    }

    /// Gives a connection to the shard that has the fewest. If that one cannot keep up, the
    /// socket is closed.
    pub(crate) fn admit(&self, accepted: Accepted) {
        let least = self.shards.iter().min_by_key(|shard| shard.tally.load.get());
        if let Some(shard) = least
            && let place = Place::take(&shard.tally)
            && shard.orders.try_send(Order::Admit(accepted, place)).is_err()
        {
            shard.tally.overrun.add(1);
            tracing::debug!("connection dropped: its shard cannot keep up");
        }
    }

    /// What each shard counts.
    pub(crate) fn tallies(&self) -> Vec<Arc<Tally>> {
        self.shards.iter().map(|shard| Arc::clone(&shard.tally)).collect()
    }

    /// Waits for a shard to end, which it does by itself only if the engine is gone or it
    /// has a bug: the process cannot go on.
    pub(crate) async fn failed(&self) {
        let mut ended = self.ended.clone();
        // An error means that every shard is gone.
        let _all_gone = ended.wait_for(|&count| count > 0).await.is_err();
    }

    /// Takes no more requests, has those in flight answered, says good-bye, closes; whoever
    /// has not gone within this time is cut.
    pub(crate) async fn drain(self, within: Duration) {
        for shard in &self.shards {
            // A shard that has ended needs no order.
            let _ended = shard.orders.send(Order::Drain { within }).await.is_err();
        }
        let mut ended = self.ended;
        let count = self.shards.len();
        let all = ended.wait_for(|&ended| ended >= count);
        let in_time = tokio::time::timeout(within + THREAD_END, all).await.is_ok();
        for shard in self.shards {
            if (in_time || shard.thread.is_finished()) && shard.thread.join().is_err() {
                tracing::error!("a shard panicked");
            }
        }
    }
}

/// A connection that counts in the load of its shard. Given back when dropped.
#[derive(Debug)]
struct Place(Arc<Tally>);

impl Place {
    fn take(tally: &Arc<Tally>) -> Self {
        tally.load.raise();
        Self(Arc::clone(tally))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.load.lower();
    }
}

#[cfg(test)]
mod tests;
