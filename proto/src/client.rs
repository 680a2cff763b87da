//! The client SDK: a connection that keeps itself alive, comes back by itself, and neither
//! loses nor repeats an event.
//!
//! `session` decides, without I/O, clock or randomness; `link` does what it says with one
//! task per client; `transport` carries bytes. Nothing else in this crate does I/O.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot, watch};

use self::link::{Control, Inbox, Link, Wish};
use crate::v1::{self, client_frame, server_frame};

mod device;
mod error;
mod event;
#[cfg(feature = "http")]
mod http;
mod link;
mod options;
mod session;
mod transfer;
mod transport;
mod trust;
mod url;
mod verbs;

#[cfg(test)]
mod tests;

pub use self::device::{DeviceKey, SEED_BYTES};
pub use self::error::{Error, Retry};
pub use self::event::Event;
pub use self::options::{Account, CONNECT_TIMEOUT, Options, SignIn, SyncPlan, Token};
pub use self::transfer::{FileHasher, FileOf, Patience};
pub use self::transport::{Connector, Duplex};
pub use self::trust::{Pin, Trust};
pub use self::url::{ServerUrl, Transport};
pub use self::verbs::{RoomRef, new_client_message_id};

/// Requests that wait for their turn; then callers wait.
const WISHES_MAX: usize = 16;

/// Calls to sign in, sync or close that wait for their turn.
const CONTROLS_MAX: usize = 4;

/// Events between the task and [`Client::next_event`]; many more wait in the session.
const EVENTS_MAX: usize = 64;

/// A connection to a server, and the task that keeps it. All methods may be called at the same
/// time; dropping it cuts the connection, [`Client::close`] ends it politely.
#[derive(Debug)]
pub struct Client {
    wishes: mpsc::Sender<Wish>,
    controls: mpsc::Sender<Control>,
    activity: watch::Sender<bool>,
    events: AsyncMutex<mpsc::Receiver<Event>>,
    facts: Arc<Mutex<Facts>>,
    /// By calls of REST: how they are made.
    #[cfg(feature = "http")]
    calls: Option<Box<Options>>,
    task: Task,
}

/// What the server told last.
#[derive(Debug, Default)]
struct Facts {
    hello: v1::HelloResponse,
    account: Option<Account>,
    /// Why the client has ended, if it has.
    ended: Option<Error>,
}

/// The task of a client, which does not outlive it.
#[derive(Debug)]
struct Task(tokio::task::JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Client {
    /// Connects and signs in. Tried once: later losses are repaired, the first one is told.
    ///
    /// # Errors
    ///
    /// Everything that can go wrong: see [`Error`].
    pub async fn connect(options: Options, sign_in: SignIn) -> Result<Self, Error> {
        let (wishes, wish_inbox) = mpsc::channel(WISHES_MAX);
        let (controls, control_inbox) = mpsc::channel(CONTROLS_MAX);
        let (activity, activity_inbox) = watch::channel(!options.idle);
        let (event_outbox, events) = mpsc::channel(EVENTS_MAX);
        let facts = Arc::new(Mutex::new(Facts::default()));
        let inbox = Inbox { wishes: wish_inbox, controls: control_inbox, activity: activity_inbox };
        #[cfg(feature = "http")]
        let calls = options.server.transport.is_http().then(|| Box::new(options.clone()));
        let task = Task(start(options, inbox, event_outbox, &facts)?);
        let events = AsyncMutex::new(events);
        let client = Self {
            wishes,
            controls,
            activity,
            events,
            facts,
            #[cfg(feature = "http")]
            calls,
            task,
        };
        client.control(|reply| Control::SignIn(sign_in, reply)).await?;
        Ok(client)
    }

    /// What the server said of itself, when it was last connected to.
    #[must_use]
    pub fn hello(&self) -> v1::HelloResponse {
        lock(&self.facts).hello.clone()
    }

    /// Who is signed in; `None` if nobody is.
    #[must_use]
    pub fn account(&self) -> Option<Account> {
        lock(&self.facts).account.clone()
    }

    /// Whether it makes no sense to ask any more.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        lock(&self.facts).ended.is_some()
    }

    /// Asks, and waits for the one answer. Requests that are safe to repeat (all but `logout`)
    /// survive a lost connection: they are sent again, in their old order. Dropping the future
    /// does not take the request back.
    ///
    /// While [`next_event`](Self::next_event) is not called and its queue is full nothing is
    /// read, also no answer: call both at the same time.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the server says no; others if it could not be asked.
    pub async fn request(&self, body: client_frame::Body) -> Result<server_frame::Body, Error> {
        let (reply, answer) = oneshot::channel();
        if self.wishes.send(Wish { body, reply }).await.is_err() {
            return Err(self.end());
        }
        answer.await.unwrap_or_else(|_| Err(self.end()))
    }

    /// Asks to be told of rooms and presence from now on. What was missed since the cursors
    /// comes as ordinary events. Kept up over lost connections; a second call takes the place
    /// of the first.
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub async fn sync(&self, plan: SyncPlan) -> Result<Vec<v1::RoomState>, Error> {
        self.control(|reply| Control::Sync(plan, reply)).await
    }

    /// The next event; `None` once the client has ended. At most some hundreds wait; beyond
    /// that nothing is read from the server until they are taken.
    pub async fn next_event(&self) -> Option<Event> {
        self.events.lock().await.recv().await
    }

    /// Says whether somebody is at the keys.
    pub fn set_activity(&self, active: bool) {
        self.activity.send_if_modified(|was| std::mem::replace(was, active) != active);
    }

    /// After [`Event::SignedOut`]: opens a new session and goes on with the same cursors.
    /// Tried once.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn sign_in_again(&self, sign_in: SignIn) -> Result<Account, Error> {
        let account = self.control(|reply| Control::SignIn(sign_in, reply)).await?;
        account.ok_or_else(|| Error::Misuse("nobody is signed in".to_owned()))
    }

    /// Closes the connection politely. The session lives on until its timeout.
    pub async fn close(mut self) {
        // Whoever closes takes no more events. Errors: the task has ended by itself, or by its
        // own panic, which has been told already.
        self.events.get_mut().close();
        drop(self.controls.send(Control::Close).await);
        drop((&mut self.task.0).await);
    }

    async fn control<T>(
        &self,
        control: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Control,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        if self.controls.send(control(reply)).await.is_err() {
            return Err(self.end());
        }
        answer.await.unwrap_or_else(|_| Err(self.end()))
    }

    fn end(&self) -> Error {
        lock(&self.facts).ended.clone().unwrap_or(Error::Closed)
    }
}

/// The task that does what is wanted, by the transport that the server's address names.
fn start(
    options: Options,
    inbox: Inbox,
    events: mpsc::Sender<Event>,
    facts: &Arc<Mutex<Facts>>,
) -> Result<tokio::task::JoinHandle<()>, Error> {
    let facts = Arc::clone(facts);
    if options.server.transport.is_http() {
        #[cfg(feature = "http")]
        return Ok(tokio::spawn(http::HttpLink::new(&options, inbox, events, facts)?.run()));
        #[cfg(not(feature = "http"))]
        return Err(Error::BadUrl("http:// and https:// are not spoken here".to_owned()));
    }
    Ok(tokio::spawn(Link::new(options, inbox, events, facts)?.run()))
}

// Facts are replaced as a whole, so they are sound even if a holder has panicked.
fn lock(facts: &Mutex<Facts>) -> MutexGuard<'_, Facts> {
    facts.lock().unwrap_or_else(PoisonError::into_inner)
}
