//! What a shard counts. Each shard has its own, so that no two cores write to the same line.

use parlor_proto::v1::GoAwayCode;

use super::opening::NotOpened;
use crate::hub::tally::{GoAways, Refusals};
use crate::tally::{Count, Counts, Histogram, Level};

/// The doors that a connection comes through, in the order of [`Transport`].
pub(crate) const TRANSPORTS: [&str; 2] = ["tls", "bridge"];

/// Why nobody could be spoken with after all.
pub(crate) const NOT_OPENED: [&str; 3] = ["timed_out", "lost", "bad_header"];

/// By which door.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Transport {
    Tls,
    Bridge,
}

/// What has happened to the connections of one shard.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Tally {
    /// Connections, from the moment that the shard was given them.
    pub(super) load: Level,
    /// Sockets that the shard had no time for.
    pub(crate) overrun: Count,
    /// By [`TRANSPORTS`].
    pub(crate) accepted: Counts<2>,
    pub(crate) open: [Level; 2],
    /// By [`NOT_OPENED`].
    pub(crate) not_opened: Counts<{ NOT_OPENED.len() }>,
    pub(crate) frames_in: Count,
    pub(crate) bytes_in: Count,
    /// Of these the shard keeps the count itself, and says it here now and then.
    pub(crate) frames_out: Level,
    pub(crate) events_out: Level,
    pub(crate) bytes_out: Level,
    pub(crate) outbox_bytes: Level,
    /// Connections over the soft limit, and those that are behind in a room: once a second.
    pub(crate) slow: Level,
    pub(crate) behind: Level,
    pub(crate) fell_behind: Count,
    pub(crate) from_ring: Count,
    pub(crate) from_store: Count,
    pub(crate) refusals: Refusals,
    pub(crate) go_aways: GoAways,
    /// Microseconds from a commit until what follows from it has been flushed.
    pub(crate) deliveries: Histogram,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            load: Level::default(),
            overrun: Count::default(),
            accepted: Counts::default(),
            open: Default::default(),
            not_opened: Counts::default(),
            frames_in: Count::default(),
            bytes_in: Count::default(),
            frames_out: Level::default(),
            events_out: Level::default(),
            bytes_out: Level::default(),
            outbox_bytes: Level::default(),
            slow: Level::default(),
            behind: Level::default(),
            fell_behind: Count::default(),
            from_ring: Count::default(),
            from_store: Count::default(),
            refusals: Refusals::default(),
            go_aways: GoAways::default(),
            deliveries: Histogram::times(),
        }
    }
}

impl Tally {
    pub(super) fn open(&self, transport: Transport) -> &Level {
        let [tls, bridge] = &self.open;
        match transport {
            Transport::Tls => tls,
            Transport::Bridge => bridge,
        }
    }

    pub(super) fn sent_away(&self, code: GoAwayCode) {
        self.go_aways.add(code);
    }

    pub(super) fn not_opened(&self, why: &NotOpened) {
        let place = match why {
            NotOpened::TimedOut => 0,
            NotOpened::Socket(_) => 1,
            NotOpened::BadHeader | NotOpened::NoAddress => 2,
            NotOpened::HealthCheck => return,
        };
        self.not_opened.add(place);
    }
}

/// How many there are, as a number to be counted with.
pub(super) fn many(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
