//! A connection while a call uses it.

use std::pin::pin;
use std::sync::Arc;

use parlor_proto::client::{Account, Client, Error};
use parlor_proto::v1::{client_frame, server_frame};
use tokio::sync::OwnedSemaphorePermit;

use super::desk::{Idle, is_usable};
use super::{Key, Shared, now};

/// See the module. Dropping it gives the connection back.
#[derive(Debug)]
pub(in crate::rest) struct Lease {
    pool: Arc<Shared>,
    key: Key,
    // `Some` until it is dropped.
    held: Option<(Client, OwnedSemaphorePermit)>,
    turn: Option<OwnedSemaphorePermit>,
    is_bot: bool,
    is_used: bool,
    is_spoiled: bool,
}

impl Lease {
    pub(super) fn first(
        pool: Arc<Shared>,
        key: Key,
        turn: OwnedSemaphorePermit,
        (client, place, is_bot): (Client, OwnedSemaphorePermit, bool),
    ) -> Self {
        let held = Some((client, place));
        Self { pool, key, held, turn: Some(turn), is_bot, is_used: false, is_spoiled: false }
    }

    pub(super) fn again(
        pool: Arc<Shared>,
        key: Key,
        turn: OwnedSemaphorePermit,
        Idle { client, place, is_bot, .. }: Idle,
    ) -> Self {
        let held = Some((client, place));
        Self { pool, key, held, turn: Some(turn), is_bot, is_used: true, is_spoiled: false }
    }

    /// Whether it was used before, and may be dead without anybody knowing it.
    pub(in crate::rest) fn is_used(&self) -> bool {
        self.is_used
    }

    pub(in crate::rest) fn account(&self) -> Option<Account> {
        self.client().and_then(Client::account)
    }

    /// Nobody is to use it after this call.
    pub(super) fn discard(&mut self) {
        self.is_spoiled = true;
    }

    pub(in crate::rest) async fn ask(
        &self,
        body: client_frame::Body,
    ) -> Result<server_frame::Body, Error> {
        let Some(client) = self.client() else { return Err(Error::Closed) };
        let mut answer = pin!(client.request(body));
        loop {
            // Nothing is pushed here that anybody wants; but what is not taken stops answers.
            tokio::select! {
                biased;
                answer = &mut answer => return answer,
                Some(_) = client.next_event() => {}
                else => return answer.await,
            }
        }
    }

    fn client(&self) -> Option<&Client> {
        self.held.as_ref().map(|(client, _)| client)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some((client, place)) = self.held.take()
            && is_usable(&client)
            && !self.pool.places.is_closed()
        {
            let idle = Idle { client, place, since: now(), is_bot: self.is_bot, is_last: false };
            if self.is_spoiled {
                if let Some(desk) = self.pool.desks().get_mut(&self.key) {
                    desk.remember(&idle);
                }
                self.pool.leave(idle);
            } else if let Some(desk) = self.pool.desks().get_mut(&self.key) {
                desk.put(idle);
            }
        }
        self.turn = None;
    }
}
