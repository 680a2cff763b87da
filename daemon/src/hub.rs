//! From notices to parcels: each event is put into bytes once, and each shard gets one parcel
//! per batch. Knows which shard holds a connection, and nothing else about connections.

use bytes::Bytes;
use parlor_proto::ids::{RoomId, Seq, UserId};
use tokio::sync::mpsc;

use crate::chat::{Audience, ConnId};

pub(crate) mod readers;

/// Parcels that may wait for a shard; then the engine waits, and with it everybody who sends.
pub(crate) const MAILBOX_PARCELS_MAX: usize = 256;

/// What one shard has to do, in this order.
pub(crate) type Parcel = Vec<Delivery>;

/// One thing for a shard to do. All bytes are whole frames, length prefix included.
#[derive(Clone, Debug)]
pub(crate) enum Delivery {
    /// For one connection; `answers` if this completes the answer to a request in flight.
    Frame { conn: ConnId, bytes: Bytes, answers: bool },
    /// For everybody in this shard who is subscribed to the room.
    Event { room: RoomId, seq: Seq, bytes: Bytes },
    /// For whoever of the audience asked for presence; may be dropped.
    Presence { audience: Audience, bytes: Bytes },
    /// The connection has a session: the limits for those who have signed in hold.
    Attached { conn: ConnId, user: UserId },
    /// Forget all subscriptions of the connection, new ones follow; `presence`: it wants to
    /// hear of it.
    Synced { conn: ConnId, presence: bool },
    /// Events of `room` from `next` on are wanted; `head` is the newest one there is.
    Subscribed { conn: ConnId, room: RoomId, next: Seq, head: Seq },
    /// Nothing of `room` may be sent any more, also nothing that is being read.
    Unsubscribed { conn: ConnId, room: RoomId },
    /// Answer with `Input::Heard`, after reading what is pending.
    Ask { conn: ConnId },
    /// Send this last frame, then close.
    Close { conn: ConnId, bytes: Bytes },
    /// What a reader thread found for a connection that was behind in a room, in order,
    /// beginning with the seq asked for; `None` if it could not be read now: ask again later.
    CaughtUp { conn: ConnId, room: RoomId, events: Option<Vec<(Seq, Bytes)>> },
}

impl Delivery {
    /// The connection that this is for, if it is for one.
    fn conn(&self) -> Option<ConnId> {
        match self {
            Self::Frame { conn, .. }
            | Self::Attached { conn, .. }
            | Self::Synced { conn, .. }
            | Self::Subscribed { conn, .. }
            | Self::Unsubscribed { conn, .. }
            | Self::Ask { conn }
            | Self::Close { conn, .. }
            | Self::CaughtUp { conn, .. }
            | Self::Presence { audience: Audience::One(conn), .. } => Some(*conn),
            Self::Event { .. } | Self::Presence { audience: Audience::Rooms(_), .. } => None,
        }
    }
}

/// The way to the shards, one mailbox each; the low byte of a `ConnId` is the index.
#[derive(Clone, Debug)]
pub(crate) struct Mailboxes(pub(crate) Vec<mpsc::Sender<Parcel>>);
