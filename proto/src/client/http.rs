//! The task of a client that speaks REST: the same requests, each as a call over HTTP, one after
//! the other. Nothing is pushed, so it suits what comes and goes.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use self::exchange::Exchange;
use super::link::{Control, Inbox, Wish};
use super::{Account, Error, Event, Facts, Options, SignIn, SyncPlan, Token, lock};
use crate::ids::{RoomId, SessionId};
use crate::limits::SESSION_TIMEOUT_VISITOR;
use crate::rest::{
    Call, NewAccount, NewPassword, NewSession, PasswordSignIn, Rooms, Server, SignedIn,
    TokenSignIn, TokenText, User,
};
use crate::v1::{self, server_frame};

mod exchange;

/// How long a call may take: longer than a bridge takes to give up.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// See the module.
pub(super) struct HttpLink {
    options: Options,
    exchange: Exchange,
    inbox: Inbox,
    events: mpsc::Sender<Event>,
    facts: Arc<Mutex<Facts>>,
    account: Option<Account>,
}

impl HttpLink {
    pub(super) fn new(
        options: Options,
        inbox: Inbox,
        events: mpsc::Sender<Event>,
        facts: Arc<Mutex<Facts>>,
    ) -> Result<Self, Error> {
        let exchange = Exchange::new(&options)?;
        Ok(Self { options, exchange, inbox, events, facts, account: None })
    }

    /// Runs until nothing more is wanted.
    pub(super) async fn run(mut self) {
        loop {
            tokio::select! {
                biased;
                control = self.inbox.controls.recv() => match control {
                    Some(Control::SignIn(sign_in, reply)) => {
                        let signed_in = self.sign_in(sign_in).await;
                        // Who does not wait any more has dropped the other end.
                        drop(reply.send(signed_in));
                    }
                    Some(Control::Sync(plan, reply)) => {
                        drop(reply.send(self.rooms(&plan).await));
                    }
                    Some(Control::Close) | None => break,
                },
                Some(Wish { body, reply }) = self.inbox.wishes.recv() => {
                    let is_logout = matches!(body, v1::client_frame::Body::Logout(_));
                    let answer = self.ask(body).await;
                    let is_over = is_logout && answer.is_ok();
                    drop(reply.send(answer));
                    if is_over {
                        break;
                    }
                }
            }
        }
        lock(&self.facts).ended = Some(Error::Closed);
    }

    async fn ask(&mut self, body: v1::client_frame::Body) -> Result<server_frame::Body, Error> {
        let unmapped = "this needs a connection that stays: use wss:// or parlor://";
        let may_repeat = body.is_repeatable();
        let call = Call::of(body).ok_or_else(|| Error::Misuse(unmapped.to_owned()))?;
        let answer = self.call(&call, may_repeat).await?;
        call.read(&answer).map_err(|error| unreadable(&error))
    }

    /// The rooms as they are. What would follow is not told: there is nobody to push it.
    async fn rooms(&mut self, plan: &SyncPlan) -> Result<Vec<v1::RoomState>, Error> {
        if !plan.cursors.is_empty() {
            let why = "following rooms needs a connection that stays: use wss:// or parlor://";
            return Err(Error::Misuse(why.to_owned()));
        }
        let own: Rooms = self.get("/v1/rooms").await?;
        for invitation in own.invitations {
            // A queue that is full, or that nobody reads, loses what is asked for again each time.
            drop(self.events.try_send(Event::Invited(invitation.into())));
        }
        let wanted = |state: &v1::RoomState| {
            let room = RoomId(state.room.as_ref().map_or(0, |room| room.room_id));
            plan.rooms.is_empty() || plan.rooms.contains(&room)
        };
        Ok(own.rooms.into_iter().map(v1::RoomState::from).filter(wanted).collect())
    }

    async fn sign_in(&mut self, sign_in: SignIn) -> Result<Option<Account>, Error> {
        let server: Server = self.get("/v1/server").await?;
        lock(&self.facts).hello = server.into();
        let device = self.options.device.clone();
        let account = match sign_in {
            SignIn::Nobody => None,
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
            SignIn::Device => {
                let why = "a device's key signs what a connection says: use wss:// or parlor://";
                return Err(Error::Misuse(why.to_owned()));
            }
            SignIn::Resume { token } => Some(self.resume(token).await?),
        };
        self.account.clone_from(&account);
        lock(&self.facts).account.clone_from(&account);
        Ok(account)
    }

    async fn open(&mut self, path: &str, new: &impl serde::Serialize) -> Result<Account, Error> {
        let call = Call::signing_in(path, new);
        let answer = self.call(&call, false).await?;
        let made: SignedIn = parse(&answer)?;
        let token = Token::from(made.token.0);
        self.exchange.authorize(&token);
        Ok(Account {
            session_id: SessionId(made.session_id.0),
            user: made.user.into(),
            token,
            session_timeout: Duration::from_millis(made.session_timeout_ms.into()),
        })
    }

    async fn resume(&mut self, token: Token) -> Result<Account, Error> {
        self.exchange.authorize(&token);
        let user: User = self.get("/v1/me").await?;
        // Which session it is, is told by the list of them; a bridge asks for this timeout.
        let (session_id, session_timeout) = (SessionId(0), SESSION_TIMEOUT_VISITOR);
        Ok(Account { session_id, user: user.into(), token, session_timeout })
    }

    async fn get<T: serde::de::DeserializeOwned>(&mut self, path: &str) -> Result<T, Error> {
        let answer = self.call(&Call::reading(path), true).await?;
        parse(&answer)
    }

    async fn call(&mut self, call: &Call, may_repeat: bool) -> Result<Vec<u8>, Error> {
        let calling = self.exchange.call(call, may_repeat);
        timeout(CALL_TIMEOUT, calling).await.unwrap_or(Err(Error::TimedOut))
    }
}

fn parse<T: serde::de::DeserializeOwned>(answer: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(answer).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::Protocol(format!("an answer that cannot be read: {error}"))
}

/// As it stands behind `Bearer`.
fn bearer(token: &Token) -> TokenText {
    TokenText(*token.expose())
}
