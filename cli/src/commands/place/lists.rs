//! `bans`, `invitations`: who is kept out, and where one may come in.

use parlor_proto::client::{Client, Event, SyncPlan};
use parlor_proto::limits::PAGE_ROWS_MAX;

use crate::args::RoomArg;
use crate::commands::{find, in_room};
use crate::failure::Result;
use crate::out::Out;
use crate::record::Record;
use crate::record::place::{PlaceRecord, name_of};
use crate::when::When;

pub(super) async fn bans(client: &Client, out: &mut Out, arg: &RoomArg) -> Result<()> {
    let found = find(client, arg).await?;
    let mut after = String::new();
    loop {
        let page = client.list_bans(found.id, after.clone(), PAGE_ROWS_MAX).await;
        let page = page.map_err(in_room(arg))?;
        let last = page.bans.last().map(|ban| ban.user_name.clone());
        for ban in page.bans {
            out.record(&Record::Place(PlaceRecord::Ban {
                room: found.name.clone(),
                room_id: found.id.0,
                user: ban.user_name,
                user_id: ban.user_id,
                by: ban.issuer_name,
                reason: ban.reason,
                at: When(ban.time_ms),
                until: When::known(ban.until_ms),
            }))?;
        }
        match last.filter(|last| page.more && *last > after) {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}

/// They come with the answer to sync, as events: all are there when the next answer is.
pub(super) async fn invitations(client: &Client, out: &mut Out) -> Result<()> {
    client.sync(SyncPlan::default()).await?;
    client.get_users(&[], "").await?;
    loop {
        let event = tokio::select! {
            biased;
            event = client.next_event() => event,
            () = std::future::ready(()) => return Ok(()),
        };
        match event {
            Some(Event::Invited(invitation)) => {
                let room = invitation.room.unwrap_or_default();
                out.record(&Record::Place(PlaceRecord::Invitation {
                    room: name_of(&room),
                    room_id: room.room_id,
                    topic: room.topic,
                    by: invitation.inviter_name,
                    at: When(invitation.time_ms),
                }))?;
            }
            Some(_) => {}
            None => return Ok(()),
        }
    }
}
