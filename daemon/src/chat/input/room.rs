//! What can be asked about rooms and the people in them.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::name::Name;

use super::Stamp;
use super::verb::Verb;
use crate::chat::effects::{Preferences, Role, RoomPlace, RoomRules};

#[derive(Clone, Debug)]
pub(crate) enum RoomRequest {
    Create {
        name: Name,
        topic: Arc<str>,
        rules: RoomRules,
    },
    Join {
        room: RoomRef,
    },
    Leave {
        room: RoomId,
    },
    List(Listing),
    ListMembers {
        room: RoomId,
        after: Arc<str>,
        rows: u32,
    },
    Update {
        room: RoomId,
        update: RoomUpdate,
    },
    /// Something is to become of somebody else's place in a room.
    Place {
        room: RoomId,
        user: UserId,
        wish: PlaceWish,
    },
    /// One's own invitation.
    Decline {
        room: RoomId,
    },
    ListBans {
        room: RoomId,
        after: Arc<str>,
        rows: u32,
    },
    Archive {
        room: RoomId,
    },
    Get {
        room: RoomId,
    },
    GetDirect {
        others: Vec<UserId>,
    },
    Prefer {
        room: RoomId,
        preferences: Preferences,
    },
}

/// Which rooms are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) after: RoomPlace,
    pub(crate) rows: u32,
    /// Only those of this name.
    pub(crate) name: Option<Name>,
    /// In lower case.
    pub(crate) containing: Arc<str>,
}

/// What is to be another; the rest stays.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoomUpdate {
    pub(crate) name: Option<Name>,
    pub(crate) topic: Option<Arc<str>>,
    pub(crate) rules: Option<RoomRules>,
}

/// What is to become of somebody's place.
#[derive(Clone, Debug)]
pub(crate) enum PlaceWish {
    Invite,
    Uninvite,
    Remove,
    Ban {
        reason: Arc<str>,
        until: Option<Stamp>,
    },
    Unban,
    /// A time that has passed lets them speak.
    Mute {
        until: Stamp,
    },
    SetRole(Role),
    Transfer,
}

impl RoomRequest {
    pub(super) fn verb(&self) -> Verb {
        match self {
            Self::Create { .. } => Verb::CreateRoom,
            Self::Join { .. } => Verb::JoinRoom,
            Self::Leave { .. } => Verb::LeaveRoom,
            Self::List(_) => Verb::ListRooms,
            Self::ListMembers { .. } => Verb::ListMembers,
            Self::Update { .. } => Verb::UpdateRoom,
            Self::Decline { .. } => Verb::DeclineInvitation,
            Self::ListBans { .. } => Verb::ListBans,
            Self::Archive { .. } => Verb::ArchiveRoom,
            Self::Get { .. } => Verb::GetRoom,
            Self::GetDirect { .. } => Verb::GetDirect,
            Self::Prefer { .. } => Verb::SetRoomPreferences,
            Self::Place { wish, .. } => match wish {
                PlaceWish::Invite => Verb::InviteMember,
                PlaceWish::Uninvite => Verb::DeclineInvitation,
                PlaceWish::Remove => Verb::RemoveMember,
                PlaceWish::Ban { .. } => Verb::BanMember,
                PlaceWish::Unban => Verb::UnbanMember,
                PlaceWish::Mute { .. } => Verb::MuteMember,
                PlaceWish::SetRole(_) => Verb::SetRole,
                PlaceWish::Transfer => Verb::TransferRoom,
            },
        }
    }
}

/// A room by number or by name.
#[derive(Clone, Debug)]
pub(crate) enum RoomRef {
    Id(RoomId),
    Name(Name),
}
