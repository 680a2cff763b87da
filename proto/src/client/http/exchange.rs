//! One connection to a bridge by HTTP, made when it is needed and made anew when it has gone.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use super::bearer;
use crate::client::transport::{Dialer, Duplex};
use crate::client::{Error, Options, Token};
use crate::rest::problem::PROBLEM_JSON;
use crate::rest::{Call, Problem};

/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

type Io = TokioIo<Box<dyn Duplex>>;

/// See the module.
pub(super) struct Exchange {
    dialer: Dialer,
    options: Options,
    authorization: Option<HeaderValue>,
    open: Option<Open>,
}

/// A connection, and what moves its bytes; both are polled while a call waits.
struct Open {
    sender: SendRequest<Full<Bytes>>,
    connection: Connection<Io, Full<Bytes>>,
}

impl Exchange {
    pub(super) fn new(options: &Options) -> Result<Self, Error> {
        let dialer = Dialer::new(options)?;
        Ok(Self { dialer, options: options.clone(), authorization: None, open: None })
    }

    /// Who asks from now on.
    pub(super) fn authorize(&mut self, token: &Token) {
        let value = HeaderValue::from_str(&format!("Bearer {}", bearer(token))).ok();
        self.authorization = value.map(|mut value| {
            value.set_sensitive(true);
            value
        });
    }

    /// Makes a call: the body of its answer. A connection that was used before may have been
    /// closed meanwhile; then it is tried once more on a new one, if that does no harm.
    pub(super) async fn call(&mut self, call: &Call, may_repeat: bool) -> Result<Vec<u8>, Error> {
        let is_used = self.open.is_some();
        let first = self.attempt(call).await;
        match first {
            Err(Error::Unreachable(_)) if is_used && may_repeat => self.attempt(call).await,
            first => first,
        }
    }

    async fn attempt(&mut self, call: &Call) -> Result<Vec<u8>, Error> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => dial(self.dialer.clone(), self.options.connect_timeout).await?,
        };
        let request = self.request(call)?;
        let sender = &mut open.sender;
        let asking = async {
            sender.ready().await.map_err(|error| lost(&error))?;
            let response = sender.send_request(request).await.map_err(|error| lost(&error))?;
            read(response).await
        };
        let answer = tokio::select! {
            biased;
            answer = asking => answer,
            ended = &mut open.connection => match ended {
                Ok(()) => Err(Error::Unreachable("the bridge closed the connection".to_owned())),
                Err(error) => Err(lost(&error)),
            },
        };
        if !matches!(answer, Err(Error::Unreachable(_) | Error::Protocol(_))) {
            self.open = Some(open);
        }
        answer
    }

    fn request(&self, call: &Call) -> Result<Request<Full<Bytes>>, Error> {
        let Options { server, client_name, client_version, .. } = &self.options;
        let agent = format!("{client_name}/{client_version}");
        let mut request = Request::builder()
            .method(call.method)
            .uri(&call.path)
            .header(HOST, server.authority())
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, agent);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some((name, value)) = &call.header {
            request = request.header(*name, value);
        }
        if call.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = Full::new(Bytes::from(call.body.clone().unwrap_or_default()));
        request.body(body).map_err(|error| Error::Misuse(error.to_string()))
    }
}

async fn dial(dialer: Dialer, limit: Duration) -> Result<Open, Error> {
    let dialing = async {
        let io = TokioIo::new(dialer.dial_http().await?);
        let (sender, connection) = http1::handshake(io).await.map_err(|error| lost(&error))?;
        Ok(Open { sender, connection })
    };
    timeout(limit, dialing).await.unwrap_or(Err(Error::TimedOut))
}

async fn read(response: Response<hyper::body::Incoming>) -> Result<Vec<u8>, Error> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| lost(&error))?.to_bytes();
    if head.status.is_success() {
        return Ok(body.to_vec());
    }
    let kind = head.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    if kind != Some(PROBLEM_JSON.as_bytes()) {
        return Err(no_bridge(head.status));
    }
    match serde_json::from_slice::<Problem>(&body) {
        // The bridge is there and the server is not.
        Ok(problem) if problem.reason.starts_with("UPSTREAM_") => {
            Err(Error::Unreachable(problem.detail))
        }
        Ok(problem) => Err(Error::Refused(problem.into())),
        Err(_) => Err(no_bridge(head.status)),
    }
}

fn no_bridge(status: StatusCode) -> Error {
    let status = status.as_u16();
    Error::Unreachable(format!("this is no Parlor bridge: it answered HTTP {status}"))
}

fn lost(error: &dyn fmt::Display) -> Error {
    Error::Unreachable(format!("connection lost: {error}"))
}
