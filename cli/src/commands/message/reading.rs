//! `unread`, `mentions`, `mark-read` and `cursors`: what one has read, and what not.

use parlor_proto::client::Client;
use parlor_proto::ids::{RoomId, Seq};

use crate::args::{RoomArg, page_rows};
use crate::commands::search::room_names;
use crate::commands::{find, in_room};
use crate::connect::{Context, Stay, visit};
use crate::failure::Result;
use crate::out::Out;
use crate::record::Record;
use crate::record::message::{Cursor, Unread};
use crate::when::When;

/// To the server this is the newest event that there is.
const HEAD: Seq = Seq(u64::MAX);

pub(super) async fn unread(context: &mut Context<'_>) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    let shown = visit(client, async |client| {
        let mut token = Vec::new();
        loop {
            let missed = client.list_unread(&token).await?;
            if missed.rooms.is_empty() && token.is_empty() {
                out.say("nothing is unread");
            }
            for unread in missed.rooms {
                out.record(&Record::Unread(Unread::new(unread)))?;
            }
            if missed.next_page_token.is_empty() || missed.next_page_token == token {
                return Ok(());
            }
            token = missed.next_page_token.to_vec();
        }
    });
    shown.await
}

pub(super) async fn mentions(context: &mut Context<'_>, unread: bool, rows: u32) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    out.with_room(true);
    visit(client, async |client| show_mentions(client, out, unread, rows).await).await
}

async fn show_mentions(client: &Client, out: &mut Out, unread: bool, mut rows: u32) -> Result<()> {
    let names = room_names(client).await?;
    let mut token = Vec::new();
    while rows > 0 {
        let page = client.list_mentions(&token, unread, page_rows(rows)).await?;
        rows = rows.saturating_sub(u32::try_from(page.events.len()).unwrap_or(u32::MAX));
        for event in page.events {
            let name = names.get(&event.room_id).cloned();
            let name = name.unwrap_or_else(|| event.room_id.to_string());
            out.record(&Record::event(&name, event))?;
        }
        if page.next_page_token.is_empty() || page.next_page_token == token {
            break;
        }
        token = page.next_page_token.to_vec();
    }
    Ok(())
}

pub(super) async fn mark_read(
    context: &Context<'_>,
    room: Option<&RoomArg>,
    seq: Option<Seq>,
) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let marked = visit(client, async |client| {
        let Some(room) = room else { return mark_all(client).await };
        let found = find(client, room).await?;
        client.mark_read(found.id, seq.unwrap_or(HEAD)).await.map_err(in_room(room))
    });
    marked.await
}

/// As far as it was there to begin with.
async fn mark_all(client: &Client) -> Result<()> {
    let mut token = Vec::new();
    loop {
        let missed = client.list_unread(&token).await?;
        for unread in &missed.rooms {
            let room = RoomId(unread.room.as_ref().map_or(0, |room| room.room_id));
            client.mark_read(room, Seq(unread.head_seq)).await?;
        }
        if missed.next_page_token.is_empty() || missed.next_page_token == token {
            return Ok(());
        }
        token = missed.next_page_token.to_vec();
    }
}

pub(super) async fn cursors(context: &mut Context<'_>) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    let shown = visit(client, async |client| {
        let names = room_names(client).await?;
        for cursor in client.get_cursors("").await?.cursors {
            let room = names.get(&cursor.room_id).cloned();
            let room = room.unwrap_or_else(|| cursor.room_id.to_string());
            out.record(&Record::Cursor(Cursor {
                name: cursor.name,
                room,
                room_id: cursor.room_id,
                seq: cursor.seq,
                at: When(cursor.time_ms),
            }))?;
        }
        Ok(())
    });
    shown.await
}

pub(super) async fn remove_cursor(context: &Context<'_>, name: String) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    visit(client, async |client| Ok(client.remove_cursor(name).await?)).await
}
