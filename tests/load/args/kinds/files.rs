//! What can be chosen about the file that comes beside the talk.

use super::Choices;

/// One who sends and fetches a file, beside a room one of whose members speaks. The daemon's
/// limits for files hold, but for sizes. Without a door: each of them, with servers of its own.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Files {
    /// The way in, of the file and, as far as it can be, of those who talk
    #[arg(long, value_enum)]
    pub(crate) door: Option<Door>,
    /// How large the file is
    #[arg(long, value_name = "MIB", default_value_t = 1024,
          value_parser = clap::value_parser!(u32).range(1..=8 * 1024))]
    pub(crate) mib: u32,
    /// How often the connection is cut on the way up, and as often on the way down
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) cuts: u32,
    /// Members of the room
    #[arg(long, value_name = "N", default_value_t = 10,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) members: u32,
    /// Messages per second
    #[arg(long, value_name = "N", default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate: u32,
    /// The file comes for so long and stands still for as long, again and again
    #[arg(long, value_name = "SECONDS", default_value_t = 4,
          value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) slice: u32,
}

/// A way to a server.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Door {
    /// TLS to the daemon
    Tcp,
    /// WebSocket to a bridge
    Websocket,
    /// HTTP to a bridge, with the room on WebSockets
    Rest,
}

impl Files {
    /// Slower than this is stuck.
    const MIB_PER_SECOND_MIN: u32 = 4;

    /// This one, if it has a door; else each.
    pub(in crate::args) fn rows(&self) -> Vec<Self> {
        let row = |door| Self { door: Some(door), ..self.clone() };
        match self.door {
            Some(_) => vec![self.clone()],
            None => [Door::Tcp, Door::Websocket, Door::Rest].map(row).into(),
        }
    }

    pub(crate) fn door(&self) -> Door {
        self.door.unwrap_or(Door::Tcp)
    }

    /// What one way may take at most, with the pauses.
    pub(crate) fn way_seconds_max(&self) -> u32 {
        2 * (self.mib / Self::MIB_PER_SECOND_MIN + 8 * self.slice)
    }

    pub(crate) fn choices(&self) -> Choices {
        let Self { mib, cuts, members, rate, slice, .. } = *self;
        let counts = vec![("mib", mib), ("cuts", cuts), ("members", members)];
        [counts, vec![("rate", rate), ("slice", slice)]].concat()
    }
}
