//! One webhook that delivers: follows its room by a cursor that the daemon keeps, and delivers each
//! event in order. The cursor moves on behind what was delivered, so that after a loss something
//! may come again and nothing is left out.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use parlor_proto::client::{
    Client, Connector, Error, Event, Options, ServerUrl, SignIn, SyncPlan, Token, Transport, Trust,
};
use parlor_proto::codes::Reason;
use parlor_proto::ids::{Epoch, RoomId, Seq};
use parlor_proto::limits::{DAEMON_PORT, DELIVERY_PROBLEM_BYTES_MAX, SESSION_TIMEOUT_VISITOR};
use parlor_proto::rest;
use parlor_proto::v1::{DeliveryState, RoomEvent, RoomState};
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, info, warn};

use super::folder::{Folder, Known};
use super::pace;
use super::post::{Outcome, Post, Ways};
use super::target::Target;
use crate::drain::Draining;
use crate::metrics::figures;
use crate::upstream::{OnBehalfOf, Upstream};

/// The name of the cursor.
const CURSOR: &str = "webhook";

/// How far the cursor may be behind what was delivered.
const CURSOR_INTERVAL: Duration = Duration::from_secs(1);

/// How often success is told; failures are told at once.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// How soon to look again: whether one that is paused goes on, and whether the daemon is back.
const PAUSED_INTERVAL: Duration = Duration::from_secs(5);
const DAEMON_WAIT: Duration = Duration::from_secs(5);

/// How long saying good-bye may take.
const GOODBYE: Duration = Duration::from_millis(300);

/// The address that a daemon is told of a webhook's connection begins with this: of this machine,
/// and another for each webhook, as limits are per address.
const ADDRESS: [u8; 2] = [127, 128];

const EVENT: &str = "room_event";
const RESET: &str = "reset";

/// What is delivered instead of events that cannot be: there were some up to `head_seq`.
#[derive(Debug, Serialize)]
struct Reset {
    room_id: rest::Id,
    head_seq: u64,
}

pub(super) struct Runner {
    known: Known,
    folder: Folder,
    connector: Connector,
    post: Post,
    /// Of the session that goes on.
    session: Option<Token>,
    state: DeliveryState,
    reported: Option<Instant>,
}

/// Why a webhook is not followed any more.
enum End {
    /// It has been removed.
    Gone,
    Again(Duration),
}

/// Delivered, and not yet behind the cursor.
#[derive(Default)]
struct Unsaved {
    seq: Option<u64>,
    since: Option<Instant>,
}

impl Runner {
    pub(super) fn new(
        known: Known,
        upstream: &Upstream,
        folder: &Folder,
        ways: &Ways,
    ) -> Result<Self, String> {
        let target = Target::parse(&known.url)?;
        let address = address(known.webhook_id);
        let upstream = upstream.clone();
        let connector = Connector::new(move || {
            let upstream = upstream.clone();
            async move { upstream.connect(OnBehalfOf::Client { peer: address, local: address }).await }
        });
        let post = Post::new(target, known.key.clone(), ways.clone());
        let folder = folder.clone();
        let state = DeliveryState::default();
        Ok(Self { known, folder, connector, post, session: None, state, reported: None })
    }

    pub(super) async fn run(mut self, mut draining: Draining) {
        loop {
            let end = tokio::select! {
                () = draining.begun() => return,
                end = self.follow() => end,
            };
            let End::Again(pause) = end else {
                info!(webhook_id = self.known.webhook_id, "a webhook has been removed");
                if let Err(error) = self.folder.forget(&self.known) {
                    warn!(webhook_id = self.known.webhook_id, %error, "its file stays");
                }
                return;
            };
            self.post.rest();
            tokio::select! {
                () = draining.begun() => return,
                () = sleep(pause) => {}
            }
        }
    }

    async fn follow(&mut self) -> End {
        let client = match Client::connect(self.options(), self.sign_in()).await {
            Ok(client) => client,
            Err(error) => return self.lost(&error),
        };
        self.session = client.account().map(|account| account.token);
        let end = self.follow_on(&client).await;
        // Whoever does not hear it will notice that nobody is there.
        drop(timeout(GOODBYE, client.close()).await);
        end.unwrap_or_else(|error| self.lost(&error))
    }

    fn options(&self) -> Options {
        let server = ServerUrl {
            transport: Transport::Tcp,
            host: "upstream".to_owned(),
            port: DAEMON_PORT,
            path: String::new(),
            pin: None,
            invite: None,
        };
        let mut options = Options::new(server, Trust::default());
        options.client_name = env!("CARGO_PKG_NAME").to_owned();
        options.client_version = env!("CARGO_PKG_VERSION").to_owned();
        options.session_timeout = SESSION_TIMEOUT_VISITOR;
        options.idle = true;
        // What comes after a loss begins with how things stand.
        options.reconnect = false;
        options.connector = Some(self.connector.clone());
        options
    }

    fn sign_in(&self) -> SignIn {
        match &self.session {
            Some(token) => SignIn::Resume { token: token.clone() },
            None => SignIn::Token { api_token: self.known.token.clone() },
        }
    }

    /// The daemon could not be spoken to, or has nothing more to say.
    fn lost(&mut self, error: &Error) -> End {
        debug!(webhook_id = self.known.webhook_id, %error, "a webhook cannot be followed");
        match (self.session.take(), error.reason()) {
            // The token of a webhook is void when it is removed, and only then.
            (None, Some(Reason::BadCredentials)) => End::Gone,
            (Some(_), Some(Reason::SessionEnded)) => End::Again(Duration::ZERO),
            (session, _) => {
                self.session = session;
                End::Again(DAEMON_WAIT)
            }
        }
    }

    async fn follow_on(&mut self, client: &Client) -> Result<End, Error> {
        let room = RoomId(self.known.room_id);
        self.wait_while_paused(client, room).await?;
        let kept = client.get_cursors(CURSOR).await?;
        let cursor = kept.cursors.iter().find(|cursor| cursor.room_id == room.0);
        let Some(cursor) = cursor.map(|cursor| (room, Seq(cursor.seq))) else {
            return begin(client, room).await;
        };
        let (cursors, epoch) = (vec![cursor], Some(Epoch(kept.epoch)));
        let plan = SyncPlan { rooms: vec![room], cursors, epoch, ..SyncPlan::default() };
        let Some(state) = client.sync(plan).await?.into_iter().next() else {
            return Ok(End::Again(DAEMON_WAIT));
        };
        let mut unsaved = Unsaved::default();
        if state.reset
            && let Err(end) = self.reset(client, &state, &mut unsaved).await
        {
            return Ok(end);
        }
        loop {
            let event = tokio::select! {
                biased;
                event = client.next_event() => event,
                () = sleep(CURSOR_INTERVAL), if unsaved.seq.is_some() => {
                    unsaved.save(client, room).await?;
                    continue;
                }
            };
            let delivered = match event {
                Some(Event::Room(event)) => self.event(client, event, &mut unsaved).await,
                Some(Event::Reset(state)) => self.reset(client, &state, &mut unsaved).await,
                Some(Event::SignedOut(error) | Event::Ended(error)) => return Err(error),
                None => return Err(Error::Closed),
                Some(_) => Ok(()),
            };
            if let Err(end) = delivered {
                unsaved.save(client, room).await?;
                return Ok(end);
            }
            let is_due = |since: Instant| figures::now() >= since + CURSOR_INTERVAL;
            if unsaved.since.is_some_and(is_due) {
                unsaved.save(client, room).await?;
            }
        }
    }

    async fn wait_while_paused(&mut self, client: &Client, room: RoomId) -> Result<(), Error> {
        loop {
            let listed = client.list_webhooks(room).await?;
            let state = listed.into_iter().find_map(|webhook| webhook.deliveries);
            self.state = state.unwrap_or_default();
            if !self.state.paused {
                return Ok(());
            }
            let mut pause = std::pin::pin!(sleep(PAUSED_INTERVAL));
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    event = client.next_event() => match event {
                        Some(Event::SignedOut(error) | Event::Ended(error)) => return Err(error),
                        None => return Err(Error::Closed),
                        Some(_) => {}
                    },
                }
            }
        }
    }

    async fn event(
        &mut self,
        client: &Client,
        event: RoomEvent,
        unsaved: &mut Unsaved,
    ) -> Result<(), End> {
        let seq = event.seq;
        let body = json(&rest::RoomEvent::from(event))?;
        self.deliver(client, (EVENT, seq), body).await?;
        unsaved.note(seq);
        Ok(())
    }

    async fn reset(
        &mut self,
        client: &Client,
        state: &RoomState,
        unsaved: &mut Unsaved,
    ) -> Result<(), End> {
        let head_seq = state.head_seq;
        let body = json(&Reset { room_id: rest::Id(self.known.room_id), head_seq })?;
        self.deliver(client, (RESET, head_seq), body).await?;
        unsaved.note(head_seq);
        Ok(())
    }

    async fn deliver(
        &mut self,
        client: &Client,
        (kind, seq): (&'static str, u64),
        body: Bytes,
    ) -> Result<(), End> {
        let id = format!("{}/{seq}", self.known.room_id);
        let now = unix_time();
        let outcome = self.post.deliver((kind, &id), now.as_secs(), body).await;
        self.state.attempt_time_ms = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        let (status, problem) = match outcome {
            Outcome::Answered(status @ 200..300) => {
                self.succeeded(client, status).await;
                return Ok(());
            }
            Outcome::Answered(status @ 300..400) => (status, "redirects are not followed".into()),
            Outcome::Answered(status) => (status, String::new()),
            Outcome::Failed(error) => (0, error.to_string()),
        };
        let failures = self.state.failures.saturating_add(1);
        self.state.status = status.into();
        self.state.failures = failures;
        self.state.problem = cut(problem);
        self.state.paused = status == 410 || failures >= pace::FAILURES_MAX;
        debug!(webhook_id = self.known.webhook_id, status, failures, "a delivery failed");
        self.report(client).await;
        Err(End::Again(pace::wait(failures, random())))
    }

    async fn succeeded(&mut self, client: &Client, status: u16) {
        let had_failed = std::mem::take(&mut self.state.failures) > 0;
        self.state.status = status.into();
        self.state.success_time_ms = self.state.attempt_time_ms;
        self.state.problem.clear();
        let is_due = |at: Instant| figures::now() >= at + REPORT_INTERVAL;
        if had_failed || self.reported.is_none_or(is_due) {
            self.report(client).await;
        }
    }

    /// For people to see; a loss of the daemon shows soon enough in what is done next.
    async fn report(&mut self, client: &Client) {
        self.reported = Some(figures::now());
        if let Err(error) = client.report_deliveries(self.state.clone()).await {
            debug!(webhook_id = self.known.webhook_id, %error, "a state was not told");
        }
    }
}

impl Unsaved {
    fn note(&mut self, seq: u64) {
        self.seq = Some(seq);
        self.since.get_or_insert_with(figures::now);
    }

    async fn save(&mut self, client: &Client, room: RoomId) -> Result<(), Error> {
        if let Some(seq) = std::mem::take(self).seq {
            client.set_cursor(CURSOR, room, Seq(seq)).await?;
        }
        Ok(())
    }
}

/// Sets the cursor where the webhook has joined the room. To know where that is, this connection
/// has gone live with what was said since then, so that another has to go on.
async fn begin(client: &Client, room: RoomId) -> Result<End, Error> {
    let plan = SyncPlan { rooms: vec![room], ..SyncPlan::default() };
    let Some(state) = client.sync(plan).await?.into_iter().next() else {
        return Ok(End::Again(DAEMON_WAIT));
    };
    client.set_cursor(CURSOR, room, Seq(state.join_seq)).await?;
    Ok(End::Again(Duration::ZERO))
}

fn address(webhook_id: u64) -> SocketAddr {
    let [a, b] = ADDRESS;
    let [.., c, d] = webhook_id.to_be_bytes();
    SocketAddr::from((Ipv4Addr::new(a, b, c, d), 0))
}

fn json(value: &impl Serialize) -> Result<Bytes, End> {
    // What comes from the protocol always has a form; if not, waiting will not help, nor harm.
    serde_json::to_vec(value).map(Bytes::from).map_err(|_| End::Again(PAUSED_INTERVAL))
}

/// As much of it as may be told.
fn cut(mut problem: String) -> String {
    let end = problem.floor_char_boundary(DELIVERY_PROBLEM_BYTES_MAX);
    problem.truncate(end);
    problem
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
