//! `wait`: until somebody says something.

use std::collections::BTreeMap;

use parlor_proto::client::{Client, Event};
use parlor_proto::v1::room_event::Kind;
use parlor_proto::v1::{RoomEvent, RoomState};

use crate::args::RoomArg;
use crate::commands::{enter, rooms};
use crate::connect::{Context, Stay, account, ignoring_events, with};
use crate::failure::{Exit, Failure, Result};
use crate::record::Record;
use crate::record::place;

pub(super) async fn run(
    context: &mut Context<'_>,
    mention: bool,
    room: Option<&RoomArg>,
) -> Result<()> {
    let (client, mut keeper) = context.resume_and_keep(Stay::Stay).await?;
    let out = &mut *context.out;
    out.with_room(room.is_none());
    let waited = with(client, async |client| {
        let me = account(client)?.user.user_id;
        let mut names = ignoring_events(client, rooms_of(client, room)).await?;
        loop {
            let ended = || Failure::new(Exit::Unavailable, "the connection has ended");
            match client.next_event().await.ok_or_else(ended)? {
                Event::Room(event) if is_wanted(&event, me, mention) => {
                    let name = names.get(&event.room_id).cloned();
                    let name = name.unwrap_or_else(|| event.room_id.to_string());
                    return out.record(&Record::event(&name, event));
                }
                Event::Online { .. } => keeper.keep(client)?,
                Event::RoomAdded(state) => names.extend(name_of(state)),
                Event::SignedOut(error) | Event::Ended(error) => return Err(error.into()),
                Event::Room(_)
                | Event::Reset(_)
                | Event::RoomRemoved(_)
                | Event::Presence(_)
                | Event::ReadMarker(_)
                | Event::Typist(_)
                | Event::UserChanged(_)
                | Event::Invited(_)
                | Event::Uninvited(_)
                | Event::PreferencesChanged(_)
                | Event::Offline { .. } => {}
            }
        }
    });
    waited.await
}

/// The names of the rooms that are listened to.
async fn rooms_of(client: &Client, room: Option<&RoomArg>) -> Result<BTreeMap<u64, String>> {
    let states = match room {
        Some(room) => vec![enter(client, room).await?.1],
        None => rooms::mine(client).await?,
    };
    Ok(states.into_iter().filter_map(name_of).collect())
}

fn name_of(state: RoomState) -> Option<(u64, String)> {
    state.room.map(|room| (room.room_id, place::name_of(&room)))
}

fn is_wanted(event: &RoomEvent, me: u64, mention: bool) -> bool {
    let Some(Kind::Message(message)) = &event.kind else { return false };
    let is_for_me = message.mentions_room || message.mention_user_ids.contains(&me);
    event.actor_id != me && (is_for_me || !mention)
}
