//! Connections to the daemon, kept for a while by whose token they are and where it is used from.
//!
//! A call takes one for itself and gives it back; a token has a few, all tokens together a
//! number that is bounded. One that is unused for a while is closed politely by [`Pool::sweep`].

mod desk;
mod lease;
mod stream;
mod tally;
mod transfer;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use parlor_proto::client::{Client, Connector, Options, SignIn, Trust};
use parlor_proto::codes::Reason;
use parlor_proto::limits::{SESSION_TIMEOUT_VISITOR, TOKEN_BYTES};
use parlor_proto::v1;
use sha2::{Digest as _, Sha256};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use self::desk::{Desk, Idle};
pub(super) use self::lease::Lease;
pub(super) use self::stream::Stream;
use self::tally::{Counted, Tally, Told};
pub(super) use self::transfer::Transfer;
use super::caller::Credential;
use super::problem::{Own, Refused};
use super::{Limits, upstream_name};
use crate::upstream::{OnBehalfOf, Upstream};

/// How often unused connections are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Sessions of bots that are remembered without a connection. Of one that is forgotten another is
/// opened when the bot calls again.
const SESSIONS_MAX: usize = 4_096;

/// How long who wants a stream for a moment waits for one: those who follow rooms may keep theirs
/// for days.
const STREAM_WAIT: Duration = Duration::from_secs(2);

/// From the first byte to the daemon until it has let somebody in.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Pool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    upstream: Upstream,
    limits: Limits,
    /// One permit for each connection there may be.
    places: Arc<Semaphore>,
    /// One permit for each file that may come or go.
    transfers: Arc<Semaphore>,
    desks: Mutex<HashMap<Key, Desk>>,
    /// What is to be closed; each has a place, so it is bounded.
    leaving: Mutex<Vec<Idle>>,
    left: Notify,
    tally: Tally,
}

/// Whose connections: the hash of a token, and the address that it is used from, which the
/// daemon is told.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
struct Key {
    token: [u8; TOKEN_BYTES],
    address: IpAddr,
}

/// Where a call comes from, and by what.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) peer: SocketAddr,
    pub(super) local: SocketAddr,
    pub(super) client_name: String,
    pub(super) client_version: String,
}

impl Pool {
    pub(crate) fn new(upstream: Upstream, limits: Limits) -> Self {
        let places = Arc::new(Semaphore::new(limits.connections_max));
        let transfers = Arc::new(Semaphore::new(limits.transfers_max));
        let (desks, leaving, left, tally) = Default::default();
        let shared = Shared { upstream, limits, places, transfers, desks, leaving, left, tally };
        Self(Arc::new(shared))
    }

    /// What is told of it.
    pub(crate) fn told(&self) -> Told {
        let Shared { limits, places, tally, .. } = &*self.0;
        let all = limits.connections_max.saturating_sub(places.available_permits());
        let idle = self.0.desks().values().map(Desk::idle).sum();
        tally.told(limits.connections_max, (all, idle))
    }

    /// A connection of this token for one call. Waits for its turn if there are as many already
    /// as one token may have.
    pub(super) async fn take(
        &self,
        credential: &Credential,
        origin: &Origin,
    ) -> Result<Lease, Refused> {
        let key = Key::of(credential, origin);
        let turns = self.0.turns(key);
        let waiting = Counted::new(&self.0.tally.waiting);
        let turn = turns.acquire_owned().await.map_err(|_| draining())?;
        drop(waiting);
        let (idle, known) = self.0.idle(key);
        if let Some(idle) = idle {
            self.0.tally.kept.fetch_add(1, Relaxed);
            return Ok(Lease::again(Arc::clone(&self.0), key, turn, idle));
        }
        let sign_in = match (credential, known) {
            (Credential::Session(token), _) => SignIn::Resume { token: token.clone() },
            (Credential::ApiToken(_), Some(token)) => SignIn::Resume { token },
            (Credential::ApiToken(secret), None) => SignIn::Token { api_token: secret.to_string() },
        };
        let mut opened = self.connect(sign_in, ("", false), origin).await;
        if let (Credential::ApiToken(secret), Err(refused)) = (credential, &opened)
            && refused.reason() == Reason::SessionEnded.as_str()
        {
            // The session that it had opened is over; the token may be good for another.
            let sign_in = SignIn::Token { api_token: secret.to_string() };
            opened = self.connect(sign_in, ("", false), origin).await;
        }
        let (client, place) = opened?;
        let is_bot = matches!(credential, Credential::ApiToken(_));
        Ok(Lease::first(Arc::clone(&self.0), key, turn, (client, place, is_bot)))
    }

    /// A connection of a session that begins with it.
    pub(super) async fn open(
        &self,
        sign_in: SignIn,
        device: &str,
        origin: &Origin,
    ) -> Result<Lease, Refused> {
        let (client, place) = self.connect(sign_in, (device, false), origin).await?;
        let account = client.account().ok_or_else(Refused::confused)?;
        let key = Key::of(&Credential::Session(account.token), origin);
        let turn = self.0.turns(key).acquire_owned().await.map_err(|_| draining())?;
        Ok(Lease::first(Arc::clone(&self.0), key, turn, (client, place, false)))
    }

    /// A connection to hear by, apart from those of calls.
    pub(super) async fn stream(
        &self,
        credential: &Credential,
        origin: &Origin,
        stays: bool,
    ) -> Result<Stream, Refused> {
        let turns = self.0.streams(Key::of(credential, origin));
        let too_many = || Refused::own(Own::TooManyStreams, "too many streams of events at once");
        let patience = if stays { Duration::ZERO } else { STREAM_WAIT };
        let turn = timeout(patience, turns.acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or_else(too_many)?;
        let (sign_in, is_bot) = match credential {
            Credential::Session(token) => (SignIn::Resume { token: token.clone() }, false),
            // A session of its own, which ends with it.
            Credential::ApiToken(secret) => (SignIn::Token { api_token: secret.to_string() }, true),
        };
        let held = Some(self.connect(sign_in, ("", stays), origin).await?);
        let counted = Counted::new(&self.0.tally.streams);
        Ok(Stream { pool: Arc::clone(&self.0), held, is_bot, _turn: turn, _counted: counted })
    }

    /// What the daemon says of itself to nobody in particular.
    pub(super) async fn hello(&self, origin: &Origin) -> Result<v1::HelloResponse, Refused> {
        let (client, _place) = self.connect(SignIn::Nobody, ("", false), origin).await?;
        let hello = client.hello();
        client.close().await;
        Ok(hello)
    }

    /// Closes what is unused for too long. Never ends by itself.
    pub(crate) async fn sweep(&self) {
        loop {
            // Whether somebody left or time has passed, both are looked for.
            drop(timeout(SWEEP_INTERVAL, self.0.left.notified()).await);
            let mut expired = self.0.expired(now());
            expired.append(&mut self.0.leaving());
            close_all(expired).await;
        }
    }

    /// Closes everything; who comes later is turned away.
    pub(crate) async fn close(&self) {
        self.0.places.close();
        let mut all = self.0.cleared();
        all.append(&mut self.0.leaving());
        close_all(all).await;
    }

    async fn connect(
        &self,
        sign_in: SignIn,
        (device, stays): (&str, bool),
        origin: &Origin,
    ) -> Result<(Client, OwnedSemaphorePermit), Refused> {
        let place = self.place().await?;
        let options = Options { reconnect: stays, ..self.options(device, origin) };
        let connected = Client::connect(options, sign_in).await;
        let Tally { made, failed, .. } = &self.0.tally;
        let count = if connected.is_ok() { made } else { failed };
        count.fetch_add(1, Relaxed);
        Ok((connected?, place))
    }

    /// If all are taken, the connection that is unused for longest makes room.
    async fn place(&self) -> Result<OwnedSemaphorePermit, Refused> {
        if self.0.places.is_closed() {
            return Err(draining());
        }
        let places = || Arc::clone(&self.0.places).try_acquire_owned();
        if let Ok(place) = places() {
            return Ok(place);
        }
        if let Some(oldest) = self.0.oldest() {
            oldest.close().await;
        }
        let full = || Refused::own(Own::Full, "the bridge has no connection left; try again");
        places().map_err(|_| full())
    }

    fn options(&self, device: &str, origin: &Origin) -> Options {
        let upstream = self.0.upstream.clone();
        let whom = OnBehalfOf::Client { peer: origin.peer, local: origin.local };
        let connector = Connector::new(move || {
            let upstream = upstream.clone();
            async move { upstream.connect(whom).await }
        });
        Options {
            client_name: origin.client_name.clone(),
            client_version: origin.client_version.clone(),
            device: device.to_owned(),
            session_timeout: SESSION_TIMEOUT_VISITOR,
            // A call says nothing about who is at the keys.
            idle: true,
            connect_timeout: SIGN_IN_TIMEOUT,
            connector: Some(connector),
            ..Options::new(upstream_name(), Trust::default())
        }
    }
}

impl Key {
    fn of(credential: &Credential, origin: &Origin) -> Self {
        let hash = match credential {
            Credential::Session(token) => Sha256::digest(token.expose()),
            Credential::ApiToken(secret) => Sha256::digest(secret.as_bytes()),
        };
        Self { token: hash.into(), address: origin.peer.ip().to_canonical() }
    }
}

impl Shared {
    // No code panics while it holds the lock, so a poisoned one is as good as any.
    fn desks(&self) -> MutexGuard<'_, HashMap<Key, Desk>> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turns(&self, key: Key) -> Arc<Semaphore> {
        self.desks().entry(key).or_insert_with(|| Desk::new(&self.limits)).turns()
    }

    fn streams(&self, key: Key) -> Arc<Semaphore> {
        self.desks().entry(key).or_insert_with(|| Desk::new(&self.limits)).streams()
    }

    fn transfers_of(&self, key: Key) -> Arc<Semaphore> {
        self.desks().entry(key).or_insert_with(|| Desk::new(&self.limits)).transfers()
    }

    fn leaving(&self) -> Vec<Idle> {
        std::mem::take(&mut *self.leaving.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Leaves a connection to be closed by [`Pool::sweep`].
    fn leave(&self, idle: Idle) {
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner).push(idle);
        self.left.notify_one();
    }

    /// An unused connection, and the session that a bot's token has opened.
    fn idle(&self, key: Key) -> (Option<Idle>, Option<parlor_proto::client::Token>) {
        match self.desks().get_mut(&key) {
            Some(desk) => (desk.take(), desk.session()),
            None => (None, None),
        }
    }

    /// Takes out what is unused for too long, and desks at which nobody is and nothing is kept.
    fn expired(&self, now: Instant) -> Vec<Idle> {
        let Some(until) = now.checked_sub(self.limits.idle_timeout) else { return Vec::new() };
        let mut desks = self.desks();
        let expired = desks.values_mut().flat_map(|desk| desk.expired(until)).collect();
        desks.retain(|_, desk| !desk.is_deserted(now));
        forget_sessions(&mut desks);
        expired
    }

    fn cleared(&self) -> Vec<Idle> {
        self.desks().drain().flat_map(|(_, mut desk)| desk.clear()).collect()
    }

    fn oldest(&self) -> Option<Idle> {
        let mut desks = self.desks();
        let since = |desk: &Desk| desk.unused_since();
        let (_, desk) = desks
            .iter_mut()
            .filter(|(_, desk)| since(desk).is_some())
            .min_by_key(|(_, desk)| since(desk))?;
        desk.oldest()
    }
}

/// If there are too many, those that were used longest ago.
fn forget_sessions(desks: &mut HashMap<Key, Desk>) {
    let asleep = desks.iter().filter(|(_, desk)| desk.is_asleep());
    let mut asleep: Vec<_> = asleep.map(|(key, desk)| (desk.session_used(), *key)).collect();
    let Some(surplus @ 1..) = asleep.len().checked_sub(SESSIONS_MAX) else { return };
    asleep.sort_unstable_by_key(|(used, _)| *used);
    for (_, key) in asleep.into_iter().take(surplus) {
        desks.remove(&key);
    }
}

async fn close_all(all: Vec<Idle>) {
    futures_util::future::join_all(all.into_iter().map(Idle::close)).await;
}

fn draining() -> Refused {
    Refused::own(Own::Draining, "the bridge is stopping")
}

#[expect(clippy::disallowed_methods, reason = "an edge of the process: how long is it unused")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests;
