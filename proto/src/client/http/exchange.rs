//! One connection to a bridge by HTTP, made when it is needed, kept while it is good.

use std::fmt;
use std::pin::pin;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, Connection, SendRequest};
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
    USER_AGENT,
};
use hyper::http::request::Builder;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use super::streaming::{EVENT_STREAM, Streaming};
use crate::client::transport::{Dialer, Duplex};
use crate::client::{Error, Options, Token};
use crate::rest::problem::PROBLEM_JSON;
use crate::rest::{Call, Problem, TokenText};
use crate::v1::{self, ErrorCode};

const JSON: &str = "application/json";

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The longest answer that is read: a page of the longest messages, however they are escaped.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// See the module.
pub(super) struct Exchange {
    dialer: Dialer,
    options: Options,
    authorization: Option<HeaderValue>,
    open: Option<Open>,
}

/// No answer, and whether the call may have been heard all the same.
pub(super) struct Lost {
    pub(super) error: Error,
    pub(super) was_sent: bool,
}

/// A connection, and what moves its bytes; both are polled while a call waits.
pub(super) struct Open {
    pub(super) sender: SendRequest<Full<Bytes>>,
    pub(super) connection: Moving,
}

pub(super) type Moving = Connection<TokioIo<Box<dyn Duplex>>, Full<Bytes>>;

impl Exchange {
    pub(super) fn new(options: &Options) -> Result<Self, Error> {
        let dialer = Dialer::new(options)?;
        Ok(Self { dialer, options: options.clone(), authorization: None, open: None })
    }

    /// Who asks from now on.
    pub(super) fn authorize(&mut self, token: &Token) {
        let value = HeaderValue::from_str(&format!("Bearer {}", TokenText(*token.expose())));
        self.authorization = value.ok().map(|mut value| {
            value.set_sensitive(true);
            value
        });
    }

    /// Whether the next call goes over a connection that was used before.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Makes a call: the body of its answer. Has no deadline of its own: drop the future, and the
    /// connection goes with it.
    pub(super) async fn call(&mut self, call: &Call) -> Result<Vec<u8>, Lost> {
        let unsent = |error| Lost { error, was_sent: false };
        let request = self.request(call).map_err(unsent)?;
        let open = match self.open.take() {
            Some(open) => open,
            None => {
                let (dialer, limit) = (self.dialer.clone(), self.options.connect_timeout);
                timeout(limit, dial(dialer))
                    .await
                    .unwrap_or(Err(Error::TimedOut))
                    .map_err(unsent)?
            }
        };
        let (answer, open) = open.ask(request).await;
        let is_good = !matches!(&answer, Err(lost) if is_of_connection(&lost.error));
        self.open = open.filter(|_| is_good);
        answer
    }

    /// Another one of the same caller: for a stream.
    pub(super) fn another(&self) -> Self {
        let Self { dialer, options, authorization, .. } = self;
        let (dialer, options) = (dialer.clone(), options.clone());
        Self { dialer, options, authorization: authorization.clone(), open: None }
    }

    /// Begins to hear events, after the last one that was heard, over a connection of its own. Has
    /// no deadline, as [`call`](Self::call).
    pub(super) fn stream(
        &self,
        path: &str,
        last: &str,
    ) -> impl Future<Output = Result<Streaming, Error>> + Send + use<> {
        let mut request = self.header("GET", path, EVENT_STREAM);
        if !last.is_empty() {
            request = request.header(LAST_EVENT_ID, last);
        }
        let request = request.body(Full::default());
        let dialer = self.dialer.clone();
        async move {
            let request = request.map_err(|error| Error::Misuse(error.to_string()))?;
            Streaming::begin(dial(dialer).await?, request).await
        }
    }

    pub(super) fn dialer(&self) -> Dialer {
        self.dialer.clone()
    }

    /// What every call begins with.
    pub(super) fn header(&self, method: &str, path: &str, accept: &str) -> Builder {
        let Options { server, client_name, client_version, .. } = &self.options;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, server.authority())
            .header(ACCEPT, accept)
            .header(USER_AGENT, format!("{client_name}/{client_version}"));
        match &self.authorization {
            Some(authorization) => request.header(AUTHORIZATION, authorization),
            None => request,
        }
    }

    fn request(&self, call: &Call) -> Result<Request<Full<Bytes>>, Error> {
        let mut request = self.header(call.method, &call.path, JSON);
        if let Some((name, value)) = &call.header {
            request = request.header(*name, value);
        }
        if call.body.is_some() {
            request = request.header(CONTENT_TYPE, JSON);
        }
        let body = Full::new(Bytes::from(call.body.clone().unwrap_or_default()));
        request.body(body).map_err(|error| Error::Misuse(error.to_string()))
    }
}

async fn dial(dialer: Dialer) -> Result<Open, Error> {
    let stream = dialer.dial_http().await?;
    let open = http1::handshake(TokioIo::new(stream)).await;
    let (sender, connection) = open.map_err(|error| lost(&error))?;
    Ok(Open { sender, connection })
}

impl Open {
    /// The answer, and the connection if it is still there.
    async fn ask(self, request: Request<Full<Bytes>>) -> (Result<Vec<u8>, Lost>, Option<Self>) {
        let Self { sender, mut connection } = self;
        let mut asking = pin!(ask(sender, request));
        tokio::select! {
            biased;
            (answer, sender) = &mut asking => return (answer, Some(Self { sender, connection })),
            _ended = &mut connection => {}
        }
        // What has come before the end is there to be read. A request that was too late for this
        // connection is only told so when that is dropped.
        drop(connection);
        (asking.await.0, None)
    }
}

/// The answer; and whoever asked, to ask again.
async fn ask(
    mut sender: SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> (Result<Vec<u8>, Lost>, SendRequest<Full<Bytes>>) {
    let answer = ask_once(&mut sender, request).await;
    (answer, sender)
}

async fn ask_once(
    sender: &mut SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<Vec<u8>, Lost> {
    let unsent = |error: hyper::Error| Lost { error: lost(&error), was_sent: false };
    sender.ready().await.map_err(unsent)?;
    let response = sender.send_request(request).await.map_err(|error| {
        let was_sent = !error.is_canceled();
        Lost { error: lost(&error), was_sent }
    })?;
    read(response).await.map_err(|error| Lost { error, was_sent: true })
}

pub(super) async fn read(response: Response<Incoming>) -> Result<Vec<u8>, Error> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| lost(&error))?.to_bytes();
    let is_json = head.status.is_success() && is(&head.headers, JSON);
    if head.status == StatusCode::NO_CONTENT || is_json {
        return Ok(body.to_vec());
    }
    match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) if is(&head.headers, PROBLEM_JSON) => Err(refused(problem)),
        _ => Err(no_bridge(head.status, &head.headers)),
    }
}

/// Whether a body is of this media type.
pub(super) fn is(headers: &HeaderMap, wanted: &str) -> bool {
    let kind = headers.get(CONTENT_TYPE).map_or("", |kind| kind.to_str().unwrap_or("?"));
    kind.split(';').next().unwrap_or_default().trim() == wanted
}

/// What a bridge says of itself is told as it is told of other connections to one.
fn refused(problem: Problem) -> Error {
    match problem.reason.as_str() {
        "UPSTREAM_UNREACHABLE" => {
            Error::Unreachable("the bridge cannot reach the server".to_owned())
        }
        "UPSTREAM_TIMED_OUT" => Error::TimedOut,
        "UPSTREAM_BROKE" => Error::Protocol(problem.detail),
        "NO_SUCH_PATH" | "METHOD_NOT_ALLOWED" => {
            Error::Protocol("the bridge does not know this call: it is older, perhaps".to_owned())
        }
        _ => Error::Refused(problem.into()),
    }
}

/// Something on the way that is no bridge of ours.
fn no_bridge(status: StatusCode, headers: &HeaderMap) -> Error {
    let number = status.as_u16();
    let code = match status {
        StatusCode::TOO_MANY_REQUESTS => ErrorCode::ResourceExhausted,
        StatusCode::SERVICE_UNAVAILABLE => ErrorCode::Unavailable,
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => {
            let why = format!("what stands before the bridge cannot reach it: HTTP {number}");
            return Error::Unreachable(why);
        }
        _ => {
            let why = format!("this is no Parlor bridge: it answered HTTP {number}");
            return Error::Unreachable(why);
        }
    };
    let after = headers.get(RETRY_AFTER).and_then(|after| after.to_str().ok());
    let seconds: u32 = after.and_then(|after| after.trim().parse().ok()).unwrap_or_default();
    Error::Refused(v1::Error {
        code: code.into(),
        reason: format!("HTTP_{number}"),
        message: format!("what stands before the bridge answered HTTP {number}"),
        retryable: true,
        retry_after_ms: seconds.saturating_mul(1_000),
    })
}

/// After these the same connection is not used again.
fn is_of_connection(error: &Error) -> bool {
    matches!(error, Error::Unreachable(_) | Error::Protocol(_))
}

pub(super) fn lost(error: &dyn fmt::Display) -> Error {
    Error::Unreachable(format!("connection lost: {error}"))
}
