//! A connection while a file comes or goes over it. It is one of those that a token has for calls,
//! of which files may take only some.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use parlor_proto::client::Error;
use parlor_proto::v1::{client_frame, server_frame};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::{Key, Lease, Origin, Pool, draining};
use crate::rest::caller::Credential;
use crate::rest::problem::{Own, Refused};

/// How long a transfer waits for others of the same token to end.
const TURN_TIMEOUT: Duration = Duration::from_secs(15);

/// How long the daemon may take for one piece.
const PIECE_TIMEOUT: Duration = Duration::from_secs(15);

/// See the module.
#[derive(Debug)]
pub(in crate::rest) struct Transfer {
    lease: Lease,
    unanswered: AtomicUsize,
    _turn: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Pool {
    /// A connection of this token for a file.
    pub(in crate::rest) async fn transfer(
        &self,
        credential: &Credential,
        origin: &Origin,
    ) -> Result<Arc<Transfer>, Refused> {
        let turns = self.0.transfers_of(Key::of(credential, origin));
        let Ok(turn) = timeout(TURN_TIMEOUT, turns.acquire_owned()).await else {
            let why = "too many files come and go at once with this token";
            return Err(Refused::own(Own::TooManyTransfers, why));
        };
        let turn = turn.map_err(|_| draining())?;
        let place = Arc::clone(&self.0.transfers).try_acquire_owned();
        let full = |_| Refused::own(Own::Full, "too many files come and go at once; try again");
        let place = place.map_err(full)?;
        let lease = self.take(credential, origin).await?;
        let unanswered = AtomicUsize::new(0);
        Ok(Arc::new(Transfer { lease, unanswered, _turn: turn, _place: place }))
    }
}

impl Transfer {
    /// Asks for something that does not take the daemon long.
    pub(in crate::rest) async fn ask(
        &self,
        body: client_frame::Body,
    ) -> Result<server_frame::Body, Error> {
        self.ask_within(PIECE_TIMEOUT, body).await
    }

    /// The same with another limit.
    pub(in crate::rest) async fn ask_within(
        &self,
        limit: Duration,
        body: client_frame::Body,
    ) -> Result<server_frame::Body, Error> {
        self.unanswered.fetch_add(1, Relaxed);
        let answer = timeout(limit, self.lease.ask(body)).await.map_err(|_| Error::TimedOut)?;
        self.unanswered.fetch_sub(1, Relaxed);
        answer
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        // Whoever took the connection next would have to wait for pieces that nobody wants.
        if *self.unanswered.get_mut() > 0 {
            self.lease.discard();
        }
    }
}
