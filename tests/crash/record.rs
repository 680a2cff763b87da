//! What one client has seen with its own eyes, in the order in which it saw it.

use parlor_proto::ids::{ClientMessageId, RoomId, Seq};
use parlor_proto::v1;

/// The notes of one client.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) user: u64,
    pub(crate) acks: Vec<Ack>,
    /// Events of rooms as they were pushed, over all connections.
    pub(crate) heard: Vec<v1::RoomEvent>,
}

/// A message that the daemon said is on disk.
#[derive(Clone, Debug)]
pub(crate) struct Ack {
    pub(crate) room: RoomId,
    pub(crate) id: ClientMessageId,
    pub(crate) text: String,
    pub(crate) seq: Seq,
}
