//! `leave`: ceases to be a member of a room.

use parlor_proto::v1::{RemovalCause, RoomRemoved};

use super::{find, in_room};
use crate::args::RoomArg;
use crate::connect::{Context, Stay, visit};
use crate::failure::Result;
use crate::record::Record;

pub(super) async fn run(context: &mut Context<'_>, room: &RoomArg) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let left = visit(client, async |client| {
        let found = find(client, room).await?;
        client.leave_room(found.id).await.map_err(in_room(room))?;
        Ok(found)
    });
    let left = left.await?;
    let removed = RoomRemoved { room_id: left.id.0, cause: RemovalCause::Left.into() };
    context.out.record(&Record::room_removed(&left.name, &removed))
}
