//! Subscriptions, a ring and outboxes that take everything or nothing; and the language of the
//! scripts.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use bytes::Buf as _;
use parlor_proto::ids::{RoomId, Seq};

use crate::chat::ConnId;
use crate::conn::subscriptions::{Served, Subscriptions, Wanted};
use crate::hub::run::Run;

/// Who is meant by a name in a script.
const NAMES: [&str; 3] = ["ann", "bob", "eve"];

#[derive(Default)]
pub(super) struct World {
    pub(super) subscriptions: Subscriptions,
    /// Outboxes that take nothing.
    full: BTreeSet<ConnId>,
    /// What the ring remembers.
    ring: BTreeSet<(RoomId, Seq)>,
    ring_is_off: bool,
    readers_are_busy: bool,
    pub(super) out: Vec<String>,
}

pub(super) fn conn(name: &str) -> ConnId {
    let serial = NAMES.iter().position(|known| *known == name).expect("a known name");
    ConnId::new(serial as u64, 0)
}

fn name(conn: ConnId) -> &'static str {
    NAMES[usize::try_from(conn.0 >> 8).unwrap()]
}

fn number(text: &str) -> u64 {
    text.trim_start_matches('#').parse().expect("a number")
}

impl World {
    pub(super) fn run(&mut self, line: &str) {
        let words: Vec<_> = line.split_whitespace().collect();
        match *words {
            [who, "from", next, "in", room, "head", head] => {
                let (room, next, head) = (RoomId(number(room)), number(next), number(head));
                self.subscriptions.subscribe(conn(who), room, Seq(next), Seq(head));
                self.catch_up(conn(who));
            }
            ["event", seq, "in", room] => {
                self.publish(RoomId(number(room)), number(seq)..=number(seq));
            }
            ["events", first, "to", last, "in", room] => {
                self.publish(RoomId(number(room)), number(first)..=number(last));
            }
            [who, "unsubscribes", room] => {
                self.subscriptions.unsubscribe(conn(who), RoomId(number(room)));
            }
            [who, "syncs"] => self.subscriptions.unsubscribe_all(conn(who)),
            [who, "leaves"] => self.subscriptions.leave(conn(who)),
            [who, "is", "full"] => assert!(self.full.insert(conn(who))),
            [who, "drains"] => {
                assert!(self.full.remove(&conn(who)));
                self.catch_up(conn(who));
            }
            ["ring", "off"] => self.ring_is_off = true,
            ["readers", "busy"] => self.readers_are_busy = true,
            ["readers", "free"] => self.readers_are_busy = false,
            ["a", "second", "passes"] => {
                for conn in self.subscriptions.wake_resting() {
                    self.catch_up(conn);
                }
            }
            ["found", "for", who, "in", room, first, "to", last] => {
                self.found(conn(who), RoomId(number(room)), number(first)..=number(last));
            }
            ["found", "nothing", "for", who, "in", room] => {
                #[expect(clippy::reversed_empty_ranges, reason = "nothing is meant")]
                self.found(conn(who), RoomId(number(room)), 1..=0);
            }
            _ => panic!("not understood: {line}"),
        }
    }

    fn publish(&mut self, room: RoomId, seqs: RangeInclusive<u64>) {
        if !self.ring_is_off {
            self.ring.extend(seqs.clone().map(|seq| (room, Seq(seq))));
        }
        let Self { subscriptions, full, out, .. } = self;
        let run = run(seqs).expect("an event");
        let late = subscriptions.publish(room, &run, |conn, events| {
            let takes = !full.contains(&conn);
            if takes {
                tell(out, conn, room, events.bytes());
            }
            takes
        });
        for conn in late {
            self.catch_up(conn);
        }
    }

    fn catch_up(&mut self, conn: ConnId) {
        let Self { subscriptions, full, ring, readers_are_busy, out, .. } = self;
        let mut busy = false;
        subscriptions.catch_up(conn, |wanted| {
            let Wanted { room, next, head, may_read } = wanted;
            if full.contains(&conn) {
                Served::Full
            } else if ring.contains(&(room, next)) {
                out.push(format!("{} < {next} in #{room}", name(conn)));
                Served::Sent { last: next }
            } else if may_read && !*readers_are_busy {
                out.push(format!("read for {} in #{room}: {next} to {head}", name(conn)));
                Served::Reading
            } else {
                busy |= may_read;
                Served::NotNow
            }
        });
        if busy {
            out.push(format!("{} rests", name(conn)));
            subscriptions.rest(conn);
        }
    }

    fn found(&mut self, conn: ConnId, room: RoomId, seqs: RangeInclusive<u64>) {
        let Self { subscriptions, full, out, .. } = self;
        subscriptions.caught_up(conn, room, run(seqs).as_ref(), |events| {
            let takes = !full.contains(&conn);
            if takes {
                tell(out, conn, room, events.bytes());
            }
            takes
        });
        self.catch_up(conn);
    }
}

/// Events whose text is their seq.
fn run(seqs: RangeInclusive<u64>) -> Option<Run> {
    let frame = |seq: u64| [&8_u32.to_be_bytes()[..], &seq.to_be_bytes()].concat();
    let bytes: Vec<u8> = seqs.clone().flat_map(frame).collect();
    let (first, last) = seqs.into_inner();
    (!bytes.is_empty()).then(|| Run::of_frames(Seq(first), Seq(last), bytes.into()))
}

fn tell(out: &mut Vec<String>, conn: ConnId, room: RoomId, events: &[u8]) {
    for mut event in events.chunks(12).map(|frame| &frame[4..]) {
        out.push(format!("{} < {} in #{room}", name(conn), event.get_u64()));
    }
}
