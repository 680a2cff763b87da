//! What can be chosen about each scenario.

use std::num::NonZeroU32;

use parlor_proto::limits::REQUESTS_IN_FLIGHT_MAX;

pub(crate) use self::files::{Door, Files};
use crate::shape::Shape;

mod files;

const WINDOW_MAX: i64 = REQUESTS_IN_FLIGHT_MAX as i64;

/// A scenario's choices by name, for the report.
pub(crate) type Choices = Vec<(&'static str, u32)>;

/// Each connection is a user of its own.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Durable {
    /// Connections that send
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub(crate) connections: u32,
    /// Messages in flight on each; more than 64 the server does not read
    #[arg(long, value_name = "N", default_value_t = REQUESTS_IN_FLIGHT_MAX,
          value_parser = clap::value_parser!(u32).range(1..=WINDOW_MAX))]
    pub(crate) window: u32,
    /// Rooms that they are spread over [default: one for each connection]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rooms: Option<u32>,
    /// How long to measure
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(crate) seconds: u32,
}

/// One room.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Latency {
    /// Members of the room, all connected
    #[arg(long, value_name = "N", default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) members: u32,
    /// Messages per second, by one of them
    #[arg(long, value_name = "N", default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: u32,
    /// How long to measure
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(crate) seconds: u32,
}

/// Each connection is signed in as a user of its own, and synced.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Idle {
    /// Connections
    #[arg(long, value_name = "N", default_value_t = 2_000,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connections: u32,
    /// Put them into rooms of so many members; 0: they are in none
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) room_size: u32,
    /// How long to send keepalives
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) seconds: u32,
}

/// Frames as they are, frames as JSON, and REST, each through a bridge of its own.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Bridge {
    /// WebSockets at rest
    #[arg(long, value_name = "N", default_value_t = 2_000,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connections: u32,
    /// Clients that send, each into a room of its own
    #[arg(long, value_name = "N", default_value_t = 8,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) senders: u32,
    /// How long to measure one message in flight and then full windows, of each flavor; and for
    /// REST to send and then to read pages of 50
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(crate) seconds: u32,
}

/// A process each time.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Command {
    /// How often it is run
    #[arg(long, value_name = "N", default_value_t = 50,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) times: u32,
}

/// All of them come back as soon as the daemon serves again.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Reconnect {
    /// Clients
    #[arg(long, value_name = "N", default_value_t = 2_000,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) clients: u32,
    /// Members of each of their rooms
    #[arg(long, value_name = "N", default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) room_size: u32,
    /// They come back at random times within so many milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub(crate) spread: u32,
}

/// Closed loop, against the floor and the daemon in turn. Without a shape, the four rows of
/// the design: 1 × 100 with 1 in flight, and with 64; 1 × 1,000; 200 × 10 with 20 publishers.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Fanout {
    /// Rooms
    #[arg(long, value_name = "N")]
    pub(crate) rooms: Option<NonZeroU32>,
    /// Members of each room, its publishers included
    #[arg(long, value_name = "N")]
    pub(crate) members: Option<NonZeroU32>,
    /// Publishers, each of whom speaks in its share of the rooms in turn
    #[arg(long, value_name = "N")]
    pub(crate) publishers: Option<NonZeroU32>,
    /// Messages in flight of each publisher: until every member has them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=WINDOW_MAX))]
    pub(crate) window: Option<u32>,
    /// How long to measure each server, as often as there are runs
    #[arg(long, value_name = "SECONDS", default_value_t = 3,
          value_parser = clap::value_parser!(u32).range(1..=10))]
    pub(crate) seconds: u32,
}

/// One room, one of whose members speaks. Without members: 1 of 100, then 50 of 1,000.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Stalled {
    /// Members of the room
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) members: u32,
    /// Members who stop reading
    #[arg(long, value_name = "N", default_value_t = 1, requires = "members")]
    pub(crate) stalled: u32,
    /// Messages per second
    #[arg(long, value_name = "N", default_value_t = 500,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: u32,
    /// How long they do not read, and how long everybody does before
    #[arg(long, value_name = "SECONDS", default_value_t = 15,
          value_parser = clap::value_parser!(u32).range(1..=40))]
    pub(crate) stall: u32,
}

/// One room, one of whose members speaks; and logins with a wrong password.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Flood {
    /// Members of the room
    #[arg(long, value_name = "N", default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) members: u32,
    /// Messages per second
    #[arg(long, value_name = "N", default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: u32,
    /// Logins per second
    #[arg(long, value_name = "N", default_value_t = 500,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) logins: u32,
    /// How long to measure with them, and as long without
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(crate) seconds: u32,
}

/// Each connection comes as a user of its own.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Connect {
    /// Connections
    #[arg(long, value_name = "N", default_value_t = 1_000,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connections: u32,
    /// How many come at the same time
    #[arg(long, value_name = "N", default_value_t = 16,
          value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) at_once: u32,
}

/// The messages are said anew for each run.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Search {
    /// Messages, in 200 rooms
    #[arg(long, value_name = "N", default_value_t = 1_000_000,
          value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) messages: u32,
    /// Queries of each kind, by each of two people
    #[arg(long, value_name = "N", default_value_t = 200,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) queries: u32,
}

/// One room, one of whose members speaks, at each of two daemons.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Indexing {
    /// Members of the room
    #[arg(long, value_name = "N", default_value_t = 5,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) members: u32,
    /// Messages per second
    #[arg(long, value_name = "N", default_value_t = 2_000,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: u32,
    /// How long to measure each daemon, as often as there are runs
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    pub(crate) seconds: u32,
}

/// Each pair of questions in turn, on one connection.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Timing {
    /// How often each question is asked
    #[arg(long, value_name = "N", default_value_t = 1_000,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) tries: u32,
    /// Passwords cost what they cost by default, which takes minutes
    #[arg(long)]
    pub(crate) costly: bool,
}

impl Timing {
    /// What so many passwords may take on a slow machine.
    pub(super) fn seconds(&self) -> u32 {
        if self.costly { self.tries } else { 0 }
    }

    pub(super) fn choices(&self) -> Choices {
        vec![("tries", self.tries), ("costly", self.costly.into())]
    }
}

impl Search {
    /// What loading, indexing and asking may take on a slow machine.
    pub(super) fn seconds(&self) -> u32 {
        self.messages / 2_000 + self.queries
    }

    pub(super) fn choices(&self) -> Choices {
        vec![("messages", self.messages), ("queries", self.queries)]
    }
}

impl Indexing {
    pub(super) fn choices(&self) -> Choices {
        vec![("members", self.members), ("rate", self.rate), ("seconds", self.seconds)]
    }
}

impl Durable {
    pub(crate) fn rooms(&self) -> u32 {
        self.rooms.unwrap_or(self.connections).max(1)
    }

    pub(super) fn choices(&self) -> Choices {
        vec![
            ("connections", self.connections),
            ("window", self.window),
            ("rooms", self.rooms()),
            ("seconds", self.seconds),
        ]
    }
}

impl Latency {
    pub(super) fn choices(&self) -> Choices {
        vec![("members", self.members), ("rate", self.rate), ("seconds", self.seconds)]
    }
}

impl Bridge {
    pub(super) fn choices(&self) -> Choices {
        let Self { connections, senders, seconds } = *self;
        vec![("connections", connections), ("senders", senders), ("seconds", seconds)]
    }
}

impl Idle {
    pub(super) fn choices(&self) -> Choices {
        vec![
            ("connections", self.connections),
            ("room_size", self.room_size),
            ("seconds", self.seconds),
        ]
    }
}

impl Reconnect {
    pub(super) fn choices(&self) -> Choices {
        vec![("clients", self.clients), ("room_size", self.room_size), ("spread", self.spread)]
    }
}

impl Fanout {
    /// This one, if it has a shape; else those of the design.
    pub(super) fn rows(&self) -> Vec<Self> {
        let Self { rooms: None, members: None, publishers: None, window: None, .. } = self else {
            return vec![self.clone()];
        };
        let row = |(rooms, members, publishers, window)| Self {
            rooms: NonZeroU32::new(rooms),
            members: NonZeroU32::new(members),
            publishers: NonZeroU32::new(publishers),
            window: Some(window),
            seconds: self.seconds,
        };
        [(1, 100, 1, 1), (1, 100, 1, 64), (1, 1000, 1, 64), (200, 10, 20, 64)].map(row).into()
    }

    pub(crate) fn shape(&self) -> Shape {
        Shape {
            rooms: self.rooms.map_or(1, NonZeroU32::get),
            members: self.members.map_or(100, NonZeroU32::get),
            publishers: self.publishers.map_or(1, NonZeroU32::get),
        }
    }

    pub(crate) fn window(&self) -> u32 {
        self.window.unwrap_or(REQUESTS_IN_FLIGHT_MAX)
    }

    pub(super) fn choices(&self) -> Choices {
        let Shape { rooms, members, publishers } = self.shape();
        vec![
            ("rooms", rooms),
            ("members", members),
            ("publishers", publishers),
            ("window", self.window()),
            ("seconds", self.seconds),
        ]
    }
}

impl Stalled {
    /// This one, if it has a size; else those of the issue.
    pub(super) fn rows(&self) -> Vec<Self> {
        if self.members > 0 {
            return vec![self.clone()];
        }
        let row = |(members, stalled)| Self { members, stalled, ..self.clone() };
        [(100, 1), (1000, 50)].map(row).into()
    }

    pub(super) fn choices(&self) -> Choices {
        vec![
            ("members", self.members),
            ("stalled", self.stalled),
            ("rate", self.rate),
            ("stall", self.stall),
        ]
    }
}

impl Connect {
    pub(super) fn choices(&self) -> Choices {
        vec![("connections", self.connections), ("at_once", self.at_once)]
    }
}

impl Flood {
    pub(super) fn choices(&self) -> Choices {
        vec![
            ("members", self.members),
            ("rate", self.rate),
            ("logins", self.logins),
            ("seconds", self.seconds),
        ]
    }
}
