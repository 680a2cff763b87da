//! `search`: messages of all rooms that one is in, the best first.

use std::collections::BTreeMap;

use parlor_proto::client::Client;
use parlor_proto::v1::SearchHit;

use super::rooms;
use crate::args::page_rows;
use crate::connect::{Context, Stay, visit};
use crate::failure::Result;
use crate::out::Out;
use crate::record::Record;
use crate::record::place::name_of;

pub(super) async fn run(context: &mut Context<'_>, words: &[String], rows: u32) -> Result<()> {
    let query = words.join(" ");
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    visit(client, async |client| show(client, out, &query, rows).await).await
}

/// Page after page, each shown at once.
async fn show(client: &Client, out: &mut Out, query: &str, mut rows: u32) -> Result<()> {
    let mut names = None;
    let (mut token, mut is_partial, mut found) = (Vec::new(), false, 0_usize);
    while rows > 0 {
        let page = client.search(query, &token, page_rows(rows)).await?;
        if names.is_none() && !page.hits.is_empty() {
            names = Some(room_names(client).await?);
        }
        rows = rows.saturating_sub(u32::try_from(page.hits.len()).unwrap_or(u32::MAX));
        found += page.hits.len();
        for hit in page.hits {
            out.record(&hit_record(names.as_ref(), hit))?;
        }
        is_partial = page.partial;
        // What costs this much work is not gone on with unasked, once there is something.
        let is_enough = is_partial && found > 0;
        if page.next_page_token.is_empty() || page.next_page_token == token || is_enough {
            break;
        }
        token = page.next_page_token.to_vec();
    }
    if is_partial {
        out.say("the server looked at the newest only: add words, in:ROOM or after:DATE");
    } else if found == 0 {
        out.say("nothing found");
    }
    Ok(())
}

pub(super) async fn room_names(client: &Client) -> Result<BTreeMap<u64, String>> {
    let mine = rooms::mine(client).await?.into_iter().filter_map(|state| state.room);
    Ok(mine.map(|room| (room.room_id, name_of(&room))).collect())
}

fn hit_record(names: Option<&BTreeMap<u64, String>>, hit: SearchHit) -> Record {
    let event = hit.event.unwrap_or_default();
    let name = names.and_then(|names| names.get(&event.room_id)).filter(|name| !name.is_empty());
    // A room that was left meanwhile, or that has no name.
    let name = name.cloned().unwrap_or_else(|| event.room_id.to_string());
    Record::hit(&name, event, hit.snippet, &hit.matches)
}
