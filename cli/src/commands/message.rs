//! Messages that are there, and what one has read: which command it is.

use parlor_proto::client::Client;
use parlor_proto::ids::Seq;
use parlor_proto::v1::history_request::Anchor;
use parlor_proto::v1::room_event::Kind;
use parlor_proto::v1::{self, Logged};

use super::{Found, find, in_room, send};
use crate::args::message::{MessageCommand, Target};
use crate::connect::{Context, Stay, visit};
use crate::failure::{Exit, Failure, Result};
use crate::record::{Record, message};

mod reading;
mod shown;
mod wait;

pub(super) async fn run(context: &mut Context<'_>, command: MessageCommand) -> Result<()> {
    match command {
        MessageCommand::Edit { target, text, expect } => {
            edit(context, &target, text.join(" "), expect).await
        }
        MessageCommand::Delete { target } => {
            change(context, &target, async |client, found| {
                client.delete(found.id, target.seq).await
            })
            .await
        }
        MessageCommand::React { target, reaction, remove } => {
            change(context, &target, async |client, found| {
                client.set_reaction((found.id, target.seq), reaction, !remove).await
            })
            .await
        }
        MessageCommand::Reactions { target } => shown::reactions(context, &target).await,
        MessageCommand::Reply { target: Target { room, seq }, text, id } => {
            let about = v1::SendRequest { reply_to_seq: seq.0, ..Default::default() };
            send::run(context, &room, (&text, &[], id), about).await
        }
        MessageCommand::Thread { target, text, .. } if text.is_empty() => {
            shown::thread(context, &target).await
        }
        MessageCommand::Thread { target: Target { room, seq }, text, id } => {
            let about = v1::SendRequest { thread_seq: seq.0, ..Default::default() };
            send::run(context, &room, (&text, &[], id), about).await
        }
        MessageCommand::Unread => reading::unread(context).await,
        MessageCommand::Mentions { unread, rows } => reading::mentions(context, unread, rows).await,
        MessageCommand::MarkRead { room, seq, .. } => {
            reading::mark_read(context, room.as_ref(), seq).await
        }
        MessageCommand::Wait { mention, room } => wait::run(context, mention, room.as_ref()).await,
        MessageCommand::Cursors { remove: None } => reading::cursors(context).await,
        MessageCommand::Cursors { remove: Some(name) } => {
            reading::remove_cursor(context, name).await
        }
    }
}

/// Changes a message, and says which event tells of it.
async fn change(
    context: &mut Context<'_>,
    target: &Target,
    work: impl AsyncFnOnce(&Client, &Found) -> Result<Logged, parlor_proto::client::Error>,
) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let changed = visit(client, async |client| {
        let found = find(client, &target.room).await?;
        let logged = work(client, &found).await.map_err(in_room(&target.room))?;
        Ok((found, logged))
    });
    let (found, logged) = changed.await?;
    let logged = message::Logged::new(found.name, found.id.0, logged);
    context.out.record(&Record::Logged(logged))
}

async fn edit(
    context: &mut Context<'_>,
    target: &Target,
    text: String,
    expect: Option<u32>,
) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let edited = visit(client, async |client| {
        let found = find(client, &target.room).await?;
        let expected_version = match expect {
            Some(version) => version,
            None => version(client, &found, target).await?,
        };
        let (room_id, target_seq) = (found.id.0, target.seq.0);
        let edit =
            v1::EditRequest { room_id, target_seq, text, expected_version, ..Default::default() };
        let logged = client.edit(edit).await.map_err(in_room(&target.room))?;
        Ok((found, logged))
    });
    let (found, logged) = edited.await?;
    let logged = message::Logged::new(found.name, found.id.0, logged);
    context.out.record(&Record::Logged(logged))
}

/// The version that a message has now.
async fn version(client: &Client, found: &Found, target: &Target) -> Result<u32> {
    let Target { room, seq } = target;
    let anchor = Anchor::AfterSeq(seq.previous().0);
    let page = client.history(found.id, anchor, 1).await.map_err(in_room(room))?;
    let event = page.events.into_iter().find(|event| Seq(event.seq) == *seq);
    match event.and_then(|event| event.kind) {
        Some(Kind::Message(message)) => Ok(message.version),
        _ => Err(Failure::new(Exit::NotAllowed, format!("{seq} is no message of {room}"))),
    }
}
