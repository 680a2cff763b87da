//! The task of a client: does what the session says, with one socket, one timer and the only
//! clock of the SDK. Decides nothing.

use std::collections::BTreeMap;
use std::future::{pending, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep_until;

use self::socket::{Progress, Socket};
use super::session::{Answer, Session, Ticket};
use super::transport::Dialer;
use super::{Account, Error, Event, Facts, Options, SignIn, SyncPlan, lock};
use crate::v1::{self, client_frame, server_frame};

mod socket;

/// A request and where its answer goes.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) body: client_frame::Body,
    pub(super) reply: Reply<server_frame::Body>,
}

/// Calls that do not wait behind requests.
#[derive(Debug)]
pub(super) enum Control {
    SignIn(SignIn, Reply<Option<Account>>),
    Sync(SyncPlan, Reply<Vec<v1::RoomState>>),
    Close,
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// Everything that a user of the client may want.
#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) wishes: mpsc::Receiver<Wish>,
    pub(super) controls: mpsc::Receiver<Control>,
    pub(super) activity: watch::Receiver<bool>,
}

/// See the module.
pub(super) struct Link {
    session: Session,
    dialer: Dialer,
    socket: Socket,
    inbox: Inbox,
    events: mpsc::Sender<Event>,
    facts: Arc<Mutex<Facts>>,
    tickets: u64,
    // As many as there are calls that wait, which the session bounds.
    replies: BTreeMap<Ticket, Waiting>,
}

/// Who waits for an answer.
enum Waiting {
    Body(Reply<server_frame::Body>),
    Rooms(Reply<Vec<v1::RoomState>>),
    SignedIn(Reply<Option<Account>>),
}

/// What happened next.
enum Step {
    Wish(Wish),
    Control(Control),
    Activity(bool),
    /// Somebody takes an event.
    Taken,
    Socket(Progress),
    Timeout,
}

impl Link {
    pub(super) fn new(
        options: Options,
        inbox: Inbox,
        events: mpsc::Sender<Event>,
        facts: Arc<Mutex<Facts>>,
    ) -> Result<Self, Error> {
        let dialer = Dialer::new(&options)?;
        // Without randomness clients would come back together, and nothing worse.
        let session = Session::new(options, getrandom::u64().unwrap_or_default());
        let (socket, replies) = (Socket::None, BTreeMap::new());
        Ok(Self { session, dialer, socket, inbox, events, facts, tickets: 0, replies })
    }

    /// Runs until the session ends, then closes the connection politely.
    pub(super) async fn run(mut self) {
        self.settle();
        while self.session.ended().is_none() {
            let step = self.step().await;
            if matches!(step, Step::Timeout) {
                // What has come in time must not be missed because this task was late.
                let may_read = self.session.may_read();
                let pending = poll_fn(|cx| Poll::Ready(self.socket.poll(cx, may_read))).await;
                if let Poll::Ready(progress) = pending {
                    self.take(Step::Socket(progress));
                    self.settle();
                }
            }
            self.take(step);
            self.settle();
        }
        self.finish().await;
    }

    async fn step(&mut self) -> Step {
        let Self { session, socket, inbox, events, .. } = self;
        let may_read = session.may_read();
        let timeout = session.poll_timeout();
        tokio::select! {
            biased;
            control = inbox.controls.recv() => Step::Control(control.unwrap_or(Control::Close)),
            () = wait_until(timeout) => Step::Timeout,
            Some(wish) = inbox.wishes.recv(), if session.has_room() => Step::Wish(wish),
            Ok(()) = inbox.activity.changed() => {
                Step::Activity(*inbox.activity.borrow_and_update())
            }
            Ok(permit) = events.reserve(), if session.has_event() => {
                drop(permit);
                Step::Taken
            }
            progress = poll_fn(|cx| socket.poll(cx, may_read)) => Step::Socket(progress),
        }
    }

    fn take(&mut self, step: Step) {
        let now = now();
        match step {
            Step::Wish(Wish { body, reply }) => {
                let ticket = self.ticket(Waiting::Body(reply));
                self.session.handle_request(ticket, body);
            }
            Step::Control(Control::SignIn(sign_in, reply)) => {
                let ticket = self.ticket(Waiting::SignedIn(reply));
                self.session.handle_sign_in(now, ticket, sign_in);
            }
            Step::Control(Control::Sync(plan, reply)) => {
                let ticket = self.ticket(Waiting::Rooms(reply));
                self.session.handle_sync(ticket, plan);
            }
            Step::Control(Control::Close) => self.session.handle_close(),
            Step::Activity(is_active) => self.session.handle_activity(is_active),
            Step::Taken => {}
            Step::Socket(Progress::Connected) => self.session.handle_connected(),
            Step::Socket(Progress::Moved) => {}
            Step::Socket(Progress::Lost(error)) => self.session.handle_lost(now, error),
            Step::Timeout => self.session.handle_timeout(now),
        }
    }

    /// Brings everything outside into line with the session.
    fn settle(&mut self) {
        let now = now();
        loop {
            self.reconnect();
            self.deliver(now);
            // Frames that were read already wait here for as long as events are not taken.
            if !self.session.may_read() {
                break;
            }
            match self.socket.next_frame(self.session.frame_bytes_max()) {
                Ok(Some(frame)) => self.session.handle_frame(now, frame),
                Ok(None) => break,
                Err(error) => {
                    self.session.handle_lost(now, error);
                    self.reconnect();
                    break;
                }
            }
        }
        self.answer();
        while self.socket.takes_more() {
            let Some(frame) = self.session.poll_transmit(now) else { break };
            self.socket.push(&frame);
        }
    }

    fn reconnect(&mut self) {
        let wanted = self.session.wants_connection();
        // The last connection is closed politely, in `finish`.
        if self.socket.attempt() == wanted || self.session.ended().is_some() {
            return;
        }
        // Nobody at the other end is left to hear a good-bye: it has said its own, or is gone.
        self.socket = match wanted {
            Some(attempt) => Socket::dial(attempt, self.dialer.clone()),
            None => Socket::None,
        };
    }

    fn deliver(&mut self, now: Instant) {
        while self.session.has_event() {
            let permit = match self.events.try_reserve() {
                Ok(permit) => Some(permit),
                Err(mpsc::error::TrySendError::Full(())) => return,
                // Nobody wants events any more.
                Err(mpsc::error::TrySendError::Closed(())) => None,
            };
            if let (Some(permit), Some(event)) = (permit, self.session.poll_event(now)) {
                permit.send(event);
            }
        }
    }

    fn answer(&mut self) {
        let mut facts = lock(&self.facts);
        if facts.hello != *self.session.hello() {
            facts.hello = self.session.hello().clone();
        }
        if facts.account.as_ref() != self.session.account() {
            facts.account = self.session.account().cloned();
        }
        facts.ended = self.session.ended().cloned();
        drop(facts);
        while let Some((ticket, answer)) = self.session.poll_answer() {
            if let Some(waiting) = self.replies.remove(&ticket) {
                waiting.answer(answer);
            }
        }
    }

    async fn finish(self) {
        let Self { mut session, socket, events, inbox, .. } = self;
        drop(inbox);
        socket.close().await;
        while let Some(event) = session.poll_event(now()) {
            if events.send(event).await.is_err() {
                return;
            }
        }
    }

    fn ticket(&mut self, waiting: Waiting) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.replies.insert(ticket, waiting);
        ticket
    }
}

impl Waiting {
    // Who does not wait any more has dropped the other end, which is no error.
    fn answer(self, answer: Result<Answer, Error>) {
        match (self, answer) {
            (Self::Body(reply), Ok(Answer::Body(body))) => drop(reply.send(Ok(*body))),
            (Self::Rooms(reply), Ok(Answer::Rooms(rooms))) => drop(reply.send(Ok(rooms))),
            (Self::SignedIn(reply), Ok(Answer::SignedIn(account))) => {
                drop(reply.send(Ok(account)));
            }
            (Self::Body(reply), Err(error)) => drop(reply.send(Err(error))),
            (Self::Rooms(reply), Err(error)) => drop(reply.send(Err(error))),
            (Self::SignedIn(reply), Err(error)) => drop(reply.send(Err(error))),
            // The session answers each call in kind.
            (Self::Body(_) | Self::Rooms(_) | Self::SignedIn(_), Ok(_)) => {}
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the SDK's only look at the clock")]
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

async fn wait_until(timeout: Option<Instant>) {
    match timeout {
        Some(at) => sleep_until(at.into()).await,
        None => pending().await,
    }
}
