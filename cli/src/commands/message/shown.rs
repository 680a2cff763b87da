//! `reactions` and `thread`: what belongs to a message.

use parlor_proto::ids::Seq;
use parlor_proto::limits::PAGE_ROWS_MAX;

use crate::args::message::Target;
use crate::commands::{find, in_room};
use crate::connect::{Context, Stay, visit};
use crate::failure::Result;
use crate::record::Record;
use crate::record::message::ReactionBy;

pub(super) async fn reactions(context: &mut Context<'_>, target: &Target) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    let listed = visit(client, async |client| {
        let found = find(client, &target.room).await?;
        let (place, mut skip) = ((found.id, target.seq), 0);
        loop {
            let page = client.list_reactions(place, skip, PAGE_ROWS_MAX).await;
            let page = page.map_err(in_room(&target.room))?;
            for each in page.reactions {
                skip += 1;
                out.record(&Record::ReactionBy(ReactionBy {
                    room: found.name.clone(),
                    room_id: found.id.0,
                    target_seq: target.seq.0,
                    reaction: each.reaction,
                    user: each.user_name,
                    user_id: each.user_id,
                }))?;
            }
            if !page.more {
                return Ok(());
            }
        }
    });
    listed.await
}

pub(super) async fn thread(context: &mut Context<'_>, target: &Target) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    out.with_room(false);
    let shown = visit(client, async |client| {
        let found = find(client, &target.room).await?;
        let mut after = Seq(0);
        loop {
            let page = client.list_thread((found.id, target.seq), after, PAGE_ROWS_MAX).await;
            let page = page.map_err(in_room(&target.room))?;
            let last = page.events.last().map(|event| Seq(event.seq));
            for event in page.events {
                out.record(&Record::event(&found.name, event))?;
            }
            match last.filter(|last| page.has_newer && *last > after) {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    });
    shown.await
}
