//! What is told when a call was not done. Refusals of the daemon are passed on as they are; what
//! the bridge refuses by itself is listed here.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use parlor_proto::client::Error;
use parlor_proto::codes::Reason;
use parlor_proto::rest::Problem;
use parlor_proto::rest::problem::{PROBLEM_JSON, TYPE_PREFIX};
use parlor_proto::v1::{self, GoAwayCode};

/// When to come back if the daemon cannot be reached or the bridge is full.
const AGAIN_MS: u32 = 1_000;

/// A call was not done, and why.
#[derive(Debug)]
pub(crate) struct Refused(Box<Problem>);

/// What the bridge refuses without asking the daemon.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Own {
    BadField,
    NoSuchPath,
    NoSuchMethod,
    NotAcceptable,
    BodyTimeout,
    BodyTooLarge,
    BadMediaType,
    IfMatchRequired,
    NotSignedIn,
    TooManyCalls,
    TooManyStreams,
    TooManyTransfers,
    PreconditionFailed,
    RangeNotSatisfiable,
    Origin,
    Full,
    DeliversNothing,
    Draining,
    Unreachable,
    TimedOut,
    Upstream,
}

/// The reasons of [`Own`], some of which the daemon gives as well.
pub(crate) fn own_reasons() -> impl Iterator<Item = &'static str> {
    Own::ALL.into_iter().map(|own| own.facts().2)
}

const _: () = assert!(Own::ALL.len() == Own::Upstream as usize + 1, "each of them, once");

impl Own {
    /// Each of them, for the document.
    pub(super) const ALL: [Self; 21] = [
        Self::BadField,
        Self::NoSuchPath,
        Self::NoSuchMethod,
        Self::NotAcceptable,
        Self::BodyTimeout,
        Self::BodyTooLarge,
        Self::BadMediaType,
        Self::IfMatchRequired,
        Self::NotSignedIn,
        Self::TooManyCalls,
        Self::TooManyStreams,
        Self::TooManyTransfers,
        Self::PreconditionFailed,
        Self::RangeNotSatisfiable,
        Self::Origin,
        Self::Full,
        Self::DeliversNothing,
        Self::Draining,
        Self::Unreachable,
        Self::TimedOut,
        Self::Upstream,
    ];

    pub(super) fn status(self) -> u16 {
        self.facts().0.as_u16()
    }

    pub(super) fn reason(self) -> &'static str {
        self.facts().2
    }

    /// Status, code, reason, and whether the same may succeed later.
    fn facts(self) -> (StatusCode, &'static str, &'static str, bool) {
        match self {
            Self::BadField => (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", "BAD_FIELD", false),
            Self::NoSuchPath => (StatusCode::NOT_FOUND, "NOT_FOUND", "NO_SUCH_PATH", false),
            Self::NoSuchMethod => {
                (StatusCode::METHOD_NOT_ALLOWED, "UNIMPLEMENTED", "METHOD_NOT_ALLOWED", false)
            }
            Self::NotAcceptable => {
                (StatusCode::NOT_ACCEPTABLE, "INVALID_ARGUMENT", "NOT_ACCEPTABLE", false)
            }
            Self::BodyTimeout => {
                (StatusCode::REQUEST_TIMEOUT, "DEADLINE_EXCEEDED", "BODY_TIMEOUT", true)
            }
            Self::BodyTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "INVALID_ARGUMENT", "BODY_TOO_LARGE", false)
            }
            Self::BadMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "INVALID_ARGUMENT", "BAD_MEDIA_TYPE", false)
            }
            Self::IfMatchRequired => {
                (StatusCode::PRECONDITION_REQUIRED, "INVALID_ARGUMENT", "IF_MATCH_REQUIRED", false)
            }
            Self::TooManyCalls => {
                (StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED", "TOO_MANY_CALLS", true)
            }
            Self::TooManyStreams => {
                (StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED", "TOO_MANY_STREAMS", false)
            }
            Self::TooManyTransfers => {
                (StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED", "TOO_MANY_TRANSFERS", true)
            }
            Self::PreconditionFailed => {
                (StatusCode::PRECONDITION_FAILED, "ABORTED", "PRECONDITION_FAILED", false)
            }
            Self::RangeNotSatisfiable => {
                let status = StatusCode::RANGE_NOT_SATISFIABLE;
                (status, "INVALID_ARGUMENT", "RANGE_NOT_SATISFIABLE", false)
            }
            Self::NotSignedIn => {
                (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", "NOT_SIGNED_IN", false)
            }
            Self::Origin => {
                (StatusCode::FORBIDDEN, "PERMISSION_DENIED", "ORIGIN_NOT_ALLOWED", false)
            }
            Self::Full => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "BRIDGE_FULL", true),
            Self::DeliversNothing => {
                (StatusCode::NOT_IMPLEMENTED, "UNIMPLEMENTED", "DELIVERS_NOTHING", false)
            }
            Self::Draining => (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "DRAINING", true),
            Self::Unreachable => {
                (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "UPSTREAM_UNREACHABLE", true)
            }
            Self::TimedOut => {
                (StatusCode::GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED", "UPSTREAM_TIMED_OUT", true)
            }
            Self::Upstream => (StatusCode::BAD_GATEWAY, "INTERNAL", "UPSTREAM_BROKE", true),
        }
    }
}

impl Refused {
    pub(crate) fn own(own: Own, detail: impl Into<String>) -> Self {
        let (status, code, reason, retryable) = own.facts();
        Self(Box::new(Problem {
            r#type: format!("{TYPE_PREFIX}{reason}"),
            status: status.as_u16(),
            detail: detail.into(),
            code: code.to_owned(),
            reason: reason.to_owned(),
            retryable,
            retry_after_ms: is_brief(status, retryable).then_some(AGAIN_MS),
            ..Problem::default()
        }))
    }

    /// Something in the request cannot be right.
    pub(crate) fn field(field: &str, why: impl Into<String>) -> Self {
        let mut refused = Self::own(Own::BadField, why);
        refused.0.field = Some(field.to_owned());
        refused
    }

    /// The daemon has no such thing; as it would say so itself.
    pub(crate) fn missing(reason: Reason, detail: &str) -> Self {
        Self::from(v1::Error {
            code: reason.code().into(),
            reason: reason.as_str().to_owned(),
            message: detail.to_owned(),
            retryable: false,
            retry_after_ms: 0,
        })
    }

    /// An answer of another kind than was asked for.
    pub(crate) fn confused() -> Self {
        Self::own(Own::Upstream, "the server gave an answer of another kind")
    }

    pub(super) fn problem(&self) -> &Problem {
        &self.0
    }

    pub(crate) fn reason(&self) -> &str {
        &self.0.reason
    }
}

/// Whether it is worth coming back soon.
fn is_brief(status: StatusCode, retryable: bool) -> bool {
    let brief = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS];
    retryable && brief.contains(&status)
}

impl From<v1::Error> for Refused {
    fn from(error: v1::Error) -> Self {
        Self(Box::new(Problem::of(error)))
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(error) => error.into(),
            Error::GoAway(away) => went_away(&away),
            Error::TimedOut => Self::own(Own::TimedOut, "the server did not answer in time"),
            // Where and how the server is reached is nobody's business but the operator's.
            Error::Unreachable(_) | Error::Closed => {
                Self::own(Own::Unreachable, "the server cannot be reached; try again")
            }
            Error::Misuse(why) => Self::own(Own::BadField, why),
            Error::BadUrl(_)
            | Error::Insecure(_)
            | Error::BadTrust(_)
            | Error::Untrusted { .. }
            | Error::Protocol(_) => {
                Self::own(Own::Upstream, "the server cannot be spoken to; ask its operator")
            }
        }
    }
}

fn went_away(away: &v1::GoAway) -> Refused {
    match away.code() {
        GoAwayCode::SessionEnded | GoAwayCode::SessionTimedOut => {
            Refused::missing(Reason::SessionEnded, "the session has ended; sign in again")
        }
        GoAwayCode::Unspecified
        | GoAwayCode::Draining
        | GoAwayCode::ProtocolError
        | GoAwayCode::AuthTimeout
        | GoAwayCode::FrameTimeout
        | GoAwayCode::TooManyConnections
        | GoAwayCode::OutboxFull
        | GoAwayCode::Silent
        | GoAwayCode::TooFarBehind => {
            Refused::own(Own::Unreachable, "the server closed the connection; try again")
        }
    }
}

impl IntoResponse for Refused {
    /// The document itself is written by [`document`], where the request's id is known.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status);
        let mut response = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        response.extensions_mut().insert(Waiting(self.0));
        response
    }
}

/// A problem that is not yet written.
#[derive(Clone)]
struct Waiting(Box<Problem>);

/// Writes the document of a response that is a refusal; its reason.
pub(super) fn document(response: &mut Response, request_id: &str) -> Option<String> {
    let status = response.status();
    let Waiting(mut problem) = response.extensions_mut().remove::<Waiting>()?;
    problem.title = status.canonical_reason().unwrap_or("Refused").to_owned();
    problem.instance = format!("urn:parlor:request:{request_id}");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    if let Some(ms) = problem.retry_after_ms {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000)));
    }
    if status == StatusCode::UNAUTHORIZED {
        let challenge = match problem.reason.as_str() {
            "SESSION_ENDED" => r#"Bearer realm="parlor", error="invalid_token""#,
            _ => r#"Bearer realm="parlor""#,
        };
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    // A problem is text and numbers, and always has a form.
    *response.body_mut() = Body::from(serde_json::to_vec(&*problem).unwrap_or_default());
    Some(problem.reason)
}
