//! The life of a client, over any number of connections: who is signed in, what is in flight,
//! what has been told, when to come back. Does no I/O and reads no clock.
//!
//! Its methods are of three kinds. `handle_*` say what has happened. `wants_*`, `may_*` and
//! `has_*` say how things stand. `poll_*` say what must now be done; call them after every
//! `handle_*` until they have nothing more.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;

use self::backoff::Backoff;
use self::feed::Feed;
use self::invitations::Invitations;
use self::liveness::Liveness;
use self::requests::{RequestIds, Requests};
use super::{Account, Error, Event, Options, SignIn, Token};
use crate::frame::encode_frame;
use crate::ids::{Epoch, RequestId};
use crate::limits::FRAME_BYTES_MAX;
use crate::v1::{
    self, Activity, ClientFrame, HelloResponse, RoomState, client_frame, server_frame,
};

pub(super) mod backoff;
mod calls;
mod ending;
pub(super) mod fate;
mod feed;
mod greeting;
mod incoming;
mod invitations;
mod liveness;
mod requests;

#[cfg(test)]
mod tests;

/// Events that wait to be taken; beyond it nothing is read from the server.
pub(super) const EVENTS_MAX: usize = 1_024;

/// Requests wait for answers this long while nobody takes events and so nothing is read.
const STALL_MAX: Duration = Duration::from_secs(10);

/// A server may announce longer frames than this code's own, up to this.
const RECEIVE_FRAME_BYTES_MAX: usize = 1024 * 1024;

/// Names a call to the session, so that its answer finds the way back.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Ticket(pub(super) u64);

/// The answer to a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Body(Box<server_frame::Body>),
    Rooms(Vec<RoomState>),
    SignedIn(Option<Account>),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Session {
    options: Options,
    phase: Phase,
    /// Counts connections, so that a shell knows an old one from a new one.
    attempt: u64,
    identity: Identity,
    has_been_live: bool,
    /// The call to sign in that is being tried.
    entry: Option<(Ticket, SignIn)>,
    hello: HelloResponse,
    account: Option<Account>,
    is_active: bool,
    /// The server thinks otherwise.
    activity_is_untold: bool,
    ids: RequestIds,
    requests: Requests,
    feed: Feed,
    invitations: Invitations,
    backoff: Backoff,
    greeting: VecDeque<Bytes>,
    answers: VecDeque<(Ticket, Result<Answer, Error>)>,
    events: VecDeque<Event>,
    /// Since when nobody has taken events although the queue is full.
    full_since: Option<Instant>,
}

/// Where the client stands.
#[derive(Debug)]
enum Phase {
    /// Nobody is signed in, and nothing happens until somebody does.
    SignedOut(Error),
    /// No connection until then.
    Waiting(Instant),
    /// A connection is being made.
    Dialing { deadline: Instant },
    /// Hello and the sign-in are on their way.
    Greeting { deadline: Instant, hello: Option<RequestId>, auth: Option<RequestId> },
    /// Signed in.
    Live(Liveness),
    /// For good.
    Ended(Error),
}

/// As whom to come back.
#[derive(Debug)]
enum Identity {
    Nobody,
    Token(Token),
    /// The token is void; the device's key opens a new session.
    Device,
}

impl Session {
    /// Signed out, and at rest. `seed` spreads clients in time.
    pub(super) fn new(options: Options, seed: u64) -> Self {
        Self {
            is_active: !options.idle,
            options,
            phase: Phase::SignedOut(Error::Misuse("nobody is signed in".to_owned())),
            attempt: 0,
            identity: Identity::Nobody,
            has_been_live: false,
            entry: None,
            hello: HelloResponse::default(),
            account: None,
            activity_is_untold: false,
            ids: RequestIds::default(),
            requests: Requests::new(),
            feed: Feed::new(),
            invitations: Invitations::default(),
            backoff: Backoff::new(seed),
            greeting: VecDeque::new(),
            answers: VecDeque::new(),
            events: VecDeque::new(),
            full_since: None,
        }
    }

    /// The time that [`poll_timeout`](Self::poll_timeout) told has come.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        let is_reading = self.may_read();
        match &mut self.phase {
            Phase::Waiting(until) if *until <= now => self.dial(now),
            Phase::Dialing { deadline } | Phase::Greeting { deadline, .. } if *deadline <= now => {
                self.lose(now, Error::TimedOut);
            }
            Phase::Live(liveness) => {
                if !liveness.handle_timeout(now, is_reading) {
                    self.lose(now, Error::TimedOut);
                }
            }
            Phase::SignedOut(_)
            | Phase::Waiting(_)
            | Phase::Dialing { .. }
            | Phase::Greeting { .. }
            | Phase::Ended(_) => {}
        }
        if self.full_since.is_some_and(|since| since + STALL_MAX <= now) {
            self.full_since = Some(now);
            let why = "events are not taken, so the answer cannot be read".to_owned();
            let tickets = self.requests.abandon_in_flight();
            self.fail(tickets, &Error::Misuse(why));
        }
    }

    /// Whether one more request may be handed in.
    pub(super) fn has_room(&self) -> bool {
        self.requests.has_room()
    }

    /// Whether frames may be handed in: events are taken fast enough.
    pub(super) fn may_read(&self) -> bool {
        !self.is_full() || matches!(self.phase, Phase::Greeting { .. })
    }

    /// Whether [`poll_event`](Self::poll_event) has one.
    pub(super) fn has_event(&self) -> bool {
        !self.events.is_empty()
    }

    /// The connection that is wanted, by its number; `None`: none is.
    pub(super) fn wants_connection(&self) -> Option<u64> {
        match self.phase {
            Phase::Dialing { .. } | Phase::Greeting { .. } | Phase::Live(_) => Some(self.attempt),
            Phase::SignedOut(_) | Phase::Waiting(_) | Phase::Ended(_) => None,
        }
    }

    /// Why the client has ended, once it has.
    pub(super) fn ended(&self) -> Option<&Error> {
        if let Phase::Ended(error) = &self.phase { Some(error) } else { None }
    }

    /// The longest frame that the server may send.
    pub(super) fn frame_bytes_max(&self) -> usize {
        let told = self.hello.limits.as_ref().map_or(0, |limits| limits.frame_bytes_max);
        usize::try_from(told).unwrap_or(0).clamp(FRAME_BYTES_MAX, RECEIVE_FRAME_BYTES_MAX)
    }

    pub(super) fn hello(&self) -> &HelloResponse {
        &self.hello
    }

    pub(super) fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// The next frame to send, length prefix included.
    pub(super) fn poll_transmit(&mut self, now: Instant) -> Option<Bytes> {
        if let Some(frame) = self.greeting.pop_front() {
            return Some(frame);
        }
        let Phase::Live(liveness) = &mut self.phase else { return None };
        let frame = if liveness.take_due() {
            let activity = match (std::mem::take(&mut self.activity_is_untold), self.is_active) {
                (false, _) => Activity::Unspecified,
                (true, true) => Activity::Active,
                (true, false) => Activity::Idle,
            };
            let keep_alive = v1::KeepAlive { activity: activity.into(), token: 0 };
            encode(RequestId(0), client_frame::Body::KeepAlive(keep_alive))
        } else if self.feed.is_due() && self.account.is_some() {
            let id = self.ids.next();
            let sync = self.feed.request(Epoch(self.hello.epoch));
            self.feed.asked(id);
            encode(id, client_frame::Body::Sync(sync))
        } else {
            let others = usize::from(self.feed.is_in_flight());
            self.requests.next_frame(&mut self.ids, others)?
        };
        liveness.sent(now);
        Some(frame)
    }

    /// The next answer to a call.
    pub(super) fn poll_answer(&mut self) -> Option<(Ticket, Result<Answer, Error>)> {
        self.answers.pop_front()
    }

    /// The next event.
    pub(super) fn poll_event(&mut self, now: Instant) -> Option<Event> {
        let event = self.events.pop_front()?;
        if !self.is_full()
            && self.full_since.take().is_some()
            && let Phase::Live(liveness) = &mut self.phase
        {
            liveness.reading_again(now);
        }
        Some(event)
    }

    /// When [`handle_timeout`](Self::handle_timeout) must be called.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let stalled = self.full_since.filter(|_| self.requests.in_flight() > 0);
        let stalled = stalled.map(|since| since + STALL_MAX);
        let phase = match &self.phase {
            Phase::Waiting(until) => Some(*until),
            Phase::Dialing { deadline } | Phase::Greeting { deadline, .. } => Some(*deadline),
            Phase::Live(liveness) => Some(liveness.timeout(self.may_read())),
            Phase::SignedOut(_) | Phase::Ended(_) => None,
        };
        [stalled, phase].into_iter().flatten().min()
    }

    fn dial(&mut self, now: Instant) {
        self.attempt += 1;
        self.phase = Phase::Dialing { deadline: now + self.options.connect_timeout };
    }

    fn tell(&mut self, now: Instant, event: Event) {
        self.events.push_back(event);
        if self.is_full() {
            self.full_since.get_or_insert(now);
        }
    }

    fn is_full(&self) -> bool {
        self.events.len() >= EVENTS_MAX
    }

    fn demand_keep_alive(&mut self) {
        if let Phase::Live(liveness) = &mut self.phase {
            liveness.demand();
        }
    }
}

fn encode(id: RequestId, body: client_frame::Body) -> Bytes {
    encode_frame(&ClientFrame { request_id: id.0, body: Some(body) })
}
