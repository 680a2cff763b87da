//! What is due when. One timer per connection, session or user, at most.

use parlor_proto::ids::{SessionId, UserId};

use crate::chat::input::{ConnId, Moment};
use crate::chat::ledger::Ledger;

/// What a moment is waited for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(in crate::chat) enum Timer {
    /// Ask when this connection was last heard.
    Conn(ConnId),
    /// End this session, which has no connection.
    Session(SessionId),
    /// Tell of this user's presence.
    Presence(UserId),
    /// Put on record how many sign-ins have failed.
    Failures,
    /// This user's status has expired.
    Status(UserId),
}

/// All timers, the next one first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::chat) struct Timers(Ledger<(Moment, Timer), ()>);

impl Timers {
    /// Moves a timer: `slot` is where its owner keeps the moment.
    pub(in crate::chat) fn set(
        &mut self,
        timer: Timer,
        slot: &mut Option<Moment>,
        at: Option<Moment>,
    ) {
        if let Some(before) = slot.take() {
            self.0.remove(&(before, timer));
        }
        if let Some(at) = at {
            self.0.insert((at, timer), ());
        }
        *slot = at;
    }

    pub(in crate::chat) fn next(&self) -> Option<Moment> {
        self.0.first().map(|((at, _), ())| *at)
    }

    /// Takes out the next one that is due.
    pub(in crate::chat) fn pop(&mut self, now: Moment) -> Option<Timer> {
        let (at, timer) = self.0.first().map(|(key, ())| *key)?;
        if at > now {
            return None;
        }
        self.0.remove(&(at, timer));
        Some(timer)
    }

    #[cfg(test)]
    pub(in crate::chat) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn keep(&mut self) {
        self.0.keep();
    }

    pub(super) fn undo(&mut self) {
        self.0.undo();
    }
}
