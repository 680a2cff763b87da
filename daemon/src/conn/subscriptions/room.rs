//! The subscribers of one room.

use parlor_proto::ids::Seq;

use crate::chat::ConnId;
use crate::hub::run::Run;

#[derive(Debug, Default)]
pub(super) struct Room {
    /// The newest event that this shard has heard of.
    head: Seq,
    /// In order of `conn`.
    subscribers: Vec<Subscriber>,
}

#[derive(Debug)]
pub(super) struct Subscriber {
    conn: ConnId,
    /// The cursor: the next event to send.
    pub(super) next: Seq,
    pub(super) pace: Pace,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Pace {
    /// `next` is after the head: events are pushed as they come.
    Live,
    /// Events from `next` on are to be found; the room stands in the follower's queue.
    Behind,
    /// A reader looks for them.
    Reading,
}

impl Room {
    pub(super) fn head(&self) -> Seq {
        self.head
    }

    pub(super) fn is_empty(&self) -> bool {
        self.subscribers.is_empty()
    }

    pub(super) fn subscribers(&self) -> impl Iterator<Item = ConnId> {
        self.subscribers.iter().map(|subscriber| subscriber.conn)
    }

    /// Whoever is that far behind.
    pub(super) fn needing_before(&self, first: Seq) -> Vec<ConnId> {
        let late = self.subscribers.iter().filter(|subscriber| subscriber.next < first);
        late.map(|subscriber| subscriber.conn).collect()
    }

    /// Adds somebody who is not in it.
    pub(super) fn add(&mut self, conn: ConnId, next: Seq, head: Seq) -> Pace {
        self.head = self.head.max(head);
        let pace = if next > self.head { Pace::Live } else { Pace::Behind };
        let at = self.subscribers.partition_point(|other| other.conn < conn);
        self.subscribers.insert(at, Subscriber { conn, next, pace });
        pace
    }

    pub(super) fn remove(&mut self, conn: ConnId) {
        if let Some(at) = self.place_of(conn) {
            self.subscribers.remove(at);
        }
    }

    pub(super) fn find(&mut self, conn: ConnId) -> Option<&mut Subscriber> {
        self.place_of(conn).and_then(|at| self.subscribers.get_mut(at))
    }

    /// The heart of it: everybody gets the events from exactly the next one on. Returns who
    /// has fallen behind by this.
    pub(super) fn publish(
        &mut self,
        run: &Run,
        mut push: impl FnMut(ConnId, &Run) -> bool,
    ) -> Vec<ConnId> {
        self.head = self.head.max(run.last());
        let mut late = Vec::new();
        for subscriber in &mut self.subscribers {
            if subscriber.pace != Pace::Live || run.last() < subscriber.next {
                continue;
            }
            match run.from(subscriber.next) {
                Some(events) if push(subscriber.conn, &events) => {
                    subscriber.next = run.last().next();
                }
                Some(_) | None => {
                    subscriber.pace = Pace::Behind;
                    late.push(subscriber.conn);
                }
            }
        }
        late
    }

    fn place_of(&self, conn: ConnId) -> Option<usize> {
        self.subscribers.binary_search_by_key(&conn, |other| other.conn).ok()
    }
}
