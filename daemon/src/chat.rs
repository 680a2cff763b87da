//! The chat server as a pure state machine: an input goes in, effects come out.
//!
//! Nothing in this folder blocks, fails, reads a clock, draws a random number or knows that
//! there is a network. The same inputs always have the same effects.

mod input;

mod audit;
mod authorize;
mod collection;
mod failures;
mod guesses;
mod ledger;
mod liveness;
mod mentions;
mod ops;
mod permissions;
mod presence;
mod reading;
mod retention;
mod rules;
mod search;
mod state;
mod status;

mod effects;
mod snapshot;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use self::audit::Deed;
pub(crate) use self::collection::COLLECTED_MAX;
pub(crate) use self::effects::*;
pub(crate) use self::input::*;
pub(crate) use self::retention::{Oldest, Overdue};
pub(crate) use self::rules::{Bucket, InvitesBy, Rate, Registration, Rules, UNREAD_ROOMS_MAX};
pub(crate) use self::search::*;
pub(crate) use self::snapshot::*;

use std::collections::BTreeSet;
use std::time::Duration;

use parlor_proto::ids::{RoomId, Seq, UserId};

use self::authorize::authorize;
use self::state::State;

/// The core.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chat {
    state: State,
}

impl Chat {
    /// Goes on where the store says that the last one stopped.
    pub(crate) fn new(now: Now, rules: Rules, snapshot: Snapshot) -> Self {
        let mut state = State::new(rules, snapshot);
        liveness::restart(&mut state, now);
        state.files.hear_all(now.stamp);
        state.keep();
        Self { state }
    }

    /// The only way in. Appends to `effects` what must now happen outside.
    pub(crate) fn step(&mut self, now: Now, input: Input, effects: &mut Effects) {
        let state = &mut self.state;
        match input {
            Input::Asked { conn, id, request, found } => {
                match authorize(state, now, (conn, id), request, found) {
                    Ok(command) => ops::run(state, now, command, effects),
                    Err(denial) => ops::answer(effects, conn, id, Answer::Denied(denial)),
                }
            }
            Input::PasswordHashed { conn, outcome, token, invite } => {
                ops::account::hashed(state, now, (conn, token), (outcome, &invite), effects);
            }
            Input::PasswordChecked { conn, outcome, token } => {
                ops::account::checked(state, now, (conn, token), outcome, effects);
            }
            Input::Heard { conn, at } => liveness::heard(state, now, conn, at, effects),
            Input::Activity { conn, active } => {
                liveness::activity(state, now, conn, active, effects);
            }
            Input::PresenceMissed { conn, from } => {
                ops::sync::introduce_again(state, conn, from, effects);
            }
            Input::Closed { conn, heard, ending } => {
                liveness::closed(state, now, conn, (heard, ending), effects);
            }
            Input::Aged { found } => retention::trim(state, &found, effects),
            Input::ContentChecked { conn, id, upload, content } => {
                ops::file::checked(state, now, (conn, id), (upload, content), effects);
            }
            Input::Collect { found } => collection::collect(state, now, &found, effects),
            Input::Storage { full } => liveness::storage(state, full, effects),
            Input::Controlled(control) => {
                ops::admin::control::run(state, now, &control, effects);
            }
            Input::Reloaded => ops::admin::reloaded(state, now, effects),
            Input::Tick => liveness::tick(state, now, effects),
        }
    }

    /// When [`Input::Tick`] is next due, if ever.
    pub(crate) fn deadline(&self) -> Option<Moment> {
        self.state.timers.next()
    }

    /// Who is signed in on a connection.
    pub(crate) fn user_of(&self, conn: ConnId) -> Option<UserId> {
        self.state.conns.get(conn).map(|conn| conn.user)
    }

    /// Which rooms have events that are too old.
    pub(crate) fn overdue(&self, now: Now) -> Vec<Overdue> {
        retention::overdue(&self.state, now)
    }

    /// How soon to look again, if there are none.
    pub(crate) fn retention_interval(&self) -> Duration {
        retention::interval(&self.state)
    }

    /// Files that are in no message go if they came before this; `None`: nothing goes now.
    pub(crate) fn collects_before(&self, now: Now) -> Option<Stamp> {
        collection::before(&self.state, now)
    }

    /// Whether there are uploads to be forgotten.
    pub(crate) fn has_silent_uploads(&self, now: Now) -> bool {
        collection::has_silent_uploads(&self.state, now)
    }

    /// What the user of a connection may read, in order of rooms.
    pub(crate) fn readable(&self, conn: ConnId) -> Vec<Span> {
        self.user_of(conn).map_or_else(Vec::new, |user| authorize::spans_of(&self.state, user))
    }

    /// Whether the user of a connection manages the server.
    pub(crate) fn is_admin(&self, conn: ConnId) -> bool {
        self.user_of(conn).is_some_and(|user| self.state.is_admin(user))
    }

    /// Whether the user of a connection is in a room.
    pub(crate) fn is_member(&self, conn: ConnId, room: RoomId) -> bool {
        self.user_of(conn).is_some_and(|user| self.state.rooms.member(room, user).is_some())
    }

    /// How far the user of a connection has read in a room, if to mark it read up to `seq` needs
    /// more than that to be known.
    pub(crate) fn reading(
        &self,
        now: Now,
        conn: ConnId,
        (room, seq): (RoomId, Seq),
    ) -> Option<Reading> {
        let user = self.user_of(conn)?;
        let reading = self.state.rooms.member(room, user)?.reading;
        let is_inside = reading.seq < seq && seq < self.state.rooms.get(room)?.head;
        (is_inside && authorize::may_mark(&self.state, now, conn)).then_some(reading)
    }

    /// A message to people who have a room of their own goes to that room.
    pub(crate) fn resolve(&self, conn: ConnId, request: &mut Request) {
        let Request::Message(MessageRequest::SendDirect { others, id, said }) = request else {
            return;
        };
        let Some(user) = self.user_of(conn) else { return };
        let people: BTreeSet<UserId> = others.iter().copied().chain([user]).collect();
        let people: Vec<UserId> = people.into_iter().collect();
        if let Some(room) = self.state.rooms.direct(&people) {
            let (id, said) = (*id, std::mem::take(said));
            *request = Request::Message(MessageRequest::Send { room, id, said });
        }
    }

    /// How many sessions are live.
    pub(crate) fn sessions(&self) -> usize {
        self.state.sessions.len()
    }

    /// All that was decided since the last time is remembered.
    pub(crate) fn keep(&mut self) {
        self.state.keep();
    }

    /// Nothing that was decided since then has happened: the store could not remember it.
    pub(crate) fn undo(&mut self) {
        self.state.undo();
    }

    /// For comparing: whether the store is full is known apart from what it could remember.
    #[cfg(test)]
    fn without_storage_flag(&self) -> Self {
        let mut same = self.clone();
        same.state.storage_full = false;
        same
    }
}
