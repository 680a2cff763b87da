//! The task of a client that speaks REST: the same requests, each as a call over HTTP, one after
//! the other. Nothing is pushed, unless rooms are followed by server-sent events.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use self::caller::Caller;
use self::following::Following;
use super::link::{Control, Inbox, Wish};
use super::{
    Account, CONTROLS_MAX, Error, Event, Facts, Options, SignIn, SyncPlan, Task, Token, lock,
};
use crate::codes::Reason;
use crate::ids::SessionId;
use crate::rest::{
    Call, CurrentSession, NewAccount, NewPassword, NewSession, PasswordSignIn, RoomState, Rooms,
    Server, SignedIn, TokenSignIn,
};
use crate::v1::{self, client_frame, server_frame};

mod caller;
mod exchange;
mod following;
mod sse;
mod streaming;
pub(super) mod transfer;

#[cfg(test)]
mod tests;

/// What cannot be had by calls.
const LIVE: &str = "this needs a live connection: use parlor://, ws:// or wss://";

/// See the module.
pub(super) struct HttpLink {
    caller: Caller,
    options: Options,
    inbox: Inbox,
    events: mpsc::Sender<Event>,
    facts: Arc<Mutex<Facts>>,
    /// Calls to sign in or sync that came while another was under way.
    waiting: VecDeque<Control>,
    /// Invitations that nobody has taken yet: those of the last sync, and no others.
    untold: VecDeque<Event>,
    /// What pushes events of the rooms that were asked for last.
    following: Option<Task>,
}

/// Something to be done.
enum Work {
    Wish(Wish),
    Control(Control),
}

impl HttpLink {
    pub(super) fn new(
        options: &Options,
        inbox: Inbox,
        events: mpsc::Sender<Event>,
        facts: Arc<Mutex<Facts>>,
    ) -> Result<Self, Error> {
        let (caller, options) = (Caller::new(options)?, options.clone());
        let (waiting, untold, following) = Default::default();
        Ok(Self { caller, options, inbox, events, facts, waiting, untold, following })
    }

    /// Runs until nothing more is wanted. What is under way then is not waited for.
    pub(super) async fn run(mut self) {
        while let Some(work) = self.next_work().await {
            let Self { caller, options, inbox, events, facts, waiting, untold, following } =
                &mut self;
            let mut doing = Doing { caller, options, events, facts, untold, following };
            tokio::select! {
                biased;
                is_over = doing.work(work) => if is_over { break },
                () = until_closed(&mut inbox.controls, waiting) => break,
            }
        }
        lock(&self.facts).ended = Some(Error::Closed);
    }

    /// `None`: the end.
    async fn next_work(&mut self) -> Option<Work> {
        if let Some(control) = self.waiting.pop_front() {
            return Some(Work::Control(control));
        }
        loop {
            let Self { inbox, events, untold, .. } = self;
            tokio::select! {
                biased;
                control = inbox.controls.recv() => {
                    let is_end = matches!(control, Some(Control::Close) | None);
                    return control.filter(|_| !is_end).map(Work::Control);
                }
                Ok(permit) = events.reserve(), if !untold.is_empty() => {
                    if let Some(event) = untold.pop_front() {
                        permit.send(event);
                    }
                }
                Some(wish) = inbox.wishes.recv() => return Some(Work::Wish(wish)),
            }
        }
    }
}

/// Until the client is to end. What else is called for meanwhile waits for its turn.
async fn until_closed(controls: &mut mpsc::Receiver<Control>, waiting: &mut VecDeque<Control>) {
    while waiting.len() < CONTROLS_MAX {
        match controls.recv().await {
            Some(Control::Close) | None => return,
            Some(control) => waiting.push_back(control),
        }
    }
    pending::<()>().await;
}

/// What the work is done with.
struct Doing<'a> {
    caller: &'a mut Caller,
    options: &'a Options,
    events: &'a mpsc::Sender<Event>,
    facts: &'a Mutex<Facts>,
    untold: &'a mut VecDeque<Event>,
    following: &'a mut Option<Task>,
}

impl Doing<'_> {
    /// Whether that was the last. Who does not wait any more has dropped the other end.
    async fn work(&mut self, work: Work) -> bool {
        match work {
            Work::Wish(Wish { body, reply }) => {
                let is_logout = matches!(body, client_frame::Body::Logout(_));
                let answer = self.ask(body).await;
                let is_over = is_logout && answer.is_ok();
                drop(reply.send(answer));
                return is_over;
            }
            Work::Control(Control::SignIn(sign_in, reply)) => {
                drop(reply.send(self.sign_in(sign_in).await));
            }
            Work::Control(Control::Sync(plan, reply)) => drop(reply.send(self.sync(&plan).await)),
            Work::Control(Control::Close) => return true,
        }
        false
    }

    async fn ask(&mut self, body: client_frame::Body) -> Result<server_frame::Body, Error> {
        let may_repeat = body.is_repeatable();
        let call = Call::of(body).ok_or_else(|| Error::Misuse(LIVE.to_owned()))?;
        let answer = self.caller.call(&call, may_repeat).await?;
        call.read(&answer).map_err(|error| unreadable(&error))
    }

    /// The rooms as they are. What follows is pushed only if the client was made for that.
    async fn sync(&mut self, plan: &SyncPlan) -> Result<Vec<v1::RoomState>, Error> {
        if !plan.cursors.is_empty() || plan.presence {
            return Err(Error::Misuse(LIVE.to_owned()));
        }
        if self.options.follows {
            // The one before ends first: a token has only so many streams.
            *self.following = None;
            let (exchange, events) = (self.caller.exchange(), self.events.clone());
            let begun = Following::begin(exchange, events, plan, self.options.reconnect).await;
            let (rooms, following) = begun?;
            *self.following = Some(following);
            return Ok(rooms);
        }
        if let [room] = plan.rooms.as_slice() {
            let found: Result<RoomState, _> = self.get(&format!("/v1/rooms/{}", room.0)).await;
            return match found {
                Ok(state) => Ok(vec![state.into()]),
                Err(error) if is_elsewhere(&error) => Ok(Vec::new()),
                Err(error) => Err(error),
            };
        }
        let Rooms { rooms, invitations, .. } = self.get("/v1/rooms").await?;
        *self.untold = invitations.into_iter().map(|it| Event::Invited(it.into())).collect();
        let is_wanted = |state: &RoomState| {
            let room = state.room.room_id.0;
            plan.rooms.is_empty() || plan.rooms.iter().any(|wanted| wanted.0 == room)
        };
        Ok(rooms.into_iter().filter(is_wanted).map(v1::RoomState::from).collect())
    }

    async fn sign_in(&mut self, sign_in: SignIn) -> Result<Option<Account>, Error> {
        let device = self.options.device.clone();
        let account = match sign_in {
            SignIn::Nobody => {
                let call = Call::reading("/v1/server");
                let server: Server = parse(&self.caller.call(&call, false).await?)?;
                lock(self.facts).hello = server.into();
                None
            }
            SignIn::Register { user_name, password, invite } => {
                let new = NewAccount { user_name, password, invite, device };
                Some(self.open("/v1/accounts", &new).await?)
            }
            SignIn::Login { user_name, password } => {
                let new = NewSession::Password(PasswordSignIn { user_name, password, device });
                Some(self.open("/v1/sessions", &new).await?)
            }
            SignIn::Token { api_token } => {
                let new = NewSession::Token(TokenSignIn { api_token, device });
                Some(self.open("/v1/sessions", &new).await?)
            }
            SignIn::Reset { user_name, code, new_password } => {
                let new = NewPassword { user_name, code, new_password, device };
                Some(self.open("/v1/password-resets", &new).await?)
            }
            // A device's key signs what a connection said, and calls have none of their own.
            SignIn::Device => return Err(Error::Misuse(LIVE.to_owned())),
            SignIn::Resume { token } => Some(self.resume(token).await?),
        };
        lock(self.facts).account.clone_from(&account);
        Ok(account)
    }

    async fn open(&mut self, path: &str, new: &impl serde::Serialize) -> Result<Account, Error> {
        let answer = self.caller.call(&Call::signing_in(path, new), false).await?;
        let SignedIn { session_id, token, user, session_timeout_ms } = parse(&answer)?;
        let token = Token::from(token.0);
        self.caller.authorize(&token);
        Ok(Account {
            session_id: SessionId(session_id.0),
            user: user.into(),
            token,
            session_timeout: Duration::from_millis(session_timeout_ms.into()),
        })
    }

    async fn resume(&mut self, token: Token) -> Result<Account, Error> {
        self.caller.authorize(&token);
        let call = Call::reading("/v1/sessions/current");
        let answer = self.caller.call(&call, false).await?;
        let CurrentSession { session_id, user, session_timeout_ms } = parse(&answer)?;
        Ok(Account {
            session_id: SessionId(session_id.0),
            user: user.into(),
            token,
            session_timeout: Duration::from_millis(session_timeout_ms.into()),
        })
    }

    async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Error> {
        parse(&self.caller.call(&Call::reading(path), true).await?)
    }
}

/// The room is none of one's own.
fn is_elsewhere(error: &Error) -> bool {
    matches!(error.reason(), Some(Reason::RoomNotFound | Reason::NotAMember))
}

fn parse<T: DeserializeOwned>(answer: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(answer).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::Protocol(format!("an answer that cannot be read: {error}"))
}
