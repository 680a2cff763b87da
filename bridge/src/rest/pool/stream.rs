//! A connection for somebody who wants to hear, not to ask: apart from those of calls, and as
//! long as it is wanted.

use std::sync::Arc;

use parlor_proto::client::{Client, Error, Event, SyncPlan};
use parlor_proto::ids::Epoch;
use parlor_proto::v1::{self, RoomState};
use tokio::sync::OwnedSemaphorePermit;

use super::desk::Idle;
use super::tally::Counted;
use super::{Shared, now};

/// See the module. Dropping it leaves the connection to be closed by the pool.
#[derive(Debug)]
pub(in crate::rest) struct Stream {
    pub(super) pool: Arc<Shared>,
    // `Some` until it is dropped.
    pub(super) held: Option<(Client, OwnedSemaphorePermit)>,
    pub(super) is_bot: bool,
    /// One of those that one token may have.
    pub(super) _turn: OwnedSemaphorePermit,
    pub(super) _counted: Counted,
}

impl Stream {
    /// Asks for rooms: they as they are now, and the epoch that their cursors belong to. What
    /// follows comes as events.
    pub(in crate::rest) async fn sync(
        &self,
        plan: SyncPlan,
    ) -> Result<(Epoch, Vec<RoomState>), Error> {
        let Some((client, _)) = &self.held else { return Err(Error::Closed) };
        let rooms = client.sync(plan).await?;
        Ok((Epoch(client.hello().epoch), rooms))
    }

    /// The next event; `None` once there will be no more.
    pub(in crate::rest) async fn next_event(&self) -> Option<Event> {
        match &self.held {
            Some((client, _)) => client.next_event().await,
            None => None,
        }
    }

    pub(in crate::rest) fn hello(&self) -> v1::HelloResponse {
        self.held.as_ref().map(|(client, _)| client.hello()).unwrap_or_default()
    }

    pub(in crate::rest) async fn close(mut self) {
        if let Some(idle) = self.take() {
            idle.close().await;
        }
    }

    fn take(&mut self) -> Option<Idle> {
        let (client, place) = self.held.take()?;
        Some(Idle { client, place, since: now(), is_bot: self.is_bot, is_last: true })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(idle) = self.take() {
            self.pool.leave(idle);
        }
    }
}
