//! The connections of one token that nobody uses at the moment, and how many may be in use.

use std::sync::Arc;

use parlor_proto::client::{Client, Token};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::rest::Limits;

/// See the module.
#[derive(Debug)]
pub(super) struct Desk {
    turns: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    /// The last one was used last.
    idle: Vec<Idle>,
    /// Of a bot's token: the session that it has opened.
    session: Option<Token>,
}

/// A connection that nobody uses.
#[derive(Debug)]
pub(super) struct Idle {
    pub(super) client: Client,
    pub(super) place: OwnedSemaphorePermit,
    pub(super) since: Instant,
    /// A bot's: its session was opened for it, and ends with its last connection.
    pub(super) is_bot: bool,
    pub(super) is_last: bool,
}

impl Desk {
    pub(super) fn new(limits: &Limits) -> Self {
        let turns = Arc::new(Semaphore::new(limits.calls_per_token_max));
        let streams = Arc::new(Semaphore::new(limits.streams_per_token_max));
        Self { turns, streams, idle: Vec::new(), session: None }
    }

    pub(super) fn streams(&self) -> Arc<Semaphore> {
        Arc::clone(&self.streams)
    }

    pub(super) fn turns(&self) -> Arc<Semaphore> {
        Arc::clone(&self.turns)
    }

    pub(super) fn session(&self) -> Option<Token> {
        self.session.clone()
    }

    /// The one that was used last, if it has not ended meanwhile.
    pub(super) fn take(&mut self) -> Option<Idle> {
        while let Some(idle) = self.idle.pop() {
            if is_usable(&idle.client) {
                return Some(idle);
            }
        }
        None
    }

    /// At most as many as there are turns.
    pub(super) fn put(&mut self, idle: Idle) {
        if idle.is_bot {
            self.session = idle.client.account().map(|account| account.token);
        }
        self.idle.push(idle);
    }

    pub(super) fn expired(&mut self, until: Instant) -> Vec<Idle> {
        let old = self.idle.iter().take_while(|idle| idle.since <= until).count();
        let mut expired: Vec<_> = self.idle.drain(..old).collect();
        if self.idle.is_empty() && self.is_unused() {
            if let Some(last) = expired.last_mut() {
                last.is_last = true;
            }
            self.session = None;
        }
        expired
    }

    pub(super) fn unused_since(&self) -> Option<Instant> {
        self.idle.first().map(|idle| idle.since)
    }

    pub(super) fn oldest(&mut self) -> Option<Idle> {
        if self.idle.is_empty() {
            return None;
        }
        Some(self.idle.remove(0))
    }

    /// Nobody is here, and nothing is kept.
    pub(super) fn is_deserted(&self) -> bool {
        self.idle.is_empty() && self.is_unused() && Arc::strong_count(&self.streams) == 1
    }

    fn is_unused(&self) -> bool {
        // Who waits for a turn or has one holds the semaphore.
        Arc::strong_count(&self.turns) == 1
    }
}

/// Somebody is signed in, and the connection stands as far as anybody knows.
pub(super) fn is_usable(client: &Client) -> bool {
    client.account().is_some() && !client.has_ended()
}

impl Idle {
    pub(super) async fn close(self) {
        if self.is_bot && self.is_last {
            // If it is not heard, the session ends by its timeout.
            drop(self.client.log_out(true).await);
        }
        self.client.close().await;
        drop(self.place);
    }
}
