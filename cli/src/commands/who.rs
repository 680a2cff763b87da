//! `who`: the members of rooms, whether they are there, and why.

use std::collections::BTreeSet;

use parlor_proto::client::Client;
use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::limits::{PAGE_ROWS_MAX, PRESENCE_USERS_MAX};

use super::{Found, find, in_room, rooms};
use crate::args::RoomArg;
use crate::args::place::WhoArgs;
use crate::connect::{Context, Stay, visit};
use crate::failure::Result;
use crate::out::Out;
use crate::record::account::AccountRecord;
use crate::record::place::name_of;
use crate::record::{Member, Record};

pub(super) async fn run(context: &mut Context<'_>, wanted: WhoArgs) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    out.with_room(wanted.room.is_none());
    visit(client, async |client| show(client, out, wanted).await).await
}

async fn show(client: &Client, out: &mut Out, wanted: WhoArgs) -> Result<()> {
    let WhoArgs { room, why } = wanted;
    let mut explained = BTreeSet::new();
    let found = match &room {
        Some(room) => vec![find(client, room).await?],
        None => {
            let mine = rooms::mine(client).await?.into_iter().filter_map(|state| state.room);
            mine.map(|room| Found { id: RoomId(room.room_id), name: name_of(&room) }).collect()
        }
    };
    for found in found {
        let arg = RoomArg::Id(found.id);
        let members =
            members(client, &found).await.map_err(in_room(room.as_ref().unwrap_or(&arg)))?;
        if why {
            let new = members.iter().map(|member| UserId(member.user_id));
            let new: Vec<UserId> = new.filter(|user| explained.insert(*user)).collect();
            explain(client, out, &new).await?;
            continue;
        }
        for member in members {
            out.record(&Record::Member(member))?;
        }
    }
    Ok(())
}

/// Where people stand, session by session.
async fn explain(client: &Client, out: &mut Out, users: &[UserId]) -> Result<()> {
    for some in users.chunks(PRESENCE_USERS_MAX) {
        for presence in client.get_presence(some).await? {
            out.record(&Record::Own(AccountRecord::Presence(presence.into())))?;
        }
    }
    Ok(())
}

/// All members of a room.
pub(super) async fn members(
    client: &Client,
    room: &Found,
) -> Result<Vec<Member>, parlor_proto::client::Error> {
    let mut members = Vec::new();
    let mut after_name = String::new();
    loop {
        let page = client.list_members(room.id, after_name.clone(), PAGE_ROWS_MAX).await?;
        let last = page.members.last().map(|member| member.user_name.clone());
        members.extend(
            page.members.into_iter().map(|member| Member::new(&room.name, room.id.0, member)),
        );
        match last.filter(|last| page.more && *last > after_name) {
            Some(last) => after_name = last,
            None => return Ok(members),
        }
    }
}
