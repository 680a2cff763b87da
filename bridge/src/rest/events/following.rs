//! One stream while somebody reads it: what the SDK tells becomes text, one event after the other.

use std::time::Duration;

use axum::body::Bytes;
use futures_util::FutureExt as _;
use parlor_proto::client::{Event, SyncPlan};
use parlor_proto::ids::{Epoch, RoomId, Seq};
use parlor_proto::limits::SYNC_ROOMS_MAX;
use parlor_proto::rest::{
    EpochText, Id, Invitation, MarkerMoved, Ready, RemovalCause, RoomEvent, RoomRemoved, RoomState,
    Uninvited,
};
use parlor_proto::v1;
use serde::Serialize;
use tokio::time::sleep;

use super::cursors::Cursors;
use crate::drain::Draining;
use crate::rest::pool::Stream;
use crate::rest::problem::Refused;

/// A sign of life when nothing happens, so that proxies keep the connection.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);

/// What waits to be read at once, beyond one event.
const PIECE_BYTES_AIM: usize = 16 * 1024;

/// How soon a reader whose connection breaks should come back.
const RETRY: &str = "retry: 1000\n";

/// See the module.
pub(super) struct Following {
    stream: Stream,
    draining: Draining,
    cursors: Cursors,
    /// What was told at the beginning.
    first: Option<String>,
    has_ended: bool,
}

impl Following {
    pub(super) async fn begin(
        stream: Stream,
        rooms: Vec<RoomId>,
        last: Option<Cursors>,
        draining: Draining,
    ) -> Result<Self, Refused> {
        let wanted = |room: &RoomId| rooms.is_empty() || rooms.contains(room);
        let before = last.map(|mut last| {
            last.places.retain(|room, _| wanted(room));
            last
        });
        let plan = SyncPlan {
            cursors: before.iter().flat_map(|last| last.places.clone()).collect(),
            rooms: rooms.clone(),
            presence: false,
            epoch: before.as_ref().map(|last| last.epoch),
        };
        let (epoch, states) = stream.sync(plan).await?;
        if states.len() > SYNC_ROOMS_MAX {
            let why = format!("a stream follows at most {SYNC_ROOMS_MAX} rooms: name them");
            return Err(Refused::field("room", why));
        }
        let cursors = Cursors { epoch, places: Default::default() };
        let mut this = Self { stream, draining, cursors, first: None, has_ended: false };
        this.first = Some(this.introduce(before, states));
        Ok(this)
    }

    /// The next piece of the stream; `None` once it is over.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first.into());
        }
        if self.has_ended {
            return None;
        }
        let mut piece = String::new();
        tokio::select! {
            biased;
            () = self.draining.begun() => return None,
            event = self.stream.next_event() => self.tell(&mut piece, event?),
            () = sleep(HEARTBEAT_INTERVAL) => piece.push_str(":\n\n"),
        }
        while piece.len() < PIECE_BYTES_AIM
            && let Some(Some(event)) = self.stream.next_event().now_or_never()
        {
            self.tell(&mut piece, event);
        }
        // What is of no interest here leaves nothing; a comment does no harm.
        if piece.is_empty() {
            piece.push_str(":\n\n");
        }
        Some(piece.into())
    }

    /// How things are, and what has changed since the last time apart from what follows anyway.
    /// Who is cut in the middle comes back with an id that the rest is not in yet.
    fn introduce(&mut self, before: Option<Cursors>, states: Vec<v1::RoomState>) -> String {
        let known = before.as_ref().map(|last| &last.places);
        let mut now = self.cursors.clone();
        for state in &states {
            let (room, head) = (room_of(state), Seq(state.head_seq));
            let cursor = known.and_then(|known| known.get(&room)).copied();
            let last = if state.reset { head } else { cursor.unwrap_or(head) };
            now.places.insert(room, last);
        }
        let gone = known.into_iter().flat_map(|known| known.keys());
        let gone: Vec<_> = gone.filter(|room| !now.places.contains_key(room)).copied().collect();
        let is_new =
            |state: &v1::RoomState| known.is_some_and(|known| !known.contains_key(&room_of(state)));
        let changed = states.iter().filter(|state| state.reset || is_new(state)).cloned();
        let (resets, added): (Vec<_>, Vec<_>) = changed.partition(|state| state.reset);
        let epoch = EpochText(now.epoch.0);
        let rooms = states.into_iter().map(RoomState::from).collect();
        self.cursors = before.unwrap_or_else(|| now.clone());
        let mut text = RETRY.to_owned();
        self.write(&mut text, "ready", &Ready { epoch, rooms });
        for room in gone {
            self.cursors.places.remove(&room);
            let removed = RoomRemoved { room_id: Id(room.0), cause: RemovalCause::Unspecified };
            self.write(&mut text, "room_removed", &removed);
        }
        for state in added {
            self.cursors.places.insert(room_of(&state), Seq(state.head_seq));
            self.write(&mut text, "room_added", &RoomState::from(state));
        }
        for state in resets {
            self.cursors.reset(now.epoch, room_of(&state), Seq(state.head_seq));
            self.write(&mut text, "reset", &RoomState::from(state));
        }
        self.cursors = now;
        text
    }

    fn tell(&mut self, text: &mut String, event: Event) {
        match event {
            Event::Room(event) => {
                self.cursors.places.insert(RoomId(event.room_id), Seq(event.seq));
                self.write(text, "room_event", &RoomEvent::from(event));
            }
            Event::Reset(state) => {
                let epoch = Epoch(self.stream.hello().epoch);
                self.cursors.reset(epoch, room_of(&state), Seq(state.head_seq));
                self.write(text, "reset", &RoomState::from(state));
            }
            // One more than a stream follows: whoever comes back is told to name rooms.
            Event::RoomAdded(_) if self.cursors.places.len() >= SYNC_ROOMS_MAX => {
                self.has_ended = true;
            }
            Event::RoomAdded(state) => {
                self.cursors.places.insert(room_of(&state), Seq(state.head_seq));
                self.write(text, "room_added", &RoomState::from(state));
            }
            Event::RoomRemoved(removed) => {
                self.cursors.places.remove(&RoomId(removed.room_id));
                self.write(text, "room_removed", &RoomRemoved::from(removed));
            }
            Event::Invited(invitation) => {
                self.write(text, "invited", &Invitation::from(invitation));
            }
            Event::Uninvited(room) => {
                self.write(text, "uninvited", &Uninvited { room_id: Id(room.0) });
            }
            Event::ReadMarker(marker) => {
                self.write(text, "read_marker", &MarkerMoved::from(marker));
            }
            Event::Offline { .. } => text.push_str(": the server is away\n\n"),
            Event::Online { .. } => text.push_str(": the server is back\n\n"),
            Event::SignedOut(error) | Event::Ended(error) => {
                self.has_ended = true;
                self.write(text, "end", Refused::from(error).problem());
            }
            // States, not events: ask for them.
            Event::Presence(_)
            | Event::Typist(_)
            | Event::UserChanged(_)
            | Event::PreferencesChanged(_) => {}
        }
    }

    fn write(&self, text: &mut String, name: &str, data: &impl Serialize) {
        // Resources are text and numbers, and always have a form.
        let data = serde_json::to_string(data).unwrap_or_default();
        let id = self.cursors.id();
        text.extend(["id: ", &id, "\nevent: ", name, "\ndata: ", &data, "\n\n"]);
    }
}

fn room_of(state: &v1::RoomState) -> RoomId {
    RoomId(state.room.as_ref().map_or(0, |room| room.room_id))
}
