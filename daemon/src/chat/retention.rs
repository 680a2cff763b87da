//! Old events go when their age is over, a few at a time. The newest of each room stays.
//!
//! The core says what is too old, the engine finds out up to which seq that is, and the core
//! decides. Nobody reads what is below a room's first event from then on.

use std::time::Duration;

use parlor_proto::ids::{RoomId, Seq};

use super::effects::{Change, Effects, Notice, RoomChange};
use super::input::{FoundMessage, Now, Stamp};
use super::reading;
use super::state::State;
use super::state::rooms::Room;

/// Rooms that are looked at in one go.
const ROOMS_MAX: usize = 16;

/// How often rooms are looked at, unless the age is very short.
const INTERVAL: Duration = Duration::from_secs(60);

const INTERVAL_MIN: Duration = Duration::from_millis(100);

/// Events of one room that go at once.
const EVENTS_MAX: u64 = 500;

/// A room whose oldest event is too old.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Overdue {
    pub(crate) room: RoomId,
    /// The event to keep, as the oldest, is one of these: the first that is not too old, or else
    /// the last.
    pub(crate) first: Seq,
    pub(crate) last: Seq,
    /// Whatever is older than this is too old.
    pub(crate) before: Stamp,
}

/// The oldest event of a room from here on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oldest {
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
    pub(crate) at: Stamp,
    /// Messages in the log before it.
    pub(crate) before: u64,
    /// Those that go now.
    pub(crate) messages: Vec<FoundMessage>,
}

/// What is to be looked up now.
pub(super) fn overdue(state: &State, now: Now) -> Vec<Overdue> {
    if state.storage_full {
        return Vec::new();
    }
    let due = |(id, room): (RoomId, &Room)| {
        let kept = kept(state, room)?;
        let before = Stamp(now.stamp.0.saturating_sub(Stamp::default().plus(kept).0));
        let last = Seq(room.first.0.saturating_add(EVENTS_MAX)).min(room.head);
        let is_due = room.first < room.head && room.first_at < before;
        is_due.then_some(Overdue { room: id, first: room.first, last, before })
    };
    state.rooms.iter().filter_map(due).take(ROOMS_MAX).collect()
}

/// How often to look.
pub(super) fn interval(state: &State) -> Duration {
    state.rules.retention.map_or(INTERVAL, |kept| INTERVAL.min(kept / 2)).max(INTERVAL_MIN)
}

/// How long the events of a room are kept: as its owner and the operator say, the shorter one.
fn kept(state: &State, room: &Room) -> Option<Duration> {
    let owners = Some(room.rules.retention).filter(|kept| !kept.is_zero());
    match (owners, state.rules.retention) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// What was looked up.
pub(super) fn trim(state: &mut State, found: &[Oldest], effects: &mut Effects) {
    for oldest in found {
        let Oldest { room: id, seq, at, before, messages } = oldest;
        let (id, seq) = (*id, *seq);
        let Some(room) = state.rooms.get_mut(id) else { continue };
        if state.storage_full || seq <= room.first || seq > room.head {
            continue;
        }
        let from = room.first;
        (room.first, room.first_at, room.gone) = (seq, *at, *before);
        reading::gone(state, id, messages, effects);
        // What an edit says stands in the log a second time.
        let edits = messages.iter().filter_map(|message| message.last_edit.map(|(edit, _)| edit));
        let edits: Vec<Seq> = edits.filter(|edit| *edit >= seq).collect();
        effects.notices.extend(edits.iter().map(|seq| Notice::Changed { room: id, seq: *seq }));
        let trimmed = RoomChange::Trimmed { room: id, from, first: seq, edits };
        effects.changes.push(Change::Room(trimmed));
        effects.notices.push(Notice::Trimmed { room: id, first: seq });
    }
}
