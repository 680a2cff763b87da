//! A shard's part in telling: parcels into outboxes, outboxes into sockets.
//!
//! First everything is queued, then each connection that got something is flushed in place,
//! so that what belongs together leaves together and no task is switched to.

use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::v1::GoAwayCode;

use super::connection::{Connection, Errand, PresenceWish};
use super::shard::{Given, Shard};
use super::stream::Flow;
use super::subscriptions::{Served, Wanted};
use super::tally::many;
use crate::chat::{Audience, ConnId, Moment};
use crate::hub::Delivery;
use crate::hub::losses::About;
use crate::hub::readers::{Asked, CATCH_UP_BYTES_LEAST, CATCH_UP_BYTES_MAX, Read};
use crate::hub::run::Run;
use crate::tally::micros;
use crate::wire::encode;

/// For a person.
const TOO_FAR_BEHIND: &str = "what comes next in a room is deleted: sync again";

impl Shard {
    /// Does what the parcels say, in their order.
    pub(super) fn deliver(&self, deliveries: impl Iterator<Item = Delivery>) {
        let now = self.now().moment;
        let mut touched = Touched::default();
        for delivery in deliveries {
            self.queue(delivery, now, &mut touched);
        }
        for conn in touched.in_order() {
            self.serve(&conn);
        }
    }

    /// What followed from these commits has been flushed.
    pub(super) fn delivered(&self, commits: impl Iterator<Item = Duration>) {
        let now = self.seams.clock.uptime();
        for committed in commits {
            self.tally.deliveries.observe(micros(now.saturating_sub(committed)));
        }
        self.take_stock();
    }

    /// Settles somebody else's connection, and has its task do what only that can do.
    pub(super) fn serve(&self, conn: &Connection) {
        let flow = self.settle(conn);
        if self.needs_its_task(conn, flow) {
            conn.wake();
        }
    }

    /// Sends what waits for a connection, and catches it up as far as it reads.
    pub(super) fn settle(&self, conn: &Connection) -> Flow {
        loop {
            let flow = conn.flush();
            if !self.catch_up(conn) {
                return flow;
            }
        }
    }

    fn queue(&self, delivery: Delivery, now: Moment, touched: &mut Touched) {
        match delivery {
            Delivery::Frame { conn, bytes, answers: false } => {
                self.for_one(conn, touched, |conn| conn.push(bytes, now));
            }
            Delivery::Frame { conn, bytes, answers: true } => {
                self.answer(conn, now, touched, |_| bytes);
            }
            Delivery::Found { asked, about, bytes } => {
                self.answer(asked.conn, now, touched, |conn| {
                    self.denial(conn, &asked, &about).unwrap_or(bytes)
                });
            }
            Delivery::Piece { asked, about, bytes } => {
                self.for_one(asked.conn, touched, |conn| match self.denial(conn, &asked, &about) {
                    Some(denied) => conn.push_answer(denied, now),
                    None => conn.push_piece(bytes, now),
                });
            }
            Delivery::Lost { turn } => self.losses_told.set(turn),
            Delivery::Events { room, run } => self.publish(room, run, touched),
            Delivery::Presence { audience, first, bytes } => {
                for conn in self.audience(&audience) {
                    let bytes = bytes.clone();
                    self.for_one(conn, touched, |conn| conn.offer_presence(first, bytes));
                }
            }
            Delivery::Offered { conn, bytes } => self.for_one(conn, touched, |conn| {
                conn.offer(bytes);
            }),
            Delivery::Passing { room, except, bytes } => {
                self.pass_on(room, except, &bytes, touched);
            }
            Delivery::News { audience, bytes } => {
                self.offer(self.audience(&audience).into_iter(), &bytes, touched);
            }
            Delivery::MorePresence { conn, from } => {
                self.for_one(conn, touched, |conn| conn.miss_presence(from));
            }
            Delivery::Attached { conn, user } => self.for_one(conn, touched, |conn| {
                tracing::info!(conn = %conn.id, address = %conn.address, %user, "signed in");
                conn.sign_in(user);
            }),
            Delivery::Synced { conn, presence } => self.for_one(conn, touched, |conn| {
                self.subscriptions.borrow_mut().unsubscribe_all(conn.id);
                let wish = if presence { PresenceWish::Wanted } else { PresenceWish::Unwanted };
                conn.presence.set(wish);
            }),
            Delivery::Subscribed { conn, room, next, head } => {
                self.for_one(conn, touched, |conn| {
                    self.subscriptions.borrow_mut().subscribe(conn.id, room, next, head);
                });
            }
            Delivery::Trimmed { room, first } => self.trimmed(room, first, now, touched),
            Delivery::Changed { room, seq } => self.ring.borrow_mut().forget(room, seq),
            Delivery::Unsubscribed { conn, room } => {
                self.subscriptions.borrow_mut().unsubscribe(conn, room);
            }
            Delivery::Ask { conn } => self.for_one(conn, touched, |conn| {
                conn.errand.set(Errand::Answer);
                conn.wake();
            }),
            Delivery::Close { conn, bytes } => {
                self.for_one(conn, touched, |conn| conn.close(bytes, now));
            }
            Delivery::CaughtUp { conn, room, run, reserved } => {
                self.caught_up(conn, room, (run.as_ref(), reserved), touched);
            }
        }
    }

    /// What somebody hears who may not be told any more what was found.
    fn denial(&self, conn: &Connection, asked: &Asked, about: &About) -> Option<Bytes> {
        let losses = self.seams.readers.losses();
        let denial = losses.since(asked.turn, conn.user.get(), about)?;
        Some(encode::error(asked.id, &denial))
    }

    /// Completes the answer to a request, which may need no bytes.
    fn answer(
        &self,
        conn: ConnId,
        now: Moment,
        touched: &mut Touched,
        bytes: impl FnOnce(&Connection) -> Bytes,
    ) {
        self.for_one(conn, touched, |conn| conn.push_answer(bytes(conn), now));
        touched.hasten(self.connections.borrow().get(&conn));
    }

    fn caught_up(
        &self,
        conn: ConnId,
        room: RoomId,
        (run, reserved): (Option<&Run>, usize),
        touched: &mut Touched,
    ) {
        self.tally.from_store.add(run.map_or(0, Run::count));
        self.for_one(conn, touched, |conn| {
            conn.outbox.borrow_mut().release(reserved);
            // The room may be lost already, and the end of the subscription be on its way.
            let (told, about) = (self.losses_told.get(), About::Room(room));
            let losses = self.seams.readers.losses();
            let run = run.filter(|_| losses.since(told, conn.user.get(), &about).is_none());
            let mut subscriptions = self.subscriptions.borrow_mut();
            let give = |run: &Run| self.give(conn, run);
            subscriptions.caught_up(conn.id, room, run, give);
        });
    }

    /// Who still needs one of the events that are gone cannot go on.
    fn trimmed(&self, room: RoomId, first: Seq, now: Moment, touched: &mut Touched) {
        let late = self.subscriptions.borrow().needing_before(room, first);
        for conn in late {
            self.for_one(conn, touched, |conn| {
                conn.turn_away(GoAwayCode::TooFarBehind, TOO_FAR_BEHIND, now);
            });
        }
    }

    /// Tells a room what is of use only now. Who reads slowly has enough to read.
    fn pass_on(&self, room: RoomId, except: ConnId, bytes: &Bytes, touched: &mut Touched) {
        let audience = self.subscriptions.borrow().audience(&[room]);
        self.offer(audience.into_iter().filter(|conn| *conn != except), bytes, touched);
    }

    /// For whoever has room for it.
    fn offer(&self, audience: impl Iterator<Item = ConnId>, bytes: &Bytes, touched: &mut Touched) {
        for conn in audience {
            self.for_one(conn, touched, |conn| {
                conn.offer(bytes.clone());
            });
        }
    }

    fn audience(&self, audience: &Audience) -> Vec<ConnId> {
        match audience {
            Audience::One(conn) => vec![*conn],
            Audience::Rooms(rooms) => {
                self.subscriptions.borrow().audience(rooms).into_iter().collect()
            }
        }
    }

    /// Whoever has gone or is leaving needs nothing any more.
    fn for_one(&self, conn: ConnId, touched: &mut Touched, act: impl FnOnce(&Connection)) {
        let connections = self.connections.borrow();
        if let Some(conn) = connections.get(&conn).filter(|conn| conn.is_open()) {
            act(conn);
            touched.add(conn);
        }
    }

    fn publish(&self, room: RoomId, run: Run, touched: &mut Touched) {
        let connections = self.connections.borrow();
        let late = self.subscriptions.borrow_mut().publish(room, &run, |conn, events| {
            connections.get(&conn).is_some_and(|conn| {
                touched.add(conn);
                self.give(conn, events)
            })
        });
        if !late.is_empty() {
            self.tally.fell_behind.add(many(late.len()));
        }
        for conn in late {
            connections.get(&conn).into_iter().for_each(|conn| touched.add(conn));
        }
        self.ring.borrow_mut().push(room, run);
    }

    /// Serves a connection that is behind somewhere, from the ring or by having the store
    /// read, if it has read enough of what it had. Says whether there is something to flush.
    fn catch_up(&self, conn: &Connection) -> bool {
        let mut subscriptions = self.subscriptions.borrow_mut();
        let is_low = conn.outbox.borrow().is_low();
        if !is_low || !conn.is_open() || !subscriptions.is_behind(conn.id) {
            return false;
        }
        let ring = self.ring.borrow();
        let mut from_ring = 0;
        let mut busy = false;
        subscriptions.catch_up(conn.id, |Wanted { room, next, head, may_read }| {
            if !conn.outbox.borrow().is_low() {
                return Served::Full;
            }
            if let Some(run) = ring.get(room, next) {
                let sent = self.give(conn, &run);
                from_ring += if sent { run.count() } else { 0 };
                return if sent { Served::Sent { last: run.last() } } else { Served::Full };
            }
            if may_read && !busy {
                busy = !self.begin_read(conn, room, next..=head);
                return if busy { Served::NotNow } else { Served::Reading };
            }
            Served::NotNow
        });
        if busy {
            subscriptions.rest(conn.id);
        }
        if from_ring > 0 {
            self.tally.from_ring.add(from_ring);
        }
        from_ring > 0
    }

    /// Queues a run that can be read again later, if there is room for it.
    fn give(&self, conn: &Connection, run: &Run) -> bool {
        let is_queued = conn.offer(run.bytes().clone());
        if is_queued {
            let Given { events, runs } = self.given.get();
            self.given.set(Given { events: events + run.count(), runs: runs + 1 });
        }
        is_queued
    }

    /// Has the store read for a connection, if there is room for what it finds.
    fn begin_read(&self, conn: &Connection, room: RoomId, seqs: RangeInclusive<Seq>) -> bool {
        let mut outbox = conn.outbox.borrow_mut();
        let Ok(bytes) = outbox.reserve(CATCH_UP_BYTES_LEAST, CATCH_UP_BYTES_MAX) else {
            return false;
        };
        let (from, to) = seqs.into_inner();
        let read = Read::CatchUp { conn: conn.id, room, from, to, bytes };
        let begun = self.seams.readers.submit(read).is_ok();
        if !begun {
            outbox.release(bytes);
        }
        begun
    }

    /// Whether requests of a connection are taken now.
    pub(super) fn may_ask(&self, conn: &Connection) -> bool {
        !self.is_draining() && conn.intake.borrow().is_open(conn.is_slow())
    }

    /// Whether there is something that a connection's task does and does not know of.
    fn needs_its_task(&self, conn: &Connection, flow: Flow) -> bool {
        let awaits = conn.awaits.get();
        let may_read = !awaits.bytes && self.may_ask(conn);
        let is_blocked = flow == Flow::Blocked && !awaits.room;
        let missed = conn.may_hear_missed_presence();
        let is_drained = self.is_draining() && conn.intake.borrow().in_flight() == 0;
        may_read || is_blocked || missed || is_drained || !conn.is_open()
    }
}

/// Who is to be flushed, each once.
#[derive(Debug, Default)]
struct Touched {
    /// Those who wait for an answer come first: in a large room the last of the others is told
    /// much later than the first.
    askers: Vec<Rc<Connection>>,
    others: Vec<Rc<Connection>>,
}

impl Touched {
    fn add(&mut self, conn: &Rc<Connection>) {
        if !conn.is_touched.replace(true) {
            self.others.push(Rc::clone(conn));
        }
    }

    fn hasten(&mut self, conn: Option<&Rc<Connection>>) {
        self.askers.extend(conn.cloned());
    }

    fn in_order(self) -> impl Iterator<Item = Rc<Connection>> {
        let all = self.askers.into_iter().chain(self.others);
        all.filter(|conn| conn.is_touched.replace(false))
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime::{Builder, LocalOptions};

    use super::super::tests::world;
    use super::*;

    #[test]
    fn whoever_waits_for_an_answer_is_flushed_first_and_everybody_once() {
        let mut runtime = Builder::new_current_thread();
        let runtime = runtime.enable_all().build_local(LocalOptions::default()).unwrap();
        runtime.block_on(async {
            let (shard, _inputs) = world::shard();
            let conns = [(); 3].map(|()| {
                let (opened, place) = world::opened(&shard);
                shard.welcome(opened, place)
            });
            let [ann, bob, cat] = &conns;
            let mut touched = Touched::default();
            for conn in [ann, bob, cat, bob] {
                touched.add(conn);
            }
            touched.hasten(Some(cat));
            touched.hasten(Some(cat));
            let order: Vec<ConnId> = touched.in_order().map(|conn| conn.id).collect();
            assert_eq!(order, [cat.id, ann.id, bob.id]);
        });
    }
}
