//! For benches: a shard full of connections that get one event after another.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

mod sealed;

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU8;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parlor_proto::ids::{Epoch, RoomId, Seq, UserId};
use parlor_proto::v1;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::UnixStream;
use tokio::runtime::{Builder, Runtime};

pub use self::sealed::SealedCrowd;
use super::admission::{Admission, AdmissionLimits, Rate};
use super::connection::Connection;
use super::opening::Opened;
use super::shard::{Seat, Shard};
use super::stream::Stream;
use super::{Patience, Place, Seams, Settings};
use crate::chat::Moment;
use crate::engine::bare::{self, Inputs};
use crate::engine::clock::Clock;
use crate::hub::run::Run;
use crate::hub::{Delivery, readers};

const LOBBY: RoomId = RoomId(1);

/// What an event of some hundred letters has on the wire.
const EVENT: &[u8] = &[b'x'; 160];

/// Members of one room on one shard. Their sockets take nothing, because the runtime that
/// would say when they do never runs: so this goes all the way but for the system call.
pub struct Crowd {
    shard: Shard,
    members: Vec<Rc<Connection>>,
    head: Seq,
    _inputs: Inputs,
    // Last: the sockets are in its care.
    _runtime: Runtime,
}

impl fmt::Debug for Crowd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crowd").finish_non_exhaustive()
    }
}

impl Crowd {
    #[must_use]
    pub fn of(members: usize) -> Self {
        allow_many_files();
        let runtime = Builder::new_current_thread().enable_io().build().unwrap();
        let entered = runtime.enter();
        let (shard, inputs) = shard(members);
        let (socket, _) = std::os::unix::net::UnixStream::pair().unwrap();
        socket.set_nonblocking(true).unwrap();
        let members = (0..members).map(|_| member(&shard, socket.try_clone().unwrap())).collect();
        drop(entered);
        Self { shard, members, head: Seq(0), _inputs: inputs, _runtime: runtime }
    }

    /// Everybody gets one more event; then it counts as sent.
    pub fn tell(&mut self) {
        self.head = self.head.next();
        let bytes = Bytes::from_static(EVENT);
        let run = Run::of_frames(self.head, self.head, bytes);
        self.shard.deliver(std::iter::once(Delivery::Events { room: LOBBY, run }));
        for member in &self.members {
            member.outbox.borrow_mut().consume(EVENT.len());
        }
    }
}

fn shard(members: usize) -> (Shard, Inputs) {
    let (inbox, inputs) = bare::inbox(1);
    let (readers, _) = readers::bare(1);
    let rate = Rate { burst: 1, every: Duration::from_millis(1) };
    let admission = Admission::new(AdmissionLimits {
        registrations: None,
        connections_max: members,
        handshakes_max: members,
        strangers_max: members,
        connections_per_address_max: members,
        arrivals_per_address: rate,
        logins_per_address: rate,
    });
    let settings = Settings {
        shards: NonZeroU8::MIN,
        server_name: "bench".into(),
        server_version: "1".into(),
        epoch: Epoch(7),
        server_id: [9; 32],
        registration: v1::RegistrationMode::Open,
        keep_alive: v1::KeepAlivePolicy::default(),
        patience: Patience::default(),
        requests: None,
        outboxes_bytes_max: 64 << 20,
        ring_bytes_max: 16 << 20,
    };
    let seams = Seams { inbox, readers, clock: Clock::start(), admission };
    let (settings, serials, tally) = (Arc::new(settings), Arc::default(), Arc::default());
    let seat = Seat { index: 0, settings, seams, serials, tally };
    (Shard::new(seat), inputs)
}

/// Somebody who is signed in and subscribed to the lobby from its first event on.
fn member(shard: &Shard, socket: std::os::unix::net::UnixStream) -> Rc<Connection> {
    let guard = shard.seams.admission.arrive(None, Moment::default()).unwrap();
    let stream = Stream::Bridge(UnixStream::from_std(socket).unwrap());
    let address = IpAddr::from([192, 0, 2, 1]);
    let opened = Opened { stream, guard, address, turned_away: None };
    let conn = shard.welcome(opened, Place::take(&Arc::default()));
    conn.sign_in(UserId(1));
    let next = Seq(1);
    shard.subscriptions.borrow_mut().subscribe(conn.id, LOBBY, next, next.previous());
    conn
}

/// A socket for each member is more than many shells allow.
fn allow_many_files() {
    let allowed = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: allowed.maximum, ..allowed };
    setrlimit(Resource::Nofile, raised).unwrap();
}
