//! Whether the connection is alive: keepalives out, any frame in. Sends nothing itself.

use std::time::{Duration, Instant};

use super::backoff::Backoff;
use crate::limits::KEEP_ALIVE_INTERVAL;
use crate::v1::KeepAlivePolicy;

/// A keepalive that nothing follows for this long means that the connection is dead.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(10);

// What a server may ask for; 0 means that it did not say.
const INTERVAL_MIN: Duration = Duration::from_millis(50);
const INTERVAL_MAX: Duration = Duration::from_secs(600);

/// The deadlines of one connection.
#[derive(Debug)]
pub(super) struct Liveness {
    interval: Duration,
    /// When to send a keepalive unless something else is sent before.
    due_at: Instant,
    /// The first keepalive comes at a random time, whatever is sent before, so that clients
    /// who came together do not keep their step.
    is_first: bool,
    /// A keepalive wants to be sent.
    is_due: bool,
    last_heard: Instant,
    /// If nothing is heard until then, the connection is dead.
    dead_at: Option<Instant>,
}

impl Liveness {
    pub(super) fn new(now: Instant, policy: Option<&KeepAlivePolicy>, dice: &mut Backoff) -> Self {
        let interval = match policy.map_or(0, |policy| policy.interval_ms) {
            0 => KEEP_ALIVE_INTERVAL,
            ms => Duration::from_millis(ms.into()).clamp(INTERVAL_MIN, INTERVAL_MAX),
        };
        let due_at = now + dice.between(interval / 2, interval);
        Self { interval, due_at, is_first: true, is_due: false, last_heard: now, dead_at: None }
    }

    /// A frame has come.
    pub(super) fn heard(&mut self, now: Instant) {
        self.last_heard = now;
        self.dead_at = None;
    }

    /// A frame is on its way.
    pub(super) fn sent(&mut self, now: Instant) {
        if !self.is_first {
            self.due_at = now + self.interval;
        }
    }

    /// A keepalive shall be sent at once. Asked any number of times, it is one.
    pub(super) fn demand(&mut self) {
        self.is_due = true;
    }

    /// Whether a keepalive shall be sent now; the answer is given once.
    pub(super) fn take_due(&mut self) -> bool {
        std::mem::take(&mut self.is_due)
    }

    /// Reading goes on after it was paused, which is no fault of the server.
    pub(super) fn reading_again(&mut self, now: Instant) {
        self.last_heard = now;
        self.dead_at = self.dead_at.map(|_| now + ANSWER_WITHIN);
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do. While nothing is
    /// read, nothing can be heard either, and nobody is declared dead.
    pub(super) fn timeout(&self, is_reading: bool) -> Instant {
        match (is_reading, self.dead_at) {
            (true, Some(dead_at)) => self.due_at.min(dead_at),
            (true, None) => self.due_at.min(self.last_heard + self.interval),
            (false, _) => self.due_at,
        }
    }

    /// Answers whether the connection is still believed to be alive.
    #[must_use]
    pub(super) fn handle_timeout(&mut self, now: Instant, is_reading: bool) -> bool {
        if is_reading && self.dead_at.is_some_and(|dead_at| dead_at <= now) {
            return false;
        }
        let is_silent = self.dead_at.is_none() && self.last_heard + self.interval <= now;
        if self.due_at <= now || (is_reading && is_silent) {
            self.is_due = true;
            self.is_first = false;
            self.due_at = now + self.interval;
            self.dead_at.get_or_insert(now + ANSWER_WITHIN);
        }
        true
    }
}
