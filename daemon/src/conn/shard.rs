//! What the connections of one thread share, and what is done about all of them at once.
//!
//! The thread itself is in `thread.rs`, what is done with parcels in `deliver.rs`, what a
//! single connection does by itself in `life.rs`.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parlor_proto::v1::GoAwayCode;

use super::connection::{Connection, Errand};
use super::deadlines::{Due, Phase};
use super::opening::Opened;
use super::ring::Ring;
use super::serial_map::SerialMap;
use super::subscriptions::Subscriptions;
use super::tally::{Tally, many};
use super::{Place, Seams, Settings};
use crate::chat::{ConnId, Input, Moment, Now};
use crate::engine::EngineGone;
use crate::hub::losses::Turn;
use crate::outbox::{Budget, Passed};
use crate::wire::encode;

/// A shard's place among the others.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) index: u8,
    pub(super) settings: Arc<Settings>,
    pub(super) seams: Seams,
    pub(super) serials: Arc<AtomicU64>,
    pub(super) tally: Arc<Tally>,
}

/// What has been told of rooms.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    pub(super) events: u64,
    /// The pieces that they went in.
    pub(super) runs: u64,
}

/// Nothing in here is borrowed across an await.
#[derive(Debug)]
pub(super) struct Shard {
    index: u8,
    pub(super) settings: Arc<Settings>,
    pub(super) seams: Seams,
    serials: Arc<AtomicU64>,
    pub(super) connections: RefCell<SerialMap<ConnId, Rc<Connection>>>,
    pub(super) subscriptions: RefCell<Subscriptions>,
    pub(super) ring: RefCell<Ring>,
    pub(super) tally: Arc<Tally>,
    pub(super) budget: Budget,
    /// Of what has gone into outboxes, the events, and the runs in which they went.
    pub(super) given: Cell<Given>,
    /// The losses of rooms that have been told here.
    pub(super) losses_told: Cell<Turn>,
    is_draining: Cell<bool>,
}

impl Shard {
    pub(super) fn new(seat: Seat) -> Self {
        let Seat { index, settings, seams, serials, tally } = seat;
        Self {
            index,
            seams,
            serials,
            connections: RefCell::default(),
            subscriptions: RefCell::default(),
            ring: RefCell::new(Ring::new(settings.ring_bytes_max)),
            budget: Budget::new(settings.outboxes_bytes_max),
            settings,
            tally,
            given: Cell::default(),
            losses_told: Cell::default(),
            is_draining: Cell::new(false),
        }
    }

    pub(super) fn now(&self) -> Now {
        self.seams.clock.now()
    }

    /// Gives inputs to the engine, and waits while its inbox is full. Boxed, so that what
    /// this needs is not a part of every idle connection.
    pub(super) fn tell(
        &self,
        inputs: Vec<Input>,
    ) -> Pin<Box<impl Future<Output = Result<(), EngineGone>> + '_>> {
        Box::pin(self.seams.inbox.push(inputs))
    }

    /// Takes in somebody who can speak, or who is to hear why they may not.
    pub(super) fn welcome(&self, mut opened: Opened, place: Place) -> Rc<Connection> {
        let id = ConnId::new(self.serials.fetch_add(1, Ordering::Relaxed), self.index);
        let now = self.now().moment;
        let turned_away = opened.turned_away.take();
        let conn = Connection::new(id, opened, place, self.budget.clone(), now);
        tracing::debug!(conn = %id, address = %conn.address, "connection opened");
        if let Some((code, why)) = turned_away {
            conn.turn_away(code, &why, now);
        }
        self.tally.open(conn.stream.transport()).raise();
        let conn = Rc::new(conn);
        self.connections.borrow_mut().insert(id, Rc::clone(&conn));
        conn
    }

    /// The connection has ended.
    pub(super) fn forget(&self, conn: &Connection) {
        if self.connections.borrow_mut().remove(&conn.id).is_some() {
            self.tally.open(conn.stream.transport()).lower();
        }
        self.subscriptions.borrow_mut().leave(conn.id);
    }

    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.get()
    }

    /// From here on no request is read, and whoever has all their answers leaves.
    pub(super) fn begin_drain(&self) {
        self.is_draining.set(true);
        self.connections.borrow().values().for_each(|conn| conn.wake());
    }

    /// Whoever has not left by now leaves without their answers.
    pub(super) fn hasten_drain(&self) {
        let now = self.now().moment;
        for conn in self.connections.borrow().values() {
            conn.turn_away(GoAwayCode::Draining, "the server is stopping", now);
            conn.wake();
        }
    }

    /// Looks at everybody once a second: whose time is over, who is silent, who waits for
    /// something that nothing else will remind us of.
    pub(super) fn pass(&self) {
        let now = self.now().moment;
        let mut slow = 0;
        for conn in self.connections.borrow().values() {
            slow += u64::from(conn.is_slow());
            self.look_at(conn, now);
        }
        self.tally.slow.set(slow);
        self.tally.behind.set(many(self.subscriptions.borrow().count_behind()));
        let behind = self.subscriptions.borrow_mut().wake_resting();
        for conn in behind {
            if let Some(conn) = self.connections.borrow().get(&conn) {
                self.serve(conn);
            }
        }
    }

    /// Says how much waits and how much has gone: cheaper once in a while than for each frame.
    pub(super) fn take_stock(&self) {
        let Passed { pieces, bytes } = self.budget.passed();
        let Given { events, runs } = self.given.get();
        self.tally.events_out.set(events);
        self.tally.frames_out.set(pieces + events - runs);
        self.tally.bytes_out.set(bytes);
        self.tally.outbox_bytes.set(many(self.budget.used()));
    }

    fn look_at(&self, conn: &Connection, now: Moment) {
        let Settings { patience, keep_alive, .. } = &*self.settings;
        let interval = Duration::from_millis(keep_alive.interval_ms.into());
        match conn.pulse.get().due(conn.phase.get(), patience, interval, now) {
            None => {}
            Some(Due::Probe) => {
                conn.offer(encode::probe());
                conn.update_pulse(|pulse| pulse.probed = true);
            }
            Some(Due::SignInOver) => {
                conn.turn_away(GoAwayCode::AuthTimeout, "nobody has signed in", now);
            }
            Some(Due::FrameOver) => {
                conn.turn_away(GoAwayCode::FrameTimeout, "a frame was not finished", now);
            }
            Some(Due::FarewellOver) => {
                conn.stream.give_up();
                conn.phase.set(Phase::Broken);
            }
        }
        if !conn.awaits.get().bytes && conn.is_open() {
            // Its requests have to wait; its signs of life have not.
            conn.errand.set(conn.errand.get().max(Errand::Peek));
            conn.wake();
        }
        if !conn.outbox.borrow().is_empty() || !conn.is_open() {
            self.serve(conn);
        }
    }
}
