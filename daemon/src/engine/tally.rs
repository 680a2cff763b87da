//! What the engine counts: once per batch, and once per request of it.

use std::time::Duration;

use crate::chat::{Input, Request};
use crate::tally::{Count, Counts, Histogram, Level, micros};

/// What can be asked of the engine, as the protocol calls it.
pub(crate) const VERBS: [&str; 13] = [
    "register",
    "login",
    "resume",
    "logout",
    "get_users",
    "sync",
    "create_room",
    "join_room",
    "leave_room",
    "list_rooms",
    "list_members",
    "send",
    "history",
];

/// What the engine and its password threads have done.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Inputs per batch.
    pub(crate) batches: Histogram,
    /// Microseconds in which the engine's thread did not wait for inputs.
    pub(crate) busy: Count,
    /// Microseconds of each commit, fsync included.
    pub(crate) commits: Histogram,
    pub(crate) events: Count,
    /// By their place in [`VERBS`].
    pub(crate) requests: Counts<{ VERBS.len() }>,
    pub(crate) sessions: Level,
    /// 1 while nothing can be written.
    pub(crate) storage_full: Level,
    pub(crate) passwords_waiting: Level,
    /// Microseconds of each password.
    pub(crate) passwords: Histogram,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            batches: Histogram::sizes(),
            busy: Count::default(),
            commits: Histogram::times(),
            events: Count::default(),
            requests: Counts::default(),
            sessions: Level::default(),
            storage_full: Level::default(),
            passwords_waiting: Level::default(),
            passwords: Histogram::times(),
        }
    }
}

impl Tally {
    pub(super) fn batch(&self, inputs: &[Input], took: Duration) {
        self.busy.add(micros(took));
        if inputs.is_empty() {
            return;
        }
        self.batches.observe(u64::try_from(inputs.len()).unwrap_or(u64::MAX));
        for input in inputs {
            if let Input::Asked { request, .. } = input {
                self.requests.add(place(request));
            }
        }
    }
}

fn place(request: &Request) -> usize {
    match request {
        Request::Register { .. } => 0,
        Request::Login { .. } => 1,
        Request::Resume { .. } => 2,
        Request::Logout => 3,
        Request::GetUsers { .. } => 4,
        Request::Sync(_) => 5,
        Request::CreateRoom { .. } => 6,
        Request::JoinRoom { .. } => 7,
        Request::LeaveRoom { .. } => 8,
        Request::ListRooms { .. } => 9,
        Request::ListMembers { .. } => 10,
        Request::Send { .. } => 11,
        Request::History { .. } => 12,
    }
}
