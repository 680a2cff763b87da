//! Commands about messages that are there, and about what one has read.

use std::time::Duration;

use clap::Subcommand;
use parlor_proto::ids::Seq;
use uuid::Uuid;

use super::{ROWS, RoomArg, TIMEOUT, parse_seq};

/// What to do with messages.
#[derive(Debug, Subcommand)]
pub(crate) enum MessageCommand {
    /// Give a message of yours another text
    Edit {
        #[command(flatten)]
        target: Target,
        /// The new text
        #[arg(required = true, value_name = "TEXT")]
        text: Vec<String>,
        /// Only if it has this version; 0: it was never edited [default: the one it has now]
        #[arg(long, value_name = "VERSION")]
        expect: Option<u32>,
    },
    /// Delete a message of yours, or, as a moderator, of somebody else
    Delete {
        #[command(flatten)]
        target: Target,
    },
    /// React to a message
    React {
        #[command(flatten)]
        target: Target,
        /// An emoji or a short word
        reaction: String,
        /// Take the reaction back
        #[arg(long)]
        remove: bool,
    },
    /// Show who reacted how to a message
    Reactions {
        #[command(flatten)]
        target: Target,
    },
    /// Answer a message
    Reply {
        #[command(flatten)]
        target: Target,
        /// The answer, or `-` for stdin
        #[arg(required = true, value_name = "TEXT")]
        text: Vec<String>,
        /// The message's own id: repeated with the same id, it is stored once
        #[arg(long, value_name = "UUID")]
        id: Option<Uuid>,
    },
    /// Show the thread that a message began or belongs to, or say something in it
    Thread {
        #[command(flatten)]
        target: Target,
        /// What to say, or `-` for stdin [default: show the thread]
        #[arg(value_name = "TEXT")]
        text: Vec<String>,
        /// The message's own id: repeated with the same id, it is stored once
        #[arg(long, value_name = "UUID", requires = "text")]
        id: Option<Uuid>,
    },
    /// Show the rooms with something that you have not read, those that call you first
    Unread,
    /// Show the messages that mention you, the newest first
    Mentions {
        /// Only those that you have not read
        #[arg(long)]
        unread: bool,
        /// How many
        #[arg(short = 'n', value_name = "N", default_value_t = ROWS,
              value_parser = clap::value_parser!(u32).range(1..))]
        rows: u32,
    },
    /// Say how far you have read
    MarkRead {
        /// A name or an id
        #[arg(required_unless_present = "all")]
        room: Option<RoomArg>,
        /// Up to this seq [default: all there is]
        #[arg(value_name = "SEQ", value_parser = parse_seq)]
        seq: Option<Seq>,
        /// In all rooms
        #[arg(long, conflicts_with = "room")]
        all: bool,
    },
    /// Wait for a message, show it and end; with `--timeout` no longer than that
    Wait {
        /// Only a message that mentions you
        #[arg(long)]
        mention: bool,
        /// Only a message in this room
        #[arg(long, value_name = "ROOM")]
        room: Option<RoomArg>,
    },
    /// Show the cursors that `tail --cursor` keeps on the server
    Cursors {
        /// Forget those of this name instead
        #[arg(long, value_name = "NAME")]
        remove: Option<String>,
    },
}

/// Which message.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// A name or an id
    pub(crate) room: RoomArg,
    /// The message's seq
    #[arg(value_name = "SEQ", value_parser = parse_seq)]
    pub(crate) seq: Seq,
}

/// How a message is meant.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Manner {
    /// The text is Markdown
    #[arg(long, conflicts_with = "emote")]
    pub(crate) markdown: bool,
    /// The text says what you do: "waves"
    #[arg(long)]
    pub(crate) emote: bool,
}

impl MessageCommand {
    /// How long the command may take if nobody says.
    pub(super) fn timeout(&self) -> Option<Duration> {
        (!matches!(self, Self::Wait { .. })).then_some(TIMEOUT)
    }
}
