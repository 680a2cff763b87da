//! What the commands have in common: which one it is, and which room is meant. One file each.

use parlor_proto::client::{Client, Error, SyncPlan};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::v1::RoomState;

use crate::args::place::People;
use crate::args::{Command, RoomArg};
use crate::connect::Context;
use crate::failure::{Exit, Failure, Result};
use crate::record::place::name_of;

mod account;
mod admin;
mod chat;
mod create;
mod file;
mod history;
mod join;
mod leave;
mod login;
mod logout;
mod message;
mod place;
mod register;
mod rooms;
mod search;
mod send;
mod tail;
mod webhook;
mod who;
mod whoami;

/// Does what was typed.
pub(crate) async fn run(command: Command, context: &mut Context<'_>) -> Result<()> {
    match command {
        Command::Register { who, invite } => register::run(context, who, invite).await,
        Command::Login { who, token_file } => login::run(context, who, token_file).await,
        Command::Server(command) => admin::run(command, context).await,
        Command::Account(command) => account::run(command, context).await,
        Command::Logout { keep_device } => logout::run(context, keep_device).await,
        Command::Whoami => whoami::run(context).await,
        Command::Place(command) => place::run(command, context).await,
        Command::Rooms(wanted) => rooms::run(context, wanted).await,
        Command::InRoom(command) => place::run_short(command, context).await,
        Command::Webhook(command) => webhook::run(command, context).await,
        Command::Send { room, text, file, id, manner } => {
            send::run(context, &room, (&text, &file, id), send::meant(&manner)).await
        }
        Command::File(command) => file::run(context, command).await,
        Command::Message(command) => message::run(context, command).await,
        Command::Tail { rooms, rows, since, cursor, no_follow } => {
            let start = tail::start(rows, since);
            tail::run(context, &rooms, (start, cursor), !no_follow).await
        }
        Command::History { room, before, after, rows } => {
            let page = history::Page::new(before, after, rows);
            history::run(context, &room, page).await
        }
        Command::Search { query, rows } => search::run(context, &query, rows).await,
        Command::Who(wanted) => who::run(context, wanted).await,
        Command::Chat { room } => chat::run(context, &room).await,
        // Done before there is anything to connect with.
        Command::Completions { .. } | Command::Man { .. } => Ok(()),
    }
}

/// A room that is there: its id, and its name for people.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Found {
    id: RoomId,
    name: String,
}

/// The room that is meant. Of a number, only rooms that one is in are found.
async fn find(client: &Client, room: &RoomArg) -> Result<Found> {
    match room {
        RoomArg::Name(name) => {
            let found = client.find_room(name.as_str()).await?;
            let found = found.ok_or_else(|| {
                Failure::new(Exit::NotAllowed, format!("no such room: {name}")).hint("parlor rooms")
            })?;
            Ok(Found { id: RoomId(found.room_id), name: found.name })
        }
        RoomArg::Id(id) => {
            let state = client.get_room(*id).await.map_err(|error| match error.reason() {
                Some(Reason::RoomNotFound | Reason::NotAMember) => not_a_member(room),
                _ => error.into(),
            })?;
            Ok(Found { id: *id, name: name_of(&state.room.unwrap_or_default()) })
        }
        RoomArg::People(people) => {
            let others = users(client, people).await?;
            let state = client.get_direct(&others).await.map_err(|error| match error.reason() {
                Some(Reason::RoomNotFound) => {
                    Failure::new(Exit::NotAllowed, format!("nothing was said yet to {people}"))
                        .hint(format!("parlor dm {people} hello"))
                }
                _ => error.into(),
            })?;
            let room = state.room.unwrap_or_default();
            Ok(Found { id: RoomId(room.room_id), name: name_of(&room) })
        }
    }
}

async fn users(client: &Client, people: &People) -> Result<Vec<UserId>> {
    let mut users = Vec::with_capacity(people.0.len());
    for name in &people.0 {
        users.push(place::user_id(client, name).await?);
    }
    Ok(users)
}

/// Asks to be told of the room from now on.
async fn enter(client: &Client, room: &RoomArg) -> Result<(Found, RoomState)> {
    let found = find(client, room).await?;
    let plan = SyncPlan { rooms: vec![found.id], ..SyncPlan::default() };
    let mut states = client.sync(plan).await?.into_iter();
    let of_room =
        |state: &RoomState| state.room.as_ref().is_some_and(|room| room.room_id == found.id.0);
    let state = states.find(of_room).ok_or_else(|| not_a_member(room))?;
    Ok((found, state))
}

fn not_a_member(room: &RoomArg) -> Failure {
    Failure::new(Exit::NotAllowed, format!("you are not in the room {room}"))
        .hint(format!("parlor join {room}"))
}

/// Adds what to do when a room's door is closed.
fn in_room(room: &RoomArg) -> impl Fn(Error) -> Failure {
    move |error| match error.reason() {
        Some(Reason::NotAMember) => Failure::from(error).hint(format!("parlor join {room}")),
        Some(Reason::RoomNotFound) => Failure::from(error).hint("parlor rooms"),
        _ => error.into(),
    }
}
