//! Who may make, find, enter and leave rooms.

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::name::Name;

pub(in crate::chat) use self::place::PlaceAction;
use super::{Who, has_storage, is_within_rate, may, somebody};
use crate::chat::effects::{Denial, Preferences, Role, RoomKind, RoomRules, Visibility};
use crate::chat::input::{ConnId, Listing, Now, RoomRef, RoomRequest, RoomUpdate};
use crate::chat::permissions::{self, Operation, no_such_room};
use crate::chat::rules::Limited;
use crate::chat::state::State;

pub(super) mod direct;
mod place;

#[derive(Debug)]
pub(in crate::chat) enum RoomAction {
    Create {
        who: Who,
        name: Name,
        topic: Arc<str>,
        rules: RoomRules,
    },
    /// Of a room that the user is not in.
    Join {
        who: Who,
        room: RoomId,
    },
    /// Of a room that the user is in already.
    Stay {
        who: Who,
        room: RoomId,
    },
    Leave {
        who: Who,
        room: RoomId,
    },
    /// A direct room.
    Hide {
        who: Who,
        room: RoomId,
    },
    List {
        who: Who,
        listing: Listing,
    },
    ListMembers {
        who: Who,
        room: RoomId,
        /// May be told.
        presence: bool,
        after: Arc<str>,
        rows: u32,
    },
    Update {
        who: Who,
        room: RoomId,
        update: RoomUpdate,
    },
    Place {
        who: Who,
        room: RoomId,
        user: UserId,
        action: PlaceAction,
    },
    ListBans {
        who: Who,
        room: RoomId,
        after: Arc<str>,
        rows: u32,
    },
    Archive {
        who: Who,
        room: RoomId,
    },
    Prefer {
        who: Who,
        conn: ConnId,
        room: RoomId,
        preferences: Preferences,
    },
    /// It is already as it is wanted.
    Settled,
}

impl RoomAction {
    /// Who changes something that the room hears of or that is remembered; how often people come
    /// in and invite others is counted apart, and everybody may go.
    pub(in crate::chat) fn changer(&self) -> Option<UserId> {
        match self {
            Self::Update { who, .. }
            | Self::Archive { who, .. }
            | Self::Hide { who, .. }
            | Self::Prefer { who, .. } => Some(who.user),
            Self::Place { who, action, .. } => {
                (!matches!(action, PlaceAction::Invite)).then_some(who.user)
            }
            Self::Create { .. }
            | Self::Join { .. }
            | Self::Stay { .. }
            | Self::Leave { .. }
            | Self::List { .. }
            | Self::ListMembers { .. }
            | Self::ListBans { .. }
            | Self::Settled => None,
        }
    }
}

pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    request: RoomRequest,
) -> Result<RoomAction, Denial> {
    let who = somebody(state, conn)?;
    let may = |room, operation| may(state, now, conn, (room, operation));
    Ok(match request {
        RoomRequest::Create { name, topic, rules } => {
            may_create_room(state, now, who, (&name, rules.visibility))?;
            RoomAction::Create { who, name, topic, rules }
        }
        RoomRequest::Join { room } => may_join(state, now, who, &room)?,
        RoomRequest::Leave { room } => {
            may(room, Operation::Leave)?;
            may_leave(state, who, room)?;
            has_storage(state)?;
            if state.rooms.get(room).is_some_and(|room| room.kind() == RoomKind::Direct) {
                is_within_rate(state, now, who, Limited::ChangeRoom)?;
                return Ok(RoomAction::Hide { who, room });
            }
            RoomAction::Leave { who, room }
        }
        RoomRequest::List(listing) => {
            is_within_rate(state, now, who, Limited::List)?;
            RoomAction::List { who, listing }
        }
        RoomRequest::ListMembers { room, after, rows } => {
            may(room, Operation::SeeMembers)?;
            is_within_rate(state, now, who, Limited::List)?;
            let presence = may(room, Operation::SeePresence).is_ok();
            RoomAction::ListMembers { who, room, presence, after, rows }
        }
        RoomRequest::Update { room, update } => may_update(state, now, who, (room, update))?,
        RoomRequest::Place { room, user, wish } => {
            place::authorize(state, now, who, (room, user), wish)?
        }
        RoomRequest::Decline { room } => may_decline(state, now, who, room)?,
        RoomRequest::ListBans { room, after, rows } => {
            may(room, Operation::ListBans)?;
            is_within_rate(state, now, who, Limited::List)?;
            RoomAction::ListBans { who, room, after, rows }
        }
        RoomRequest::Archive { room } => {
            may(room, Operation::Archive)?;
            may_change(state, now, who)?;
            RoomAction::Archive { who, room }
        }
        RoomRequest::Get { room } => {
            may(room, Operation::Read)?;
            RoomAction::Stay { who, room }
        }
        RoomRequest::GetDirect { others } => {
            let people = direct::people(state, who.user, &others)?;
            let room = state.rooms.direct(&people).ok_or_else(no_such_room)?;
            RoomAction::Stay { who, room }
        }
        RoomRequest::Prefer { room, preferences } => {
            may(room, Operation::Prefer)?;
            may_change(state, now, who)?;
            RoomAction::Prefer { who, conn, room, preferences }
        }
    })
}

fn may_create_room(
    state: &State,
    now: Now,
    who: Who,
    (name, visibility): (&Name, Visibility),
) -> Result<(), Denial> {
    is_free(state, who, None, (name, visibility))?;
    has_place_for_room(state, who)?;
    has_storage(state)?;
    is_within_rate(state, now, who, Limited::CreateRoom)
}

/// Public rooms have names of their own, and so have all rooms that one is in. Of private rooms
/// of others nothing is told.
fn is_free(
    state: &State,
    who: Who,
    room: Option<RoomId>,
    (name, visibility): (&Name, Visibility),
) -> Result<(), Denial> {
    let is_public = visibility == Visibility::Public;
    let public = state.rooms.public(name).filter(|_| is_public);
    let (own, _) = state.rooms.own_named(who.user, name);
    if [public, own].into_iter().flatten().any(|holder| Some(holder) != room) {
        return Err(Denial::new(Reason::RoomNameTaken, format!("the name is taken: {name}")));
    }
    Ok(())
}

fn may_update(
    state: &State,
    now: Now,
    who: Who,
    (room, update): (RoomId, RoomUpdate),
) -> Result<RoomAction, Denial> {
    let RoomUpdate { name, topic, rules } = &update;
    if name.is_some() || rules.is_some() || topic.is_none() {
        permissions::may(state, now, who.user, (room, Operation::Update))?;
    }
    if topic.is_some() {
        permissions::may(state, now, who.user, (room, Operation::SetTopic))?;
    }
    if let Some(known) = state.rooms.get(room)
        && let Some(name) = name.as_ref().or(known.name.as_ref())
    {
        let visibility = rules.as_ref().unwrap_or(&known.rules).visibility;
        is_free(state, who, Some(room), (name, visibility))?;
    }
    may_change(state, now, who)?;
    Ok(RoomAction::Update { who, room, update })
}

pub(super) fn may_change(state: &State, now: Now, who: Who) -> Result<(), Denial> {
    has_storage(state)?;
    is_within_rate(state, now, who, Limited::ChangeRoom)
}

fn may_decline(state: &State, now: Now, who: Who, room: RoomId) -> Result<RoomAction, Denial> {
    permissions::may(state, now, who.user, (room, Operation::See))?;
    if state.rooms.invitation(room, who.user).is_none() {
        return Ok(RoomAction::Settled);
    }
    may_change(state, now, who)?;
    Ok(RoomAction::Place { who, room, user: who.user, action: PlaceAction::Uninvite })
}

fn may_join(state: &State, now: Now, who: Who, room: &RoomRef) -> Result<RoomAction, Denial> {
    let known = match room {
        RoomRef::Id(id) => state.rooms.get(*id).map(|_| *id),
        RoomRef::Name(name) => permissions::called(state, now, who.user, name).first().copied(),
    };
    let room = known.ok_or_else(no_such_room)?;
    permissions::may(state, now, who.user, (room, Operation::Join))?;
    if state.rooms.member(room, who.user).is_some() {
        return Ok(RoomAction::Stay { who, room });
    }
    has_place_for_room(state, who)?;
    has_place_for_member(state, room)?;
    has_storage(state)?;
    is_within_rate(state, now, who, Limited::Join)?;
    Ok(RoomAction::Join { who, room })
}

/// A room is not left without an owner while somebody is in it.
fn may_leave(state: &State, who: Who, room: RoomId) -> Result<(), Denial> {
    let (Some(left), Some(member)) = (state.rooms.get(room), state.rooms.member(room, who.user))
    else {
        return Err(no_such_room());
    };
    if member.role == Role::Owner && state.people_in(room) > 1 && !left.archived {
        let message = "make somebody else the owner first";
        return Err(Denial::new(Reason::LastOwner, message));
    }
    Ok(())
}

pub(super) fn has_place_for_member(state: &State, room: RoomId) -> Result<(), Denial> {
    let max = state.rules.members_per_room_max;
    if state.rooms.get(room).is_none_or(|room| room.members < max) {
        return Ok(());
    }
    Err(Denial::new(Reason::TooManyMembers, format!("a room has at most {max} members")))
}

fn has_place_for_room(state: &State, who: Who) -> Result<(), Denial> {
    let max = state.rules.rooms_per_user_max;
    // Who is in direct rooms has not chosen them.
    let is_group = |room| state.rooms.get(room).is_some_and(|r| r.kind() == RoomKind::Group);
    if state.rooms.of_user(who.user).filter(|room| is_group(*room)).count() < max {
        return Ok(());
    }
    Err(Denial::new(Reason::TooManyRooms, format!("a user is in at most {max} rooms")))
}
