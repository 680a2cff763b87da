//! Who may make, find, enter and leave rooms.

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::RoomId;
use parlor_proto::name::Name;

use super::{Who, has_storage, is_within_rate, may, somebody};
use crate::chat::effects::{Denial, Role};
use crate::chat::input::{ConnId, Now, RoomRef, RoomRequest};
use crate::chat::permissions::{self, Operation, no_such_room};
use crate::chat::rules::Limited;
use crate::chat::state::State;

#[derive(Debug)]
pub(in crate::chat) enum RoomAction {
    Create {
        who: Who,
        name: Name,
        topic: Arc<str>,
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
    List {
        who: Who,
        after: Arc<str>,
        rows: u32,
        name: Option<Name>,
    },
    ListMembers {
        room: RoomId,
        /// May be told.
        presence: bool,
        after: Arc<str>,
        rows: u32,
    },
}

pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    request: RoomRequest,
) -> Result<RoomAction, Denial> {
    Ok(match request {
        RoomRequest::Create { name, topic } => {
            let who = somebody(state, conn)?;
            may_create_room(state, now, who, &name)?;
            RoomAction::Create { who, name, topic }
        }
        RoomRequest::Join { room } => may_join(state, now, somebody(state, conn)?, &room)?,
        RoomRequest::Leave { room } => {
            let who = may(state, now, conn, (room, Operation::Leave))?;
            may_leave(state, who, room)?;
            has_storage(state)?;
            RoomAction::Leave { who, room }
        }
        RoomRequest::List { after, rows, name } => {
            let who = somebody(state, conn)?;
            RoomAction::List { who, after, rows, name }
        }
        RoomRequest::ListMembers { room, after, rows } => {
            let who = may(state, now, conn, (room, Operation::SeeMembers))?;
            let operation = (room, Operation::SeePresence);
            let presence = permissions::may(state, now, who.user, operation).is_ok();
            RoomAction::ListMembers { room, presence, after, rows }
        }
    })
}

fn may_create_room(state: &State, now: Now, who: Who, name: &Name) -> Result<(), Denial> {
    if state.rooms.named(name).is_some() {
        return Err(Denial::new(Reason::RoomNameTaken, format!("the name is taken: {name}")));
    }
    has_place_for_room(state, who)?;
    has_storage(state)?;
    is_within_rate(state, now, who, Limited::CreateRoom)
}

fn may_join(state: &State, now: Now, who: Who, room: &RoomRef) -> Result<RoomAction, Denial> {
    let known = match room {
        RoomRef::Id(id) => state.rooms.get(*id).map(|_| *id),
        RoomRef::Name(name) => state.rooms.named(name),
    };
    let room = known.ok_or_else(no_such_room)?;
    permissions::may(state, now, who.user, (room, Operation::Join))?;
    if state.rooms.member(room, who.user).is_some() {
        return Ok(RoomAction::Stay { who, room });
    }
    has_place_for_room(state, who)?;
    let max = state.rules.members_per_room_max;
    if state.rooms.get(room).is_some_and(|room| room.members >= max) {
        let message = format!("a room has at most {max} members");
        return Err(Denial::new(Reason::TooManyMembers, message));
    }
    has_storage(state)?;
    Ok(RoomAction::Join { who, room })
}

/// A room is not left without an owner while somebody is in it.
fn may_leave(state: &State, who: Who, room: RoomId) -> Result<(), Denial> {
    let (Some(left), Some(member)) = (state.rooms.get(room), state.rooms.member(room, who.user))
    else {
        return Err(no_such_room());
    };
    if member.role == Role::Owner && left.members > 1 && !left.archived {
        let message = "make somebody else the owner first";
        return Err(Denial::new(Reason::LastOwner, message));
    }
    Ok(())
}

fn has_place_for_room(state: &State, who: Who) -> Result<(), Denial> {
    let max = state.rules.rooms_per_user_max;
    if state.rooms.of_user(who.user).count() < max {
        return Ok(());
    }
    Err(Denial::new(Reason::TooManyRooms, format!("a user is in at most {max} rooms")))
}
