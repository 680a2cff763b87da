//! Who asks: a bearer token, and the way of a request to the daemon and back.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use futures_util::FutureExt as _;
use parlor_proto::client::{Account, Error, Event, SignIn, SyncPlan, Token};
use parlor_proto::limits::API_TOKEN_BYTES_MAX;
use parlor_proto::rest::{EpochText, RoomState, Rooms, TokenText};
use parlor_proto::v1::{client_frame, server_frame};
use zeroize::Zeroizing;

use super::pool::{Origin, Pool, Stream, Transfer};
use super::problem::{Own, Refused};
use crate::http::Visit;
use crate::server::Bridge;

/// The longest name and version of a client that the daemon takes.
const LABEL_BYTES_MAX: usize = parlor_proto::limits::LABEL_BYTES_MAX;

/// By what somebody shows who they are.
#[derive(Clone)]
pub(super) enum Credential {
    Session(Token),
    ApiToken(Zeroizing<String>),
}

/// Somebody who asks with a token.
pub(super) struct Caller {
    bridge: Arc<Bridge>,
    credential: Credential,
    origin: Origin,
}

/// Somebody who asks without one.
pub(super) struct Stranger {
    bridge: Arc<Bridge>,
    origin: Origin,
}

/// Asks for something and takes the answer apart.
macro_rules! ask {
    ($caller:expr, $ask:ident($request:expr) => $kind:ident) => {
        match $caller.ask(parlor_proto::v1::client_frame::Body::$ask($request)).await? {
            parlor_proto::v1::server_frame::Body::$kind(answer) => answer,
            _ => return Err($crate::rest::problem::Refused::confused()),
        }
    };
}

pub(super) use ask;

impl Caller {
    /// Asks the daemon. A connection that turns out to be dead is replaced once, if asking twice
    /// does no harm.
    pub(super) async fn ask(
        &self,
        body: client_frame::Body,
    ) -> Result<server_frame::Body, Refused> {
        let mut lease = self.pool().take(&self.credential, &self.origin).await?;
        let again = (lease.is_used() && body.is_repeatable()).then(|| body.clone());
        let answer = match (lease.ask(body).await, again) {
            (Err(Error::Unreachable(_) | Error::GoAway(_) | Error::Closed), Some(body)) => {
                drop(lease);
                lease = self.pool().take(&self.credential, &self.origin).await?;
                lease.ask(body).await
            }
            (answer, _) => answer,
        };
        Ok(answer?)
    }

    /// Who that is.
    pub(super) async fn account(&self) -> Result<Account, Refused> {
        let lease = self.pool().take(&self.credential, &self.origin).await?;
        if let Some(account) = lease.account() {
            return Ok(account);
        }
        // Its session has ended just now; whoever tries to come back is told so.
        drop(lease);
        let lease = self.pool().take(&self.credential, &self.origin).await?;
        lease.account().ok_or_else(Refused::confused)
    }

    /// One's own rooms, as they are now. By a connection of its own: who asks for all rooms is
    /// told of them from then on.
    pub(super) async fn rooms(&self) -> Result<Rooms, Refused> {
        let stream = self.stream(false).await?;
        let synced = stream.sync(SyncPlan::default()).await;
        let mut invitations = Vec::new();
        // They have come with the answer.
        while let Some(Some(event)) = stream.next_event().now_or_never() {
            if let Event::Invited(invitation) = event {
                invitations.push(invitation.into());
            }
        }
        stream.close().await;
        let (epoch, rooms) = synced?;
        let rooms = rooms.into_iter().map(RoomState::from).collect();
        Ok(Rooms { epoch: EpochText(epoch.0), rooms, invitations })
    }

    /// A connection to hear by; `stays`: it comes back by itself.
    pub(super) async fn stream(&self, stays: bool) -> Result<Stream, Refused> {
        self.pool().stream(&self.credential, &self.origin, stays).await
    }

    /// A connection for a file.
    pub(super) async fn transfer(&self) -> Result<Arc<Transfer>, Refused> {
        self.pool().transfer(&self.credential, &self.origin).await
    }

    fn pool(&self) -> &Pool {
        &self.bridge.rest
    }
}

impl Stranger {
    /// Opens a session; its connection is kept for what is asked next.
    pub(super) async fn sign_in(&self, sign_in: SignIn, device: &str) -> Result<Account, Refused> {
        let lease = self.bridge.rest.open(sign_in, device, &self.origin).await?;
        lease.account().ok_or_else(Refused::confused)
    }

    /// The same with a token that did not come as a bearer's.
    pub(super) fn with_token(self, token: String) -> Caller {
        let Self { bridge, origin } = self;
        Caller { bridge, credential: Credential::ApiToken(Zeroizing::new(token)), origin }
    }

    /// What the daemon says of itself.
    pub(super) async fn hello(&self) -> Result<parlor_proto::v1::HelloResponse, Refused> {
        self.bridge.rest.hello(&self.origin).await
    }
}

impl FromRequestParts<Arc<Bridge>> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, bridge: &Arc<Bridge>) -> Result<Self, Refused> {
        let credential = credential(&parts.headers)?;
        let origin = origin(parts)?;
        Ok(Self { bridge: Arc::clone(bridge), credential, origin })
    }
}

impl FromRequestParts<Arc<Bridge>> for Stranger {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, bridge: &Arc<Bridge>) -> Result<Self, Refused> {
        Ok(Self { bridge: Arc::clone(bridge), origin: origin(parts)? })
    }
}

fn credential(headers: &HeaderMap) -> Result<Credential, Refused> {
    let refused = |why| Refused::own(Own::NotSignedIn, why);
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let told = all.next().ok_or_else(|| refused("send `authorization: Bearer TOKEN`"))?;
    let told = told.to_str().ok().filter(|_| all.next().is_none());
    let (scheme, token) = told.and_then(|told| told.split_once(' ')).unwrap_or_default();
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(refused("the authorization must be `Bearer TOKEN`"));
    }
    if let Ok(TokenText(bytes)) = token.parse() {
        return Ok(Credential::Session(bytes.into()));
    }
    if token.len() > API_TOKEN_BYTES_MAX {
        return Err(refused("the token is of no session and no bot"));
    }
    Ok(Credential::ApiToken(Zeroizing::new(token.to_owned())))
}

fn origin(parts: &Parts) -> Result<Origin, Refused> {
    let visit = parts.extensions.get::<Visit>().ok_or_else(Refused::confused)?;
    let told = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let product = told.and_then(|agent| agent.split_whitespace().next()).unwrap_or("rest");
    let (name, version) = product.split_once('/').unwrap_or((product, ""));
    let label = |text: &str| text.chars().take(LABEL_BYTES_MAX).collect();
    Ok(Origin {
        peer: visit.client,
        local: visit.local,
        client_name: label(name),
        client_version: label(version),
    })
}
