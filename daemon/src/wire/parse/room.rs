//! Rooms and the people in them.

use parlor_proto::ids::RoomId;
use parlor_proto::limits::TOPIC_BYTES_MAX;
use parlor_proto::v1::{self, client_frame::Body};

use super::{at_most, misplaced, name, room, rows};
use crate::chat::{Denial, RoomRef, RoomRequest};

#[expect(clippy::wildcard_enum_match_arm, reason = "the other areas have their own files")]
pub(super) fn request(body: Body) -> Result<RoomRequest, Denial> {
    Ok(match body {
        Body::CreateRoom(create) => {
            at_most("topic", create.topic.len(), TOPIC_BYTES_MAX)?;
            RoomRequest::Create { name: name(&create.name)?, topic: create.topic.into() }
        }
        Body::JoinRoom(join) if join.room_id == 0 => {
            RoomRequest::Join { room: RoomRef::Name(name(&join.room_name)?) }
        }
        Body::JoinRoom(join) => RoomRequest::Join { room: RoomRef::Id(RoomId(join.room_id)) },
        Body::LeaveRoom(leave) => RoomRequest::Leave { room: room(leave.room_id)? },
        Body::ListRooms(list) => list_rooms_request(&list)?,
        Body::ListMembers(list) => RoomRequest::ListMembers {
            room: room(list.room_id)?,
            after: list.after_name.into(),
            rows: rows(list.page_rows),
        },
        _ => return Err(misplaced()),
    })
}

fn list_rooms_request(list: &v1::ListRoomsRequest) -> Result<RoomRequest, Denial> {
    let name = match list.room_name.as_str() {
        "" => None,
        text => Some(name(text)?),
    };
    Ok(RoomRequest::List {
        after: list.after_name.as_str().into(),
        rows: rows(list.page_rows),
        name,
    })
}
