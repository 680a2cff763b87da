//! Everything that can go wrong for a client, by who is to blame, each with a sentence.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::Pin;
use crate::codes::Reason;
use crate::v1;

/// Text of a peer is cut after so many characters.
const PEER_TEXT_CHARS_MAX: usize = 300;

/// What went wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// The server's address is none.
    BadUrl(String),
    /// What is asked for would go over the network in clear.
    Insecure(String),
    /// The trust rules cannot be used: an unreadable CA file.
    BadTrust(String),
    /// The call makes no sense now, or is too large.
    Misuse(String),
    /// No connection, or it was lost.
    Unreachable(String),
    /// The certificate is not trusted. A person may decide to store the pin.
    Untrusted {
        /// The pin of the key that the server showed.
        presented: Pin,
        /// Why it was refused.
        why: String,
    },
    /// The server refused the request.
    Refused(v1::Error),
    /// The server closed the connection and said why.
    GoAway(v1::GoAway),
    /// The server broke the protocol.
    Protocol(String),
    /// The server did not answer in time.
    TimedOut,
    /// The client has been closed.
    Closed,
}

/// Whether trying again makes sense.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Retry {
    /// At once.
    Now,
    /// After this long.
    After(Duration),
    /// Not without changing something.
    Never,
}

impl Error {
    /// Whether, and when, the same call may succeed.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Unreachable(_) | Self::TimedOut => Retry::Now,
            Self::Refused(error) if error.retryable => match error.retry_after_ms {
                0 => Retry::Now,
                ms => Retry::After(Duration::from_millis(ms.into())),
            },
            Self::GoAway(away) if away.reconnect => {
                Retry::After(Duration::from_millis(away.reconnect_max_ms.into()))
            }
            Self::BadUrl(_)
            | Self::Insecure(_)
            | Self::BadTrust(_)
            | Self::Misuse(_)
            | Self::Untrusted { .. }
            | Self::Refused(_)
            | Self::GoAway(_)
            | Self::Protocol(_)
            | Self::Closed => Retry::Never,
        }
    }

    /// The reason of a refusal, if it is one that this code knows.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        if let Self::Refused(error) = self { Reason::of(error) } else { None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadUrl(why) => write!(f, "bad server address: {why}"),
            Self::Insecure(why) => write!(f, "not protected: {why}"),
            Self::BadTrust(why) => write!(f, "certificates to trust: {why}"),
            Self::Misuse(why) => f.write_str(why),
            Self::Unreachable(why) => f.write_str(why),
            Self::Untrusted { presented, why } => {
                write!(f, "certificate not trusted: {why} (it shows {presented})")
            }
            Self::Refused(error) if error.message.is_empty() => {
                write!(f, "refused: {}", Printable(&error.reason))
            }
            Self::Refused(error) => Printable(&error.message).fmt(f),
            Self::GoAway(away) if away.message.is_empty() => {
                write!(f, "the server closed the connection: {}", away.code().as_str_name())
            }
            Self::GoAway(away) => {
                write!(f, "the server closed the connection: {}", Printable(&away.message))
            }
            Self::Protocol(why) => write!(f, "the server broke the protocol: {why}"),
            Self::TimedOut => f.write_str("the server did not answer in time"),
            Self::Closed => f.write_str("the client has been closed"),
        }
    }
}

impl std::error::Error for Error {}

/// Text of a peer without what could move a cursor or turn the direction of writing.
struct Printable<'a>(&'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars().take(PEER_TEXT_CHARS_MAX) {
            let steers = c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}')
                || matches!(c, '\u{2066}'..='\u{2069}');
            f.write_char(if steers { char::REPLACEMENT_CHARACTER } else { c })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_server_cannot_steer_a_terminal() {
        let message = "no\u{1b}[2Jway\n\u{202e}".to_owned();
        let error = Error::Refused(v1::Error { message, ..Default::default() });
        assert_eq!(error.to_string(), "no\u{fffd}[2Jway\u{fffd}\u{fffd}");
        let reason = "X".repeat(1_000);
        let error = Error::Refused(v1::Error { reason, ..Default::default() });
        assert_eq!(error.to_string().len(), "refused: ".len() + PEER_TEXT_CHARS_MAX);
    }

    #[test]
    fn a_refusal_says_when_to_come_back() {
        let refused = |retryable, retry_after_ms| {
            Error::Refused(v1::Error { retryable, retry_after_ms, ..Default::default() }).retry()
        };
        assert_eq!(refused(false, 500), Retry::Never);
        assert_eq!(refused(true, 0), Retry::Now);
        assert_eq!(refused(true, 500), Retry::After(Duration::from_millis(500)));
    }
}
