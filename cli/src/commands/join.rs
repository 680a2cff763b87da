//! `join`: becomes a member of a room.

use parlor_proto::client::RoomRef;
use parlor_proto::ids::RoomId;
use parlor_proto::v1::RoomState;

use super::{find, in_room};
use crate::args::RoomArg;
use crate::connect::{Context, Stay, visit};
use crate::failure::Result;
use crate::record::{Record, Room};

pub(super) async fn run(context: &mut Context<'_>, room: &RoomArg) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let wanted = match room {
        RoomArg::Name(name) => RoomRef::Name(name.to_string()),
        RoomArg::Id(id) => RoomRef::Id(*id),
        RoomArg::People(_) => RoomRef::Id(RoomId(0)), // One is in it, or it is not there.
    };
    let state = visit(client, async |client| {
        let wanted = match room {
            RoomArg::People(_) => RoomRef::Id(find(client, room).await?.id),
            RoomArg::Name(_) | RoomArg::Id(_) => wanted,
        };
        client.join_room(wanted).await.map_err(in_room(room))
    });
    let state = state.await?;
    show(context, &state)
}

/// The room that one is in now.
pub(super) fn show(context: &mut Context<'_>, state: &RoomState) -> Result<()> {
    let room = state.room.clone().unwrap_or_default();
    context.out.record(&Record::Room(Room::new(room, Some(state))))
}
