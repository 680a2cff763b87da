//! What was typed.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use parlor_proto::client::ServerUrl;
use parlor_proto::limits::REQUESTS_IN_FLIGHT_MAX;

const WINDOW_MAX: i64 = REQUESTS_IN_FLIGHT_MAX as i64;

/// Measures how much Parlor does, how fast, and at what cost.
#[derive(Debug, Parser)]
#[command(name = "parlor-load", version, max_term_width = 100)]
pub(crate) struct Args {
    /// Measure this server instead of a daemon of our own. Its limits hold, and it keeps the
    /// accounts and rooms that are made
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) server: Option<ServerUrl>,
    /// Where parlord, parlor-bridge and parlor are [default: beside this program]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) binaries: Option<PathBuf>,
    /// Where our own daemon keeps its data, in a folder that is removed again
    /// [default: the system's place for such]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// Put a bridge of our own in front of our own daemon, and go through it
    #[arg(long, global = true, conflicts_with = "server")]
    pub(crate) bridge: bool,
    /// How often each scenario is run; the median is what counts
    #[arg(long, global = true, value_name = "N", default_value_t = 3,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,
    /// Texts and orders that look random follow from this
    #[arg(long, global = true, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Print one JSON object per scenario
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) scenario: Scenario,
}

/// What to measure.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Scenario {
    /// Messages acknowledged per second, each connection with a full window in flight
    Durable(Durable),
    /// From when a message was due to its receipt by every member, at a fixed rate
    Latency(Latency),
    /// Memory of connections that do nothing, and what their keepalives cost
    Idle(Idle),
    /// `parlor send` from start to exit
    Command(Command),
    /// Until all clients are back and have what they missed, after a restart of the daemon
    Reconnect(Reconnect),
    /// All of them, as they are by default
    All,
}

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

impl Scenario {
    /// The scenarios that this stands for.
    pub(crate) fn each(&self) -> Vec<Self> {
        let Self::All = self else { return vec![self.clone()] };
        let all = ["durable", "latency", "idle", "command", "reconnect"];
        all.map(|name| Args::parse_from(["parlor-load", name]).scenario).into()
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Durable(_) => "durable",
            Self::Latency(_) => "latency",
            Self::Idle(_) => "idle",
            Self::Command(_) => "command",
            Self::Reconnect(_) => "reconnect",
            Self::All => "all",
        }
    }

    /// What was chosen, for the report.
    pub(crate) fn settings(&self) -> Vec<(&'static str, u32)> {
        match self {
            Self::Durable(it) => vec![
                ("connections", it.connections),
                ("window", it.window),
                ("rooms", it.rooms()),
                ("seconds", it.seconds),
            ],
            Self::Latency(it) => {
                vec![("members", it.members), ("rate", it.rate), ("seconds", it.seconds)]
            }
            Self::Idle(it) => vec![
                ("connections", it.connections),
                ("room_size", it.room_size),
                ("seconds", it.seconds),
            ],
            Self::Command(it) => vec![("times", it.times)],
            Self::Reconnect(it) => {
                vec![("clients", it.clients), ("room_size", it.room_size), ("spread", it.spread)]
            }
            Self::All => Vec::new(),
        }
    }

    /// How long it measures, where that is known beforehand.
    pub(crate) fn duration(&self) -> Duration {
        let seconds = match self {
            Self::Durable(it) => it.seconds,
            Self::Latency(it) => it.seconds,
            Self::Idle(it) => it.seconds,
            Self::Command(_) | Self::Reconnect(_) | Self::All => 0,
        };
        Duration::from_secs(seconds.into())
    }
}

impl Durable {
    pub(crate) fn rooms(&self) -> u32 {
        self.rooms.unwrap_or(self.connections).max(1)
    }
}
