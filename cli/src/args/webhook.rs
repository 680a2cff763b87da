//! What is typed about webhooks of rooms.

use clap::Subcommand;
use parlor_proto::name::Name;

use super::{RoomArg, parse_name};

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// Let programs say something in a room by a secret URL, or deliver its events to a URL
    #[command(subcommand)]
    Webhook(Webhook),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Webhook {
    /// Make a webhook and print its secret, once
    Add {
        /// A name or an id
        room: RoomArg,
        /// What it is called in the room
        #[arg(long, value_name = "NAME", value_parser = parse_name)]
        name: Name,
        /// Deliver the events of the room to this URL; a bridge does it, so --server is one
        #[arg(long, value_name = "URL")]
        to: Option<String>,
    },
    /// List the webhooks of a room, and how their deliveries go
    List {
        /// A name or an id
        room: RoomArg,
    },
    /// Void the secret of a webhook and put it out of the room
    Remove(Which),
    /// Deliver nothing for now; what happens meanwhile is delivered later
    Pause(Which),
    /// Deliver again
    Resume(Which),
}

/// One webhook of a room.
#[derive(Debug, clap::Args)]
pub(crate) struct Which {
    /// A name or an id
    pub(crate) room: RoomArg,
    /// As the list has it
    #[arg(value_name = "NAME", value_parser = parse_name)]
    pub(crate) name: Name,
}
