//! How far a feed has been shown, kept on the server under a name. The place moves after the
//! output has been flushed, so that whatever ends a run, nothing is left out by the next.

use std::collections::BTreeMap;
use std::time::Duration;

use parlor_proto::client::Client;
use parlor_proto::ids::{RoomId, Seq};

use super::Feed;
use crate::connect::interrupt;
use crate::failure::Result;
use crate::out::{Out, reader_gone};

/// The place is moved after so many events, and this often if anything has been shown.
const EVENTS_MAX: u64 = 100;
const INTERVAL: Duration = Duration::from_secs(2);

/// A cursor of this name, and where it stands in each room.
pub(crate) struct Kept {
    name: String,
    places: BTreeMap<u64, u64>,
}

impl Kept {
    /// As the server has it.
    pub(crate) async fn load(client: &Client, name: String) -> Result<Self> {
        let found = client.get_cursors(name.as_str()).await?;
        let places = found.cursors.iter().map(|cursor| (cursor.room_id, cursor.seq));
        Ok(Self { places: places.collect(), name })
    }

    /// Where it stands in a room, if it has ever been there.
    pub(crate) fn place(&self, room_id: u64) -> Option<Seq> {
        self.places.get(&room_id).copied().map(Seq)
    }
}

impl Feed<'_> {
    /// Shows what there is and, if wanted, what comes; moves the cursor behind it.
    pub(crate) async fn show_kept(
        &mut self,
        out: &mut Out,
        kept: &mut Kept,
        follow: bool,
    ) -> Result<()> {
        self.tell_resets(out)?;
        loop {
            let is_behind = tokio::select! {
                biased;
                settled = self.settle_a_bit(out) => settled?,
                failure = interrupt() => {
                    self.keep(out, kept).await?;
                    return Err(failure);
                }
            };
            if !is_behind || self.ahead(kept) >= EVENTS_MAX {
                self.keep(out, kept).await?;
            }
            if !is_behind {
                break;
            }
        }
        let mut often = tokio::time::interval(INTERVAL);
        while follow && (self.grows || !self.rooms.is_empty()) {
            tokio::select! {
                event = self.client.next_event() => {
                    self.handle(out, event).await?;
                    if self.ahead(kept) >= EVENTS_MAX {
                        self.keep(out, kept).await?;
                    }
                }
                _ = often.tick() => {
                    self.settle(out).await?;
                    self.keep(out, kept).await?;
                }
                failure = interrupt() => {
                    self.keep(out, kept).await?;
                    return Err(failure);
                }
                gone = reader_gone() => return Err(gone),
            }
        }
        Ok(())
    }

    /// How many events have been shown beyond the places kept.
    fn ahead(&self, kept: &Kept) -> u64 {
        let ahead = |(id, room): (&u64, &super::Progress)| {
            room.shown.saturating_sub(kept.places.get(id).copied().unwrap_or_default())
        };
        self.rooms.iter().map(ahead).sum()
    }

    /// Moves the places to where the feed is. What comes meanwhile is shown as well.
    async fn keep(&mut self, out: &mut Out, kept: &mut Kept) -> Result<()> {
        let moved = |(id, room): (&u64, &super::Progress)| (*id, room.shown);
        let moved: Vec<_> = self.rooms.iter().map(moved).collect();
        for (id, shown) in moved {
            // Also back, if the log is another one by now.
            if kept.places.insert(id, shown) == Some(shown) {
                continue;
            }
            let client = self.client;
            let name = kept.name.as_str();
            let mut setting = Box::pin(client.set_cursor(name, RoomId(id), Seq(shown)));
            loop {
                tokio::select! {
                    biased;
                    set = &mut setting => break set?,
                    // What is taken now is shown at once or with the next page.
                    event = client.next_event() => self.take(out, event)?,
                }
            }
        }
        Ok(())
    }
}
