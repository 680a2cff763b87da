//! Who in this shard gets the events of which room, and from where on. Pure: says what to
//! send, and sends nothing.
//!
//! Every subscription has a cursor, the next seq to send. Events go out only if the first is
//! exactly that one; whoever misses one is behind, and reads on at their own pace. This is
//! the whole of resume, slow readers and races between subscribing and publishing.

use std::collections::VecDeque;

use parlor_proto::ids::{RoomId, Seq};

use self::room::{Pace, Room, Subscriber};
use super::serial_map::SerialMap;
use crate::chat::ConnId;
use crate::hub::run::Run;

mod room;

/// Reads of one connection that may be under way at once, each of another room.
const READS_PER_CONNECTION_MAX: u8 = 4;

#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    rooms: SerialMap<RoomId, Room>,
    followers: SerialMap<ConnId, Follower>,
}

/// A connection that is subscribed to something.
#[derive(Debug, Default)]
struct Follower {
    rooms: Vec<RoomId>,
    behind: VecDeque<RoomId>,
    reads: u8,
    /// The last read came to nothing: none is begun before the next pass.
    rests: bool,
}

/// The event that a connection needs next in a room where it is behind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Wanted {
    pub(super) room: RoomId,
    pub(super) next: Seq,
    pub(super) head: Seq,
    /// Whether a read may be begun for it.
    pub(super) may_read: bool,
}

/// What was done about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Served {
    /// The events from the one wanted to the last of a run are in the outbox.
    Sent { last: Seq },
    /// A read has begun.
    Reading,
    /// Neither; try another room.
    NotNow,
    /// No room is left in the outbox.
    Full,
}

impl Subscriptions {
    /// Begins a subscription, or begins it anew from another seq.
    pub(super) fn subscribe(&mut self, conn: ConnId, room: RoomId, next: Seq, head: Seq) {
        self.unsubscribe(conn, room);
        let pace = self.rooms.entry(room).or_default().add(conn, next, head);
        let follower = self.followers.entry(conn).or_default();
        follower.rooms.push(room);
        if pace == Pace::Behind {
            follower.behind.push_back(room);
        }
    }

    /// Nothing of the room goes to `conn` any more, nor what a reader finds for it.
    pub(super) fn unsubscribe(&mut self, conn: ConnId, room: RoomId) {
        let Some(follower) = self.followers.get_mut(&conn) else { return };
        follower.rooms.retain(|&other| other != room);
        follower.behind.retain(|&other| other != room);
        self.remove(conn, room);
    }

    /// The same for all rooms.
    pub(super) fn unsubscribe_all(&mut self, conn: ConnId) {
        let Some(follower) = self.followers.get_mut(&conn) else { return };
        follower.behind = VecDeque::new();
        for room in std::mem::take(&mut follower.rooms) {
            self.remove(conn, room);
        }
    }

    /// The connection is gone.
    pub(super) fn leave(&mut self, conn: ConnId) {
        self.unsubscribe_all(conn);
        self.followers.remove(&conn);
    }

    /// New events. `push` is called for each connection that is to get them, with those that
    /// it has not had, and says whether its outbox took them. Returns who has fallen behind by
    /// this.
    pub(super) fn publish(
        &mut self,
        room: RoomId,
        run: &Run,
        mut push: impl FnMut(ConnId, &Run) -> bool,
    ) -> Vec<ConnId> {
        let Some(known) = self.rooms.get_mut(&room) else { return Vec::new() };
        let late = known.publish(run, &mut push);
        for conn in &late {
            if let Some(follower) = self.followers.get_mut(conn) {
                follower.behind.push_back(room);
            }
        }
        late
    }

    pub(super) fn is_behind(&self, conn: ConnId) -> bool {
        self.followers.get(&conn).is_some_and(|follower| !follower.behind.is_empty())
    }

    /// How many connections are behind in some room.
    pub(super) fn count_behind(&self) -> usize {
        let is_behind = |follower: &&Follower| !follower.behind.is_empty() || follower.reads > 0;
        self.followers.values().filter(is_behind).count()
    }

    /// Goes once through the rooms in which `conn` is behind, as far as `serve` gets with each.
    pub(super) fn catch_up(&mut self, conn: ConnId, mut serve: impl FnMut(Wanted) -> Served) {
        let Some(follower) = self.followers.get_mut(&conn) else { return };
        for _ in 0..follower.behind.len() {
            let Some(room) = follower.behind.pop_front() else { break };
            let Some((head, subscriber)) = find(&mut self.rooms, conn, room) else { continue };
            while subscriber.next <= head && subscriber.pace == Pace::Behind {
                let next = subscriber.next;
                let may_read = !follower.rests && follower.reads < READS_PER_CONNECTION_MAX;
                match serve(Wanted { room, next, head, may_read }) {
                    Served::Sent { last } => subscriber.next = last.next(),
                    Served::Reading => {
                        subscriber.pace = Pace::Reading;
                        follower.reads += 1;
                    }
                    Served::NotNow => {
                        follower.behind.push_back(room);
                        break;
                    }
                    Served::Full => return follower.behind.push_front(room),
                }
            }
            if subscriber.next > head {
                subscriber.pace = Pace::Live;
            }
        }
        if follower.behind.is_empty() {
            follower.behind = VecDeque::new();
        }
    }

    /// What a reader has found. `push` says whether the outbox took it. Whatever is not
    /// exactly what this subscription needs next is dropped, so a read that was begun for an
    /// earlier subscription does no harm.
    pub(super) fn caught_up(
        &mut self,
        conn: ConnId,
        room: RoomId,
        run: Option<&Run>,
        push: impl FnOnce(&Run) -> bool,
    ) {
        let Some(follower) = self.followers.get_mut(&conn) else { return };
        follower.reads = follower.reads.saturating_sub(1);
        let Some((head, subscriber)) = find(&mut self.rooms, conn, room) else { return };
        if subscriber.pace != Pace::Reading {
            return;
        }
        match run.and_then(|run| run.from(subscriber.next)) {
            Some(needed) if push(&needed) => subscriber.next = needed.last().next(),
            Some(_) => {}
            None => follower.rests = true,
        }
        if subscriber.next > head {
            subscriber.pace = Pace::Live;
        } else {
            subscriber.pace = Pace::Behind;
            follower.behind.push_back(room);
        }
    }

    /// Readers were busy, or found nothing: no read is begun before the next pass.
    pub(super) fn rest(&mut self, conn: ConnId) {
        if let Some(follower) = self.followers.get_mut(&conn) {
            follower.rests = true;
        }
    }

    /// A second has passed: reads may be tried again. Returns who is behind.
    pub(super) fn wake_resting(&mut self) -> Vec<ConnId> {
        let mut behind = Vec::new();
        for (conn, follower) in &mut self.followers {
            follower.rests = false;
            if !follower.behind.is_empty() {
                behind.push(*conn);
            }
        }
        behind
    }

    /// Who is subscribed to any of these rooms, each once.
    pub(super) fn audience(&self, rooms: &[RoomId]) -> Vec<ConnId> {
        let known = rooms.iter().filter_map(|room| self.rooms.get(room));
        let mut audience: Vec<_> = known.flat_map(Room::subscribers).collect();
        audience.sort_unstable();
        audience.dedup();
        audience
    }

    /// Who needs an event of the room from before `first`.
    pub(super) fn needing_before(&self, room: RoomId, first: Seq) -> Vec<ConnId> {
        self.rooms.get(&room).map_or_else(Vec::new, |room| room.needing_before(first))
    }

    fn remove(&mut self, conn: ConnId, room: RoomId) {
        let Some(known) = self.rooms.get_mut(&room) else { return };
        known.remove(conn);
        if known.is_empty() {
            self.rooms.remove(&room);
        }
    }
}

fn find(
    rooms: &mut SerialMap<RoomId, Room>,
    conn: ConnId,
    room: RoomId,
) -> Option<(Seq, &mut Subscriber)> {
    let known = rooms.get_mut(&room)?;
    Some((known.head(), known.find(conn)?))
}

#[cfg(test)]
mod tests;
