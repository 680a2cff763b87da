//! The connections of one token that nobody uses at the moment, and how many may be in use. Of a
//! bot's token also the session that it has opened, for as long as that may go on.

use std::sync::Arc;

use parlor_proto::client::{Client, Token};
use parlor_proto::limits::SESSION_TIMEOUT_VISITOR;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::rest::Limits;

/// See the module.
#[derive(Debug)]
pub(super) struct Desk {
    turns: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    transfers: Arc<Semaphore>,
    /// The last one was used last.
    idle: Vec<Idle>,
    /// Of a bot's token: the session that it has opened, and when that was used last. Whoever calls
    /// every few minutes is signed in once, and not each time.
    session: Option<(Token, Instant)>,
}

/// A connection that nobody uses.
#[derive(Debug)]
pub(super) struct Idle {
    pub(super) client: Client,
    pub(super) place: OwnedSemaphorePermit,
    pub(super) since: Instant,
    /// A bot's: its session was opened for it.
    pub(super) is_bot: bool,
    /// With it ends the session that was opened for it.
    pub(super) is_last: bool,
}

impl Desk {
    pub(super) fn new(limits: &Limits) -> Self {
        let turns = Arc::new(Semaphore::new(limits.calls_per_token_max));
        let streams = Arc::new(Semaphore::new(limits.streams_per_token_max));
        let transfers = Arc::new(Semaphore::new(limits.transfers_per_token_max()));
        Self { turns, streams, transfers, idle: Vec::new(), session: None }
    }

    pub(super) fn transfers(&self) -> Arc<Semaphore> {
        Arc::clone(&self.transfers)
    }

    /// How many connections are unused.
    pub(super) fn idle(&self) -> usize {
        self.idle.len()
    }

    pub(super) fn streams(&self) -> Arc<Semaphore> {
        Arc::clone(&self.streams)
    }

    pub(super) fn turns(&self) -> Arc<Semaphore> {
        Arc::clone(&self.turns)
    }

    pub(super) fn session(&self) -> Option<Token> {
        self.session.as_ref().map(|(token, _)| token.clone())
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
        self.remember(&idle);
        self.idle.push(idle);
    }

    /// The session of a connection that goes, or is kept, is good for the next one.
    pub(super) fn remember(&mut self, idle: &Idle) {
        if idle.is_bot {
            self.session = idle.client.account().map(|account| (account.token, idle.since));
        }
    }

    /// What is unused since then.
    pub(super) fn expired(&mut self, until: Instant) -> Vec<Idle> {
        let old = self.idle.iter().take_while(|idle| idle.since <= until).count();
        self.idle.drain(..old).collect()
    }

    /// Everything, and nobody comes back for it.
    pub(super) fn clear(&mut self) -> Vec<Idle> {
        let mut all = std::mem::take(&mut self.idle);
        if self.is_unused()
            && let Some(last) = all.last_mut()
        {
            last.is_last = true;
        }
        self.session = None;
        all
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

    /// Nobody is here, and nothing is kept that is good for anything.
    pub(super) fn is_deserted(&self, now: Instant) -> bool {
        self.is_asleep()
            && self.session_used().is_none_or(|used| now >= used + SESSION_TIMEOUT_VISITOR)
    }

    /// Nobody is here, and at most a session is kept.
    pub(super) fn is_asleep(&self) -> bool {
        // Who waits for a turn or has one holds the semaphore.
        let semaphores = [&self.turns, &self.streams, &self.transfers];
        self.idle.is_empty() && semaphores.iter().all(|it| Arc::strong_count(it) == 1)
    }

    pub(super) fn session_used(&self) -> Option<Instant> {
        self.session.as_ref().map(|(_, used)| *used)
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
