//! `tail`: the last events of rooms, and then those that come.

use parlor_proto::client::{Client, SyncPlan};
use parlor_proto::ids::Seq;
use parlor_proto::limits::SYNC_ROOMS_MAX;
use parlor_proto::v1::RoomState;

use super::{find, not_a_member, rooms};
use crate::args::RoomArg;
use crate::connect::{Context, Stay, ignoring_events, to_its_end, with};
use crate::failure::{Failure, Result};
use crate::feed::{Feed, Kept, Start};
use crate::out::{Out, reader_gone};

pub(super) fn start(rows: u32, since: Option<Seq>) -> Start {
    since.map_or(Start::Last(rows), Start::After)
}

pub(super) async fn run(
    context: &mut Context<'_>,
    rooms: &[RoomArg],
    (start, cursor): (Start, Option<String>),
    follow: bool,
) -> Result<()> {
    if rooms.len() > SYNC_ROOMS_MAX {
        return Err(Failure::usage(format!("at most {SYNC_ROOMS_MAX} rooms at once")));
    }
    let stay = if follow { Stay::Stay } else { Stay::Visit };
    let (client, keeper) = context.resume_and_keep(stay).await?;
    let out = &mut *context.out;
    out.with_room(rooms.len() != 1);
    if let Some(name) = cursor {
        let shown = to_its_end(client, async |client| {
            // First, since what comes once the rooms are listened to must not be passed over.
            let mut kept = ignoring_events(client, Kept::load(client, name)).await?;
            let states = ignoring_events(client, enter(client, rooms)).await?;
            let begin = |room| kept.place(room).map_or(start, Start::After);
            let mut feed = Feed::new((client, keeper), states, begin, rooms.is_empty());
            feed.show_kept(out, &mut kept, follow).await
        });
        return shown.await;
    }
    let shown = with(client, async |client| {
        let states = ignoring_events(client, enter(client, rooms)).await?;
        let mut feed = Feed::new((client, keeper), states, |_| start, rooms.is_empty());
        show(&mut feed, out, follow).await
    });
    shown.await
}

async fn show(feed: &mut Feed<'_>, out: &mut Out, follow: bool) -> Result<()> {
    feed.catch_up(out).await?;
    if !follow {
        return Ok(());
    }
    tokio::select! {
        followed = feed.follow(out) => followed,
        gone = reader_gone() => Err(gone),
    }
}

/// Asks to be told of the rooms from now on; of all that one is in, if none is named.
async fn enter(client: &Client, rooms: &[RoomArg]) -> Result<Vec<RoomState>> {
    if rooms.is_empty() {
        return rooms::mine(client).await;
    }
    let mut ids = Vec::new();
    for room in rooms {
        ids.push(find(client, room).await?.id);
    }
    let plan = SyncPlan { rooms: ids.clone(), ..SyncPlan::default() };
    let states = client.sync(plan).await?;
    let is_in = |id: u64| {
        states.iter().any(|state| state.room.as_ref().is_some_and(|room| room.room_id == id))
    };
    match rooms.iter().zip(ids).find(|(_, id)| !is_in(id.0)) {
        Some((room, _)) => Err(not_a_member(room)),
        None => Ok(states),
    }
}
