//! What the engine counts: once per batch, and once per request of it.

use std::time::Duration;

use crate::chat::{Input, Verb};
use crate::tally::{Count, Counts, Histogram, Level, micros};

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
    /// By [`Verb::place`].
    pub(crate) requests: Counts<{ Verb::ALL.len() }>,
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
                self.requests.add(request.verb().place());
            }
        }
    }
}
