//! What this client wants to be told of, and how far it has been told: one cursor per room.

use std::collections::{BTreeMap, BTreeSet};

use super::Ticket;
use crate::client::{Event, SyncPlan};
use crate::ids::{Epoch, RequestId, RoomId, Seq};
use crate::limits::SYNC_ROOMS_MAX;
use crate::v1::{self, Cursor, RoomEvent, RoomState, SyncRequest, SyncResponse};

/// Rooms that one answer to sync may tell of, over all its frames.
const ROOMS_MAX: usize = 4_096;

/// The request for it on this connection.
#[derive(Debug)]
enum Asked {
    No,
    InFlight { id: RequestId, states: Vec<RoomState> },
    Answered,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Feed {
    plan: Option<Plan>,
    epoch: Option<Epoch>,
    /// The last event that was told of each room.
    cursors: BTreeMap<RoomId, Seq>,
    asked: Asked,
    /// Who waits for the answer. If nobody does, it is told as events.
    caller: Option<Ticket>,
    /// Rooms whose cursor did not fit into the request.
    left_out: BTreeSet<RoomId>,
}

#[derive(Debug)]
struct Plan {
    rooms: BTreeSet<RoomId>,
    presence: bool,
}

/// What an answer to sync leads to.
#[derive(Debug, PartialEq)]
pub(super) enum Synced {
    More,
    Answer(Ticket, Vec<RoomState>),
    Events(Vec<Event>),
}

/// The server did what the protocol does not allow.
pub(super) type Violation = String;

impl Feed {
    pub(super) fn new() -> Self {
        let (cursors, left_out) = Default::default();
        Self { plan: None, epoch: None, cursors, asked: Asked::No, caller: None, left_out }
    }

    /// A new wish takes the place of the old one. Answers with whoever waited for that.
    pub(super) fn wish(&mut self, caller: Ticket, plan: SyncPlan) -> Option<Ticket> {
        self.plan = Some(Plan { rooms: plan.rooms.into_iter().collect(), presence: plan.presence });
        self.epoch = plan.epoch;
        self.cursors = plan.cursors.into_iter().collect();
        self.asked = Asked::No;
        self.caller.replace(caller)
    }

    /// Whether a request must be sent on this connection.
    pub(super) fn is_due(&self) -> bool {
        self.plan.is_some() && matches!(self.asked, Asked::No)
    }

    /// Whether a request is in flight.
    pub(super) fn is_in_flight(&self) -> bool {
        matches!(self.asked, Asked::InFlight { .. })
    }

    /// Whether something is wanted that the server has not begun to tell on this connection.
    pub(super) fn is_unsettled(&self) -> bool {
        self.plan.is_some() && !matches!(self.asked, Asked::Answered)
    }

    /// The request; [`asked`](Self::asked) when it is sent.
    pub(super) fn request(&mut self, epoch_of_server: Epoch) -> SyncRequest {
        let (rooms, presence) = match &self.plan {
            Some(plan) => (plan.rooms.iter().map(|room| room.0).collect(), plan.presence),
            None => (Vec::new(), false),
        };
        let mut cursors = self.cursors.iter();
        let told = cursors.by_ref().take(SYNC_ROOMS_MAX);
        let told = told.map(|(room, seq)| Cursor { room_id: room.0, seq: seq.0 }).collect();
        self.left_out = cursors.map(|(room, _)| *room).collect();
        let epoch = self.epoch.unwrap_or(epoch_of_server).0;
        SyncRequest { epoch, cursors: told, presence, room_ids: rooms }
    }

    pub(super) fn asked(&mut self, id: RequestId) {
        self.asked = Asked::InFlight { id, states: Vec::new() };
    }

    pub(super) fn is_answer(&self, request: RequestId) -> bool {
        matches!(&self.asked, Asked::InFlight { id, .. } if *id == request)
    }

    /// The connection is lost: ask again on the next.
    pub(super) fn disconnected(&mut self) {
        self.asked = Asked::No;
    }

    /// Gives up the wish. Answers with whoever waited.
    pub(super) fn cancel(&mut self) -> Option<Ticket> {
        if self.caller.is_some() {
            self.plan = None;
            self.asked = Asked::No;
        }
        self.caller.take()
    }

    /// An answer to sync. Takes effect with its last frame, from which on events follow it.
    pub(super) fn synced(&mut self, answer: SyncResponse) -> Result<Synced, Violation> {
        let Asked::InFlight { states, .. } = &mut self.asked else { return Ok(Synced::More) };
        if states.len() + answer.rooms.len() > ROOMS_MAX {
            return Err(format!("more than {ROOMS_MAX} rooms in an answer to sync"));
        }
        // Before anything is taken over: a broken answer must not cost a cursor.
        for state in &answer.rooms {
            room_and_head(state)?;
        }
        states.extend(answer.rooms);
        if answer.more {
            return Ok(Synced::More);
        }
        let mut states = std::mem::take(states);
        self.asked = Asked::Answered;
        let epoch = Epoch(answer.epoch);
        let epoch_changed = self.epoch.is_some_and(|was| was != epoch);
        self.epoch = Some(epoch);
        let before = std::mem::take(&mut self.cursors);
        for state in &mut states {
            let (room, head) = room_and_head(state)?;
            // A reset that the server owes is told all the same: never a silent hole.
            let cursor = before.get(&room).copied();
            let is_void = epoch_changed
                || cursor > Some(head)
                || (self.left_out.contains(&room) && cursor != Some(head));
            state.reset |= cursor.is_some() && is_void;
            let last = if state.reset { head } else { cursor.unwrap_or(head) };
            self.cursors.insert(room, last);
        }
        Ok(match self.caller.take() {
            Some(caller) => Synced::Answer(caller, states),
            None => Synced::Events(changes(&before, states)),
        })
    }

    /// An event has come: `Some` if it is the next one, `None` if it has been before or was
    /// not asked for.
    pub(super) fn event(&mut self, event: RoomEvent) -> Result<Option<Event>, Violation> {
        let (room, seq) = (RoomId(event.room_id), Seq(event.seq));
        if !self.wants(room) {
            return Ok(None);
        }
        let Some(last) = self.cursors.get_mut(&room) else {
            return Err(format!("event {seq} of room {room}, which was not told before"));
        };
        if seq <= *last {
            return Ok(None);
        }
        if seq != last.next() {
            return Err(format!("event {seq} of room {room} came after {last}"));
        }
        *last = seq;
        Ok(Some(Event::Room(event)))
    }

    pub(super) fn added(&mut self, push: v1::RoomAdded) -> Result<Option<Event>, Violation> {
        let state = push.state.ok_or("a room without its state")?;
        let (room, head) = room_and_head(&state)?;
        if !self.wants(room) || self.cursors.contains_key(&room) {
            return Ok(None);
        }
        self.cursors.insert(room, head);
        Ok(Some(Event::RoomAdded(state)))
    }

    pub(super) fn removed(&mut self, push: v1::RoomRemoved) -> Option<Event> {
        if !self.wants(RoomId(push.room_id)) {
            return None;
        }
        self.cursors.remove(&RoomId(push.room_id)).map(|_| Event::RoomRemoved(push))
    }

    /// Until a new wish is answered, what comes belongs to the old one and will come again.
    fn wants(&self, room: RoomId) -> bool {
        if self.caller.is_some() {
            return false;
        }
        let Some(plan) = &self.plan else { return false };
        plan.rooms.is_empty() || plan.rooms.contains(&room)
    }
}

fn room_and_head(state: &RoomState) -> Result<(RoomId, Seq), Violation> {
    let room = state.room.as_ref().ok_or("a state without its room")?;
    Ok((RoomId(room.room_id), Seq(state.head_seq)))
}

/// What is different from before the connection was lost.
fn changes(before: &BTreeMap<RoomId, Seq>, states: Vec<RoomState>) -> Vec<Event> {
    let id_of = |state: &RoomState| RoomId(state.room.as_ref().map_or(0, |room| room.room_id));
    let now: BTreeSet<_> = states.iter().map(id_of).collect();
    let gone = before.keys().filter(|room| !now.contains(room));
    let cause = v1::RemovalCause::Unspecified.into();
    let removed = gone.map(|room| Event::RoomRemoved(v1::RoomRemoved { room_id: room.0, cause }));
    let mut events: Vec<_> = removed.collect();
    events.extend(states.into_iter().filter_map(|state| {
        match (before.contains_key(&id_of(&state)), state.reset) {
            (false, _) => Some(Event::RoomAdded(state)),
            (true, true) => Some(Event::Reset(state)),
            (true, false) => None,
        }
    }));
    events
}
