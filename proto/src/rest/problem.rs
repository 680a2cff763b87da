//! What stands in place of an answer: problem documents (RFC 9457), and which status they have.
#![expect(missing_docs, reason = "fields are those of the schema or of RFC 9457")]

use serde::{Deserialize, Serialize};

use crate::v1::{self, ErrorCode};

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What the type of a problem begins with; its reason follows.
pub const TYPE_PREFIX: &str = "urn:parlor:problem:";

/// Before the names of codes in the schema.
const CODE_PREFIX: &str = "ERROR_CODE_";

/// Why a request was not done.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:parlor:problem:` and the reason.
    pub r#type: String,
    /// The status in words.
    pub title: String,
    pub status: u16,
    /// What was wrong and what to do, for a person. May change at any time.
    pub detail: String,
    /// The request, as it is called in logs and in `x-request-id`.
    pub instance: String,
    /// What kind of failure: `NOT_FOUND`.
    pub code: String,
    /// One cause each, stable: `ROOM_NOT_FOUND`.
    pub reason: String,
    /// The same request may succeed if it is sent again unchanged.
    pub retryable: bool,
    /// Wait at least so long first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
    /// What in the request is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Problem {
    /// A refusal of the server. `title` and `instance` are left to who knows the HTTP.
    #[must_use]
    pub fn of(error: v1::Error) -> Self {
        let code = error.code();
        let name = code.as_str_name();
        Self {
            r#type: format!("{TYPE_PREFIX}{}", error.reason),
            status: status_of(code, &error.reason),
            code: name.strip_prefix(CODE_PREFIX).unwrap_or(name).to_owned(),
            detail: error.message,
            reason: error.reason,
            retryable: error.retryable,
            retry_after_ms: Some(error.retry_after_ms).filter(|ms| *ms > 0),
            ..Self::default()
        }
    }
}

impl From<Problem> for v1::Error {
    fn from(problem: Problem) -> Self {
        let code = ErrorCode::from_str_name(&format!("{CODE_PREFIX}{}", problem.code));
        Self {
            // One that the schema does not have, as a client takes it.
            code: code.unwrap_or(ErrorCode::Internal).into(),
            reason: problem.reason,
            message: problem.detail,
            retryable: problem.retryable,
            retry_after_ms: problem.retry_after_ms.unwrap_or_default(),
        }
    }
}

/// The status of a refusal.
fn status_of(code: ErrorCode, reason: &str) -> u16 {
    match code {
        // Only where `If-Match` was sent can a version be another than expected.
        ErrorCode::Aborted if reason == "VERSION_MISMATCH" => 412,
        ErrorCode::InvalidArgument => 400,
        ErrorCode::Unauthenticated => 401,
        ErrorCode::PermissionDenied => 403,
        ErrorCode::NotFound => 404,
        ErrorCode::AlreadyExists | ErrorCode::Aborted | ErrorCode::FailedPrecondition => 409,
        ErrorCode::ResourceExhausted => 429,
        ErrorCode::Unimplemented => 501,
        ErrorCode::Unavailable => 503,
        ErrorCode::Internal | ErrorCode::Unspecified => 500,
    }
}
