//! What follows from requests about messages.

use parlor_proto::ids::{RoomId, Seq};

use crate::chat::input::Stamp;

/// The answers to requests about messages.
#[derive(Clone, Debug)]
pub(crate) enum MessageAnswer {
    Sent { room: RoomId, seq: Seq, at: Stamp, duplicate: bool },
}
