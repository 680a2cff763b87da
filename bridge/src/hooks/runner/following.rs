//! What a webhook's connections to the daemon are for: waiting until something may be delivered,
//! finding where to go on, and then one event after the other.
//!
//! Events come by a connection of their own. Behind those that wait to be delivered no answer could
//! be read, and none of them may be passed over.

use std::convert::Infallible;
use std::pin::pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use parlor_proto::client::{Client, Error, Event, SyncPlan};
use parlor_proto::ids::{Epoch, RoomId, Seq};
use parlor_proto::rest;
use parlor_proto::v1::{RoomEvent, RoomState};
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout};
use tracing::debug;

use super::{DAEMON_WAIT, End, GOODBYE, Runner};
use crate::hooks::pace::Now;
use crate::metrics::deliveries::Standing;
use crate::metrics::figures;

/// The name of the cursor.
const CURSOR: &str = "webhook";

/// How far the cursor may be behind what was delivered, and that it catches up when nothing
/// follows for a moment.
const CURSOR_INTERVAL: Duration = Duration::from_secs(1);
const CURSOR_QUIET: Duration = Duration::from_millis(100);

/// How soon a pause is noticed by one that delivers.
const PAUSE_NOTICE: Duration = Duration::from_secs(1);

/// A connection on which nothing was delivered for so long is closed.
const KEPT_FOR: Duration = Duration::from_secs(10);

const EVENT: &str = "room_event";
const RESET: &str = "reset";

/// What is delivered instead of events that cannot be: there were some up to `head_seq`.
#[derive(Debug, Serialize)]
struct Reset {
    room_id: rest::Id,
    head_seq: u64,
}

/// Delivered, and not yet behind the cursor.
#[derive(Debug, Default)]
pub(super) struct Unsaved {
    seq: Option<u64>,
    since: Option<Instant>,
}

impl Runner {
    /// Until there is a reason not to.
    pub(super) async fn follow_on(&mut self, client: &Client) -> Result<Infallible, End> {
        self.wait_until_it_goes_on(client).await?;
        let stream = Client::connect(self.options(), self.sign_in()).await?;
        let Err(end) = self.deliver_from(&stream, client).await;
        drop(timeout(GOODBYE, stream.close()).await);
        Err(end)
    }

    async fn deliver_from(&mut self, stream: &Client, client: &Client) -> Result<Infallible, End> {
        let room = self.room();
        let kept = client.get_cursors(CURSOR).await?;
        let cursor = kept.cursors.iter().find(|cursor| cursor.room_id == room.0);
        let cursor = cursor.map(|cursor| (room, Seq(cursor.seq)));
        let (cursors, epoch) = (cursor.into_iter().collect(), cursor.map(|_| Epoch(kept.epoch)));
        let plan = SyncPlan { rooms: vec![room], cursors, epoch, ..SyncPlan::default() };
        let Some(state) = stream.sync(plan).await?.into_iter().next() else {
            return Err(End::Again(DAEMON_WAIT));
        };
        if cursor.is_none() {
            // Where it has joined the room; what was said since then has to be asked for.
            client.set_cursor(CURSOR, room, Seq(state.join_seq)).await?;
            return Err(End::Again(Duration::ZERO));
        }
        if state.reset {
            self.reset(client, &state).await?;
        }
        loop {
            self.next(stream, client).await?;
            let is_due = |since: Instant| figures::now() >= since + CURSOR_INTERVAL;
            if self.unsaved.since.is_some_and(is_due) {
                self.unsaved.save(client, room).await?;
            }
        }
    }

    async fn next(&mut self, stream: &Client, client: &Client) -> Result<(), End> {
        tokio::select! {
            biased;
            event = client.next_event() => goes_on(event),
            event = stream.next_event() => match event {
                Some(Event::Room(event)) => self.event(client, event).await,
                Some(Event::Reset(state)) => self.reset(client, &state).await,
                other => goes_on(other),
            },
            () = sleep(CURSOR_QUIET), if self.unsaved.seq.is_some() => {
                Ok(self.unsaved.save(client, self.room()).await?)
            }
            () = sleep(KEPT_FOR), if self.post.is_kept() => {
                self.post.rest();
                Ok(())
            }
        }
    }

    /// Nothing is delivered while its owner lets it rest, nor before it is time to try again.
    async fn wait_until_it_goes_on(&mut self, client: &Client) -> Result<(), End> {
        loop {
            self.look(client).await?;
            let Some(rest) = self.pace.rest(figures::now()) else { return Ok(()) };
            debug!(webhook_id = self.known.webhook_id, ?rest, "a webhook rests");
            let mut rest = pin!(sleep(rest));
            loop {
                tokio::select! {
                    () = &mut rest => break,
                    event = client.next_event() => goes_on(event)?,
                }
            }
        }
    }

    /// How it goes as the daemon knows it, and whether its owner lets it rest.
    async fn look(&mut self, client: &Client) -> Result<(), End> {
        let listed = client.list_webhooks(self.room()).await?;
        let state = listed.into_iter().find_map(|webhook| webhook.deliveries);
        self.pace.learn(state.unwrap_or_default());
        self.stand();
        self.looked = Some(figures::now());
        Ok(())
    }

    async fn event(&mut self, client: &Client, event: RoomEvent) -> Result<(), End> {
        let seq = event.seq;
        self.standing.has(event.time_ms);
        let body = json(&rest::RoomEvent::from(event))?;
        self.deliver(client, (EVENT, seq), body).await
    }

    async fn reset(&mut self, client: &Client, state: &RoomState) -> Result<(), End> {
        let head_seq = state.head_seq;
        let body = json(&Reset { room_id: rest::Id(self.known.room_id), head_seq })?;
        self.deliver(client, (RESET, head_seq), body).await
    }

    async fn deliver(
        &mut self,
        client: &Client,
        (kind, seq): (&'static str, u64),
        body: Bytes,
    ) -> Result<(), End> {
        if self.looked.is_none_or(|looked| figures::now() >= looked + PAUSE_NOTICE) {
            self.look(client).await?;
        }
        if self.pace.state().paused {
            return Err(End::Again(Duration::ZERO));
        }
        let id = format!("{}/{seq}", self.known.room_id);
        let began = Now { moment: figures::now(), unix: unix_time() };
        let outcome = self.post.deliver((kind, &id), began.unix.as_secs(), body).await;
        let is_delivered = self.pace.note(&outcome, began, random());
        let webhook_id = self.known.webhook_id;
        if is_delivered {
            self.unsaved.note(seq);
            self.standing.has_nothing();
            debug!(webhook_id, event_id = id, "delivered");
        } else {
            debug!(webhook_id, event_id = id, ?outcome, "not delivered");
        }
        self.stand();
        if self.pace.is_to_be_told(figures::now()) {
            self.tell(client).await;
        }
        if is_delivered { Ok(()) } else { Err(End::Again(Duration::ZERO)) }
    }

    /// For figures to show.
    fn stand(&self) {
        let state = self.pace.state();
        self.standing.stands(match state.failures {
            _ if state.paused => Standing::Paused,
            0 => Standing::Delivering,
            1.. => Standing::Failing,
        });
    }

    /// For people to see; a loss of the daemon shows soon enough in what is done next.
    async fn tell(&mut self, client: &Client) {
        match client.report_deliveries(self.pace.state().clone()).await {
            Ok(()) => self.pace.told(figures::now()),
            Err(error) => {
                debug!(webhook_id = self.known.webhook_id, %error, "a state was not told");
            }
        }
    }
}

impl Unsaved {
    fn note(&mut self, seq: u64) {
        self.seq = Some(seq);
        self.since.get_or_insert_with(figures::now);
    }

    pub(super) async fn save(&mut self, client: &Client, room: RoomId) -> Result<(), Error> {
        if let Some(seq) = std::mem::take(self).seq {
            client.set_cursor(CURSOR, room, Seq(seq)).await?;
        }
        Ok(())
    }
}

/// What is not of the room: nothing to deliver, or the end.
fn goes_on(event: Option<Event>) -> Result<(), End> {
    match event {
        Some(Event::SignedOut(error) | Event::Ended(error)) => Err(End::Lost(error)),
        None => Err(End::Lost(Error::Closed)),
        Some(_) => Ok(()),
    }
}

fn json(value: &impl Serialize) -> Result<Bytes, End> {
    // What comes from the protocol always has a form; if not, waiting will not help, nor harm.
    serde_json::to_vec(value).map(Bytes::from).map_err(|_| End::Again(DAEMON_WAIT))
}

fn random() -> u32 {
    let mut bytes = [0; 4];
    // Without random numbers all wait for the same time, which is no harm.
    aws_lc_rs::rand::fill(&mut bytes).ok();
    u32::from_be_bytes(bytes)
}

#[expect(clippy::disallowed_methods, reason = "this is the edge: who is delivered to compares it")]
fn unix_time() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
