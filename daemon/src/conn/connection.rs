//! One client's connection: what its own task and its shard both work on.

use std::cell::{Cell, RefCell};
use std::net::IpAddr;

use bytes::Bytes;
use parlor_proto::ids::UserId;
use parlor_proto::limits::{FRAME_BYTES_MAX, PREFIX_BYTES};
use parlor_proto::v1::GoAwayCode;
use tokio::sync::Notify;
use tokio::task;

use super::admission::Guard;
use super::caller::Caller;
use super::deadlines::{Phase, Pulse};
use super::intake::Intake;
use super::opening::Opened;
use super::stream::{Flow, Stream};
use super::{Place, writer};
use crate::chat::{Bucket, ConnId, Moment, Request};
use crate::outbox::{Budget, Full, NoRoom, Outbox};
use crate::wire::encode;

/// An answer that fills a frame.
const PAGE_BYTES_MAX: usize = PREFIX_BYTES + FRAME_BYTES_MAX;

/// Nothing in here is borrowed across an await.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: ConnId,
    pub(super) address: IpAddr,
    /// Who has signed in.
    pub(super) user: Cell<UserId>,
    /// Said in hello.
    pub(super) caller: RefCell<Option<Box<Caller>>>,
    pub(super) stream: Stream,
    pub(super) outbox: RefCell<Outbox>,
    pub(super) intake: RefCell<Intake>,
    pub(super) pulse: Cell<Pulse>,
    /// How many requests it may send.
    pub(super) requests: Cell<Bucket>,
    pub(super) phase: Cell<Phase>,
    pub(super) presence: Cell<PresenceWish>,
    pub(super) errand: Cell<Errand>,
    /// What its task waits for, so that it is not woken for nothing.
    pub(super) awaits: Cell<Awaits>,
    /// It is to be flushed when everything is queued.
    pub(super) is_touched: Cell<bool>,
    /// The engine knows of it and must hear of its end.
    pub(super) is_known: Cell<bool>,
    pub(super) task: Cell<Option<task::Id>>,
    wake: Notify,
    guard: RefCell<Guard>,
    place: Place,
}

/// Whether its client wants presence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PresenceWish {
    Unwanted,
    Wanted,
    /// Some was dropped, because the client was slow, or is still to be told: of this user, and
    /// perhaps of some with higher numbers, but of none with lower ones.
    Missed(UserId),
}

/// What the shard wants its task to do, besides its usual work.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Errand {
    Nothing,
    /// Look for signs of life, even if requests have to wait.
    Peek,
    /// The same, and tell the engine when the client was last heard.
    Answer,
}

/// What a task waits for; nothing while it is at work.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Awaits {
    /// Bytes from the client.
    pub(super) bytes: bool,
    /// Room in the socket for what is to be sent.
    pub(super) room: bool,
}

impl Connection {
    pub(super) fn new(
        id: ConnId,
        opened: Opened,
        place: Place,
        budget: Budget,
        now: Moment,
    ) -> Self {
        Self {
            id,
            address: opened.address,
            user: Cell::new(UserId(0)),
            caller: RefCell::new(None),
            stream: opened.stream,
            outbox: RefCell::new(Outbox::new(budget)),
            intake: RefCell::new(Intake::new()),
            pulse: Cell::new(Pulse::new(now)),
            requests: Cell::new(Bucket::default()),
            phase: Cell::new(Phase::Stranger),
            presence: Cell::new(PresenceWish::Unwanted),
            errand: Cell::new(Errand::Nothing),
            awaits: Cell::new(Awaits::default()),
            is_touched: Cell::new(false),
            is_known: Cell::new(false),
            task: Cell::new(None),
            wake: Notify::new(),
            guard: RefCell::new(opened.guard),
            place,
        }
    }

    /// Whether it takes part: it is neither leaving nor broken.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.phase.get(), Phase::Stranger | Phase::SignedIn)
    }

    pub(super) fn is_slow(&self) -> bool {
        self.outbox.borrow().is_slow()
    }

    /// Queues a frame that must not be lost. A client that has asked for more than it reads
    /// is sent away.
    pub(super) fn push(&self, frame: Bytes, now: Moment) {
        if !self.is_open() {
            return;
        }
        let Err(Full) = self.outbox.borrow_mut().push(frame.clone()) else { return };
        // Perhaps the socket takes what the outbox has no room for.
        self.flush();
        if self.is_open() && self.outbox.borrow_mut().push(frame).is_err() {
            let why = "more was asked for than is read";
            self.place.0.sent_away(GoAwayCode::OutboxFull);
            self.outbox.borrow_mut().cut(encode::go_away(GoAwayCode::OutboxFull, why));
            self.phase.set(Phase::Leaving(now));
        }
    }

    /// Queues an answer, of which there may be no bytes.
    pub(super) fn push_answer(&self, frame: Bytes, now: Moment) {
        self.answered();
        if !frame.is_empty() {
            self.push(frame, now);
        }
    }

    /// Queues an answer with a piece of a file, behind everything else that waits or is to come.
    pub(super) fn push_piece(&self, frame: Bytes, now: Moment) {
        self.answered();
        let is_full = self.is_open() && self.outbox.borrow_mut().push_piece(frame).is_err();
        if is_full {
            self.turn_away(GoAwayCode::OutboxFull, "more was asked for than is read", now);
        }
    }

    /// Queues a frame that may be lost if the client is slow. Says whether it was queued.
    pub(super) fn offer(&self, frame: Bytes) -> bool {
        let mut outbox = self.outbox.borrow_mut();
        self.is_open() && !outbox.is_slow() && outbox.push(frame).is_ok()
    }

    /// The same, for presence of `first` and perhaps of others with higher numbers.
    pub(super) fn offer_presence(&self, first: UserId, frame: Bytes) {
        if self.presence.get() != PresenceWish::Unwanted && !self.offer(frame) {
            self.miss_presence(first);
        }
    }

    /// Presence of `first` and perhaps of others with higher numbers has not been sent.
    pub(super) fn miss_presence(&self, first: UserId) {
        self.presence.set(match self.presence.get() {
            PresenceWish::Unwanted => PresenceWish::Unwanted,
            PresenceWish::Wanted => PresenceWish::Missed(first),
            PresenceWish::Missed(from) => PresenceWish::Missed(from.min(first)),
        });
    }

    /// Whether presence was missed and there is room for it now.
    pub(super) fn may_hear_missed_presence(&self) -> bool {
        matches!(self.presence.get(), PresenceWish::Missed(_)) && self.outbox.borrow().is_low()
    }

    /// From whom on presence is to be told again; then it counts as told.
    pub(super) fn take_missed_presence(&self) -> Option<UserId> {
        let PresenceWish::Missed(from) = self.presence.get() else { return None };
        self.may_hear_missed_presence().then(|| {
            self.presence.set(PresenceWish::Wanted);
            from
        })
    }

    /// Queues the last frame, behind what waits if there is room for it.
    pub(super) fn close(&self, last: Bytes, now: Moment) {
        if self.is_open() {
            let mut outbox = self.outbox.borrow_mut();
            if outbox.push(last.clone()).is_err() {
                outbox.cut(last);
            }
            self.phase.set(Phase::Leaving(now));
        }
    }

    /// Ends the connection and says why.
    pub(super) fn turn_away(&self, code: GoAwayCode, why: &str, now: Moment) {
        if self.is_open() {
            self.place.0.sent_away(code);
            tracing::debug!(conn = %self.id, address = %self.address, ?code, "turned away: {why}");
            self.close(encode::go_away(code, why), now);
        }
    }

    /// A request goes to the engine; for an answer that may fill a frame there must be room.
    pub(super) fn ask(&self, request: &Request) -> Result<(), NoRoom> {
        if request.verb().is_page() || request.verb().is_piece() {
            self.outbox.borrow_mut().reserve(PAGE_BYTES_MAX, PAGE_BYTES_MAX)?;
        }
        self.intake.borrow_mut().asked(request);
        self.is_known.set(true);
        Ok(())
    }

    /// The engine has answered a request.
    pub(super) fn answered(&self) {
        let pages = self.intake.borrow_mut().answered();
        for _ in 0..pages {
            self.outbox.borrow_mut().release(PAGE_BYTES_MAX);
        }
    }

    /// It has a session now.
    pub(super) fn sign_in(&self, user: UserId) {
        if self.is_open() {
            self.user.set(user);
            self.phase.set(Phase::SignedIn);
            self.guard.borrow_mut().signed_in();
            self.intake.borrow_mut().signed_in();
        }
    }

    /// Sends as much as the socket takes. A socket that fails ends the connection.
    pub(super) fn flush(&self) -> Flow {
        if self.phase.get() == Phase::Broken {
            return Flow::Free;
        }
        let flushed = writer::flush(&self.stream, &mut self.outbox.borrow_mut());
        flushed.unwrap_or_else(|_| {
            self.phase.set(Phase::Broken);
            Flow::Free
        })
    }

    pub(super) fn update_pulse(&self, update: impl FnOnce(&mut Pulse)) {
        let mut pulse = self.pulse.get();
        update(&mut pulse);
        self.pulse.set(pulse);
    }

    /// Has its task look around.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }
}
