//! What the end of a connection means for the client: come back, sign in again, or stop.

use std::time::Duration;

use super::backoff::{ADVICE_MAX, Backoff};
use crate::client::Error;
use crate::codes::Reason;
use crate::v1::{self, ErrorCode, GoAwayCode};

/// See the module.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::client) enum Fate {
    /// Try again after this long.
    Again(Duration),
    /// The token is void.
    SignedOut,
    /// Trying again would end the same way.
    Ended,
}

impl Fate {
    /// Decides by what ended the connection.
    pub(in crate::client) fn of(error: &Error, backoff: &mut Backoff) -> Self {
        match error {
            Error::Unreachable(_) | Error::TimedOut | Error::Protocol(_) => {
                Self::Again(backoff.wait())
            }
            Error::GoAway(away) => of_go_away(away, backoff),
            Error::Refused(error) => of_refusal(error, backoff),
            // The key has changed: nobody but a person may say that this is right.
            Error::Untrusted { .. }
            | Error::BadUrl(_)
            | Error::Insecure(_)
            | Error::BadTrust(_)
            | Error::Misuse(_)
            | Error::Closed => Self::Ended,
        }
    }
}

fn of_go_away(away: &v1::GoAway, backoff: &mut Backoff) -> Fate {
    match away.code() {
        GoAwayCode::SessionEnded | GoAwayCode::SessionTimedOut => Fate::SignedOut,
        GoAwayCode::Unspecified
        | GoAwayCode::Draining
        | GoAwayCode::ProtocolError
        | GoAwayCode::AuthTimeout
        | GoAwayCode::FrameTimeout
        | GoAwayCode::TooManyConnections
        | GoAwayCode::OutboxFull
        | GoAwayCode::Silent
        | GoAwayCode::TooFarBehind => {
            if away.reconnect {
                Fate::Again(backoff.wait_within(away.reconnect_min_ms, away.reconnect_max_ms))
            } else {
                Fate::Ended
            }
        }
    }
}

/// Of hello, of the sign-in or of sync: without these the connection is of no use.
fn of_refusal(error: &v1::Error, backoff: &mut Backoff) -> Fate {
    let is_void = error.code() == ErrorCode::Unauthenticated
        || Reason::of(error) == Some(Reason::SessionEnded);
    let may_pass = matches!(
        error.code(),
        ErrorCode::ResourceExhausted | ErrorCode::Unavailable | ErrorCode::Internal
    );
    if is_void {
        Fate::SignedOut
    } else if error.retryable || may_pass {
        let advice = Duration::from_millis(error.retry_after_ms.into()).min(ADVICE_MAX);
        Fate::Again(advice + backoff.wait())
    } else {
        Fate::Ended
    }
}
