//! `rooms`: all rooms of the server, which of them one is in, and one's direct rooms.

use std::collections::BTreeMap;

use parlor_proto::client::{Client, SyncPlan};
use parlor_proto::v1::{RoomKind, RoomState};

use crate::args::place::RoomsArgs;
use crate::connect::{Context, Stay, visit};
use crate::failure::Result;
use crate::out::Out;
use crate::record::place::name_of;
use crate::record::{Record, Room};

pub(super) async fn run(context: &mut Context<'_>, wanted: RoomsArgs) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    visit(client, async |client| list(client, out, &wanted.search).await).await
}

async fn list(client: &Client, out: &mut Out, search: &str) -> Result<()> {
    let mine = mine(client).await?;
    let mine: BTreeMap<_, _> =
        mine.into_iter().filter_map(|state| Some((state.room.as_ref()?.room_id, state))).collect();
    let mut token = Vec::new();
    loop {
        let page = client.search_rooms(search, &token).await?;
        for room in page.rooms {
            let state = mine.get(&room.room_id);
            out.record(&Record::Room(Room::new(room, state)))?;
        }
        if page.next_page_token.is_empty() || page.next_page_token == token {
            break;
        }
        token = page.next_page_token.to_vec();
    }
    // The server lists what others may join; these are nobody else's.
    for state in mine.into_values() {
        let room = state.room.clone().unwrap_or_default();
        if room.kind() == RoomKind::Direct && name_of(&room).contains(search) {
            out.record(&Record::Room(Room::new(room, Some(&state))))?;
        }
    }
    Ok(())
}

/// The rooms that one is in.
pub(super) async fn mine(client: &Client) -> Result<Vec<RoomState>> {
    Ok(client.sync(SyncPlan::default()).await?)
}
