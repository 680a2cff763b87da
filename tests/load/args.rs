//! What was typed.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use parlor_proto::client::ServerUrl;

use self::kinds::Choices;
pub(crate) use self::kinds::{
    Bridge, Command, Connect, Door, Durable, Fanout, Files, Flood, Idle, Indexing, Latency,
    Reconnect, Search, Stalled, Timing,
};

mod kinds;

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
    /// Servers and generator on one core: for figures of CPU that do not depend on what else
    /// the machine does. A daemon of our own sees one core, and has one shard
    #[arg(long, global = true)]
    pub(crate) pin: bool,
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
    /// Print rows of a table as Markdown has it
    #[arg(long, global = true, conflicts_with = "json")]
    pub(crate) markdown: bool,
    #[command(subcommand)]
    pub(crate) scenario: Scenario,
}

/// What to measure.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Scenario {
    /// Deliveries per second and what they cost, beside a bare TLS broadcast server
    Fanout(Fanout),
    /// Messages acknowledged per second, each connection with a full window in flight
    Durable(Durable),
    /// From when a message was due to its receipt by every member, at a fixed rate
    Latency(Latency),
    /// Members who stop reading: what that costs the others, and what they have when they wake
    Stalled(Stalled),
    /// Logins by password beyond measure, beside a room that talks
    Flood(Flood),
    /// Handshake and sign-in by token: rate, and the server's CPU
    Connect(Connect),
    /// Memory of connections that do nothing, and what their keepalives cost
    Idle(Idle),
    /// What a bridge costs and adds: WebSockets at rest, messages as they are and as JSON, REST
    Bridge(Bridge),
    /// `parlor send` from start to exit
    Command(Command),
    /// A large file up and down over a network that cuts, beside a room that talks
    Files(Files),
    /// Until all clients are back and have what they missed, after a restart of the daemon
    Reconnect(Reconnect),
    /// Searches in very many messages, by kind of query
    Search(Search),
    /// Acknowledgements at a fixed rate, with a search index and without
    Indexing(Indexing),
    /// What answers give away by how long they take: who has an account, which rooms there are
    Timing(Timing),
    /// All of them, as they are by default
    All,
    /// The bare TLS broadcast server itself, until its standard input ends
    #[command(name = crate::floor::COMMAND, hide = true)]
    FloorServer,
}

impl Scenario {
    /// The scenarios that this stands for.
    pub(crate) fn each(&self) -> Vec<Self> {
        match self {
            Self::All => {
                let all = [
                    "fanout",
                    "latency",
                    "stalled",
                    "flood",
                    "durable",
                    "connect",
                    "idle",
                    "bridge",
                    "command",
                    "files",
                    "reconnect",
                    "search",
                    "indexing",
                    "timing",
                ];
                let parse = |name| Args::parse_from(["parlor-load", name]).scenario;
                all.map(parse).iter().flat_map(Self::each).collect()
            }
            Self::Fanout(it) => it.rows().into_iter().map(Self::Fanout).collect(),
            Self::Stalled(it) => it.rows().into_iter().map(Self::Stalled).collect(),
            Self::Files(it) => it.rows().into_iter().map(Self::Files).collect(),
            other => vec![other.clone()],
        }
    }

    /// Its runs share their connections, and have the floor between them.
    pub(crate) fn runs_in_turn(&self) -> bool {
        match self {
            Self::Fanout(_)
            | Self::Latency(_)
            | Self::Stalled(_)
            | Self::Flood(_)
            | Self::Connect(_)
            | Self::Indexing(_) => true,
            Self::Durable(_)
            | Self::Idle(_)
            | Self::Bridge(_)
            | Self::Command(_)
            | Self::Files(_)
            | Self::Reconnect(_)
            | Self::Search(_)
            | Self::Timing(_)
            | Self::All
            | Self::FloorServer => false,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Fanout(_) => "fanout",
            Self::Durable(_) => "durable",
            Self::Latency(_) => "latency",
            Self::Stalled(_) => "stalled",
            Self::Flood(_) => "flood",
            Self::Connect(_) => "connect",
            Self::Idle(_) => "idle",
            Self::Bridge(_) => "bridge",
            Self::Command(_) => "command",
            Self::Files(it) => match it.door() {
                Door::Tcp => "files-tcp",
                Door::Websocket => "files-websocket",
                Door::Rest => "files-rest",
            },
            Self::Reconnect(_) => "reconnect",
            Self::Search(_) => "search",
            Self::Indexing(_) => "indexing",
            Self::Timing(_) => "timing",
            Self::All => "all",
            Self::FloorServer => crate::floor::COMMAND,
        }
    }

    /// What was chosen, for the report.
    pub(crate) fn choices(&self) -> Choices {
        match self {
            Self::Fanout(it) => it.choices(),
            Self::Durable(it) => it.choices(),
            Self::Latency(it) => it.choices(),
            Self::Stalled(it) => it.choices(),
            Self::Flood(it) => it.choices(),
            Self::Connect(it) => it.choices(),
            Self::Idle(it) => it.choices(),
            Self::Bridge(it) => it.choices(),
            Self::Command(it) => vec![("times", it.times)],
            Self::Files(it) => it.choices(),
            Self::Reconnect(it) => it.choices(),
            Self::Search(it) => it.choices(),
            Self::Indexing(it) => it.choices(),
            Self::Timing(it) => it.choices(),
            Self::All | Self::FloorServer => Vec::new(),
        }
    }

    /// How long one run measures, where that is known beforehand.
    pub(crate) fn duration(&self) -> Duration {
        let seconds = match self {
            Self::Durable(it) => it.seconds,
            Self::Idle(it) => it.seconds,
            Self::Bridge(it) => 6 * it.seconds,
            Self::Fanout(it) => 2 * it.seconds,
            Self::Latency(it) => 2 * it.seconds,
            Self::Stalled(it) => 2 * it.stall,
            Self::Flood(it) => 2 * it.seconds,
            Self::Indexing(it) => 2 * it.seconds,
            Self::Search(it) => it.seconds(),
            Self::Timing(it) => it.seconds(),
            Self::Files(it) => 2 * it.way_seconds_max(),
            Self::Connect(_)
            | Self::Command(_)
            | Self::Reconnect(_)
            | Self::All
            | Self::FloorServer => 0,
        };
        Duration::from_secs(seconds.into())
    }
}
