//! `room`, `topic`: what a room is, and changing it.

use parlor_proto::client::{Client, SyncPlan};
use parlor_proto::v1::{self, NotifyLevel, UpdateRoomRequest};

use super::{Wish, done, place};
use crate::args::RoomArg;
use crate::args::place::{LevelArg, RuleCommand};
use crate::commands::{Found, find, in_room};
use crate::connect::{Context, Stay, visit};
use crate::failure::Result;
use crate::out::Out;
use crate::record::Record;
use crate::record::place::{Action, Details, PlaceRecord};

pub(super) async fn run(command: RuleCommand, context: &mut Context<'_>) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    visit(client, async |client| run_on(command, client, out).await).await
}

async fn run_on(command: RuleCommand, client: &Client, out: &mut Out) -> Result<()> {
    match command {
        RuleCommand::Show { room } => {
            let (room, state) = look(client, &room).await?;
            show(out, &room, state.as_ref())
        }
        RuleCommand::Set { room, name, rules } => {
            let (before, _) = look(client, &room).await?;
            let update = UpdateRoomRequest {
                room_id: before.room_id,
                name: name.map(|name| name.to_string()),
                topic: None,
                rules: rules.over(before.rules),
            };
            if update.name.is_none() && update.rules.is_none() {
                return show(out, &before, None);
            }
            let state = client.update_room(update).await.map_err(in_room(&room))?;
            show(out, &state.room.clone().unwrap_or_default(), Some(&state))
        }
        RuleCommand::Transfer(whom) => place(client, out, whom, Wish::Transfer).await,
        RuleCommand::Archive { room } => {
            let found = find(client, &room).await?;
            let logged = client.archive_room(found.id).await.map_err(in_room(&room))?;
            done(out, &found, (Action::Archived, None), logged, None)
        }
        RuleCommand::Notify { room, level, pinned } => {
            let Found { id, .. } = find(client, &room).await?;
            let notify = match level {
                LevelArg::All => NotifyLevel::All,
                LevelArg::Mentions => NotifyLevel::Mentions,
                LevelArg::None => NotifyLevel::None,
            };
            let preferences = v1::RoomPreferences { notify: notify.into(), pinned };
            client.set_room_preferences(id, preferences).await.map_err(in_room(&room))?;
            let (room, state) = look(client, &room).await?;
            show(out, &room, state.as_ref())
        }
    }
}

/// Without a text the topic that there is.
pub(super) async fn topic(
    client: &Client,
    out: &mut Out,
    arg: &RoomArg,
    words: &[String],
) -> Result<()> {
    let (before, state) = look(client, arg).await?;
    if words.is_empty() {
        return show(out, &before, state.as_ref());
    }
    let topic = Some(words.join(" "));
    let update = UpdateRoomRequest { room_id: before.room_id, topic, ..Default::default() };
    let state = client.update_room(update).await.map_err(in_room(arg))?;
    show(out, &state.room.clone().unwrap_or_default(), Some(&state))
}

/// A room, and what one is in it if one is.
async fn look(client: &Client, arg: &RoomArg) -> Result<(v1::Room, Option<v1::RoomState>)> {
    let found = find(client, arg).await?;
    let plan = SyncPlan { rooms: vec![found.id], ..SyncPlan::default() };
    let of_room =
        |state: &v1::RoomState| state.room.as_ref().is_some_and(|r| r.room_id == found.id.0);
    let state = client.sync(plan).await?.into_iter().find(of_room);
    if let Some(state) = state {
        return Ok((state.room.clone().unwrap_or_default(), Some(state)));
    }
    Ok((client.find_room(found.name).await?.unwrap_or_default(), None))
}

fn show(out: &mut Out, room: &v1::Room, state: Option<&v1::RoomState>) -> Result<()> {
    out.record(&Record::Place(PlaceRecord::RoomDetails(Details::new(room, state))))
}
