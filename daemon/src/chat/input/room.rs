//! What can be asked about rooms and the people in them.

use std::sync::Arc;

use parlor_proto::ids::RoomId;
use parlor_proto::name::Name;

use super::verb::Verb;

#[derive(Clone, Debug)]
pub(crate) enum RoomRequest {
    Create { name: Name, topic: Arc<str> },
    Join { room: RoomRef },
    Leave { room: RoomId },
    List { after: Arc<str>, rows: u32, name: Option<Name> },
    ListMembers { room: RoomId, after: Arc<str>, rows: u32 },
}

impl RoomRequest {
    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::Create { .. } => Verb::CreateRoom,
            Self::Join { .. } => Verb::JoinRoom,
            Self::Leave { .. } => Verb::LeaveRoom,
            Self::List { .. } => Verb::ListRooms,
            Self::ListMembers { .. } => Verb::ListMembers,
        }
    }
}

/// A room by number or by name.
#[derive(Clone, Debug)]
pub(crate) enum RoomRef {
    Id(RoomId),
    Name(Name),
}
