//! Commands about files.

use std::path::PathBuf;
use std::time::Duration;

use clap::Subcommand;

use super::TIMEOUT;
use super::message::Target;

/// What to do with files.
#[derive(Debug, Subcommand)]
pub(crate) enum FileCommand {
    /// Fetch a file of a message; what was fetched before a break is not fetched again
    Get {
        #[command(flatten)]
        target: Target,
        /// Where to: a folder, or a name that nothing has yet [default: this folder]
        #[arg(short, long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// Which of its files, the first is 1
        #[arg(short, long, value_name = "N", default_value_t = 1)]
        number: usize,
        /// Replace what is there
        #[arg(long)]
        force: bool,
    },
    /// List your uploads that are not finished, and what your files take
    Uploads {
        /// Throw away what was sent of this one instead
        #[arg(long, value_name = "ID")]
        cancel: Option<u64>,
    },
}

impl FileCommand {
    /// How long the command may take if nobody says: as long as the file does.
    pub(super) fn timeout(&self) -> Option<Duration> {
        matches!(self, Self::Uploads { .. }).then_some(TIMEOUT)
    }
}
