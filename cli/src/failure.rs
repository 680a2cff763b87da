//! How a command ends when it does not end well: an exit code, a sentence, and what to do.

use std::fmt;
use std::process::ExitCode;

use parlor_proto::client::{self, Retry};
use parlor_proto::codes::Reason;
use parlor_proto::v1::{self, ErrorCode, GoAwayCode};

use crate::when::spell;

/// What scripts see of how it went. The numbers are a contract.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    Ok = 0,
    Failure = 1,
    Usage = 2,
    Unavailable = 3,
    Authentication = 4,
    Busy = 5,
    NotAllowed = 6,
    Untrusted = 7,
    TimedOut = 124,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command stops.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// For a person; empty if there is nothing to say.
    pub(crate) sentence: String,
    /// A command that helps.
    pub(crate) hint: Option<String>,
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Self { exit, sentence: sentence.into(), hint: None }
    }

    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Usage, sentence)
    }

    /// A file of ours that does not do what it should.
    pub(crate) fn file(path: &std::path::Path, why: impl fmt::Display) -> Self {
        Self::new(Exit::Failure, format!("{}: {why}", path.display()))
    }

    /// Whoever read our output has seen enough, which is a success.
    pub(crate) fn reader_gone() -> Self {
        Self::new(Exit::Ok, "")
    }

    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "")
    }

    #[must_use]
    pub(crate) fn hint(mut self, command: impl Into<String>) -> Self {
        self.hint = Some(command.into());
        self
    }
}

impl From<client::Error> for Failure {
    fn from(error: client::Error) -> Self {
        let failure = Self::new(exit_of(&error), error.to_string());
        match (&error, error.retry()) {
            (client::Error::Refused(_), Retry::After(pause)) => Self {
                sentence: format!("{}; try again in {}", failure.sentence, spell(pause)),
                ..failure
            },
            _ => failure,
        }
    }
}

fn exit_of(error: &client::Error) -> Exit {
    match error {
        client::Error::Refused(refusal) => exit_of_refusal(refusal),
        client::Error::GoAway(go_away) => exit_of_go_away(go_away.code()),
        client::Error::BadUrl(_) | client::Error::Insecure(_) => Exit::Usage,
        client::Error::Unreachable(_) => Exit::Unavailable,
        client::Error::Untrusted { .. } => Exit::Untrusted,
        client::Error::TimedOut => Exit::Unavailable,
        client::Error::BadTrust(_)
        | client::Error::Misuse(_)
        | client::Error::Protocol(_)
        | client::Error::Closed => Exit::Failure,
    }
}

fn exit_of_refusal(refusal: &v1::Error) -> Exit {
    if Reason::of(refusal) == Some(Reason::Overloaded) {
        return Exit::Busy;
    }
    match refusal.code() {
        ErrorCode::InvalidArgument => Exit::Usage,
        ErrorCode::NotFound | ErrorCode::PermissionDenied => Exit::NotAllowed,
        ErrorCode::ResourceExhausted => Exit::Busy,
        ErrorCode::Unavailable => Exit::Unavailable,
        ErrorCode::Unauthenticated => Exit::Authentication,
        ErrorCode::AlreadyExists
        | ErrorCode::FailedPrecondition
        | ErrorCode::Aborted
        | ErrorCode::Unimplemented
        | ErrorCode::Internal
        | ErrorCode::Unspecified => Exit::Failure,
    }
}

fn exit_of_go_away(code: GoAwayCode) -> Exit {
    match code {
        GoAwayCode::SessionEnded | GoAwayCode::SessionTimedOut => Exit::Authentication,
        GoAwayCode::TooManyConnections | GoAwayCode::OutboxFull => Exit::Busy,
        GoAwayCode::ProtocolError => Exit::Failure,
        GoAwayCode::Draining
        | GoAwayCode::AuthTimeout
        | GoAwayCode::FrameTimeout
        | GoAwayCode::Silent
        | GoAwayCode::TooFarBehind
        | GoAwayCode::Unspecified => Exit::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(reason: Reason, retry_after_ms: u32) -> client::Error {
        client::Error::Refused(v1::Error {
            code: reason.code().into(),
            reason: reason.as_str().to_owned(),
            message: "no".to_owned(),
            retryable: reason.is_retryable(),
            retry_after_ms,
        })
    }

    #[test]
    fn exit_codes_are_a_contract() {
        let numbers = |exits: &[Exit]| exits.iter().map(|exit| *exit as u8).collect::<Vec<_>>();
        let all = [
            Exit::Ok,
            Exit::Failure,
            Exit::Usage,
            Exit::Unavailable,
            Exit::Authentication,
            Exit::Busy,
            Exit::NotAllowed,
            Exit::Untrusted,
            Exit::TimedOut,
            Exit::Interrupted,
        ];
        assert_eq!(numbers(&all), [0, 1, 2, 3, 4, 5, 6, 7, 124, 130]);
    }

    #[test]
    fn each_refusal_has_its_exit_code() {
        for (reason, exit) in [
            (Reason::TextTooLong, Exit::Usage),
            (Reason::WeakPassword, Exit::Usage),
            (Reason::BadCredentials, Exit::Authentication),
            (Reason::SessionEnded, Exit::Authentication),
            (Reason::RateLimited, Exit::Busy),
            (Reason::LoginQueueFull, Exit::Busy),
            (Reason::Overloaded, Exit::Busy),
            (Reason::StorageFull, Exit::Unavailable),
            (Reason::RoomNotFound, Exit::NotAllowed),
            (Reason::NotAMember, Exit::NotAllowed),
            (Reason::RegistrationClosed, Exit::NotAllowed),
            (Reason::BadInvite, Exit::NotAllowed),
            (Reason::UserNameTaken, Exit::Failure),
            (Reason::ClientMessageIdReused, Exit::Failure),
            (Reason::Internal, Exit::Failure),
        ] {
            assert_eq!(Failure::from(refusal(reason, 0)).exit, exit, "{reason}");
        }
    }

    #[test]
    fn who_is_too_fast_is_told_when_to_come_back() {
        let failure = Failure::from(refusal(Reason::RateLimited, 1_500));
        assert_eq!(failure.sentence, "no; try again in 1.5 s");
        assert_eq!(Failure::from(refusal(Reason::RateLimited, 0)).sentence, "no");
    }

    #[test]
    fn errors_of_the_connection_have_theirs() {
        let why = || "why".to_owned();
        for (error, exit) in [
            (client::Error::BadUrl(why()), Exit::Usage),
            (client::Error::Insecure(why()), Exit::Usage),
            (client::Error::Unreachable(why()), Exit::Unavailable),
            (client::Error::TimedOut, Exit::Unavailable),
            (client::Error::Protocol(why()), Exit::Failure),
        ] {
            assert_eq!(Failure::from(error).exit, exit);
        }
        let away = |code| client::Error::GoAway(v1::GoAway { code, ..Default::default() });
        for (code, exit) in [
            (GoAwayCode::SessionEnded.into(), Exit::Authentication),
            (GoAwayCode::Draining.into(), Exit::Unavailable),
            (GoAwayCode::Silent.into(), Exit::Unavailable),
            (GoAwayCode::TooManyConnections.into(), Exit::Busy),
            (99, Exit::Unavailable),
        ] {
            assert_eq!(Failure::from(away(code)).exit, exit);
        }
    }
}
