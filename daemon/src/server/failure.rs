//! Why the daemon does not start, or cannot go on, and what its exit code says of it.

use std::path::Path;
use std::process::ExitCode;

use crate::store::StoreError;

/// One sentence for the operator, and whose business it is. The codes are those of
/// `sysexits.h`, which systemd knows by name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Failure {
    /// A file or flag must be changed first.
    #[error("{0}")]
    Configuration(String),
    /// Something outside is missing or taken: a port, a running daemon.
    #[error("{0}")]
    Unavailable(String),
    /// A bug.
    #[error("{0}")]
    Internal(String),
    /// The disk.
    #[error("{0}")]
    Storage(String),
    /// Asked twice to stop: nothing is lost, but nobody was waited for.
    #[error("stopped at once: connections were cut")]
    Cut,
    /// Another daemon is at work; it may be gone in a moment.
    #[error("{0}")]
    Locked(String),
}

impl Failure {
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Cut => 1,
            Self::Unavailable(_) => 69,
            Self::Internal(_) => 70,
            Self::Storage(_) => 74,
            Self::Locked(_) => 75,
            Self::Configuration(_) => 78,
        }
    }

    /// The store could not be opened; SQLite does not say where.
    pub(super) fn of_store(error: StoreError, dir: &Path) -> Self {
        let failure = Self::from(error);
        if let Self::Storage(sentence) = &failure
            && !sentence.contains(&*dir.to_string_lossy())
        {
            return Self::Storage(format!("{}: {sentence}", dir.display()));
        }
        failure
    }
}

impl From<&Failure> for ExitCode {
    fn from(failure: &Failure) -> Self {
        failure.code().into()
    }
}

impl From<crate::config::Mistake> for Failure {
    fn from(mistake: crate::config::Mistake) -> Self {
        Self::Configuration(mistake.to_string())
    }
}

impl From<super::tls::Unusable> for Failure {
    fn from(unusable: super::tls::Unusable) -> Self {
        Self::Configuration(unusable.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let sentence = error.to_string();
        match error {
            StoreError::Locked { .. } => Self::Locked(sentence),
            StoreError::Missing { .. } => Self::Unavailable(sentence),
            StoreError::Full | StoreError::Newer { .. } | StoreError::Failed(_) => {
                Self::Storage(sentence)
            }
        }
    }
}
