//! Waiting for a person: the terminal, whatever stdin and stdout are.

use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead as _, ErrorKind, IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetwinsize, tcsetattr,
};

use crate::failure::{Exit, Failure, Result};

/// The longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 1_024;

/// Of a terminal that does not say.
const COLUMNS: usize = 80;

/// Waits on a thread of its own, so that an interrupt is noticed meanwhile. If it is, the
/// thread is left behind and ends with the process.
pub(crate) async fn wait<T: Send + 'static>(
    for_person: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let waited = tokio::task::spawn_blocking(for_person).await;
    waited.unwrap_or_else(|error| Err(Failure::new(Exit::Failure, format!("waiting: {error}"))))
}

/// Asks for one line. The question must be escaped.
pub(crate) fn ask(question: &str) -> io::Result<String> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    terminal.write_all(question.as_bytes())?;
    let mut line = String::new();
    io::BufReader::new(terminal).take(ANSWER_BYTES_MAX).read_line(&mut line)?;
    if line.is_empty() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim().to_owned())
}

/// Asks for one line that nobody may see.
pub(crate) fn ask_secretly(question: &str) -> io::Result<String> {
    rpassword::prompt_password(question)
}

/// A terminal that hands out every key at once and shows none by itself, until this is dropped.
pub(crate) struct Keys {
    before: Termios,
}

impl Keys {
    /// If stdin and stdout are one terminal, which shows what is typed and can do more than a
    /// typewriter.
    pub(crate) fn listen() -> Option<Self> {
        let device = |path| fs::metadata(path).map(|found| found.rdev()).ok();
        let is_dumb = env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        if is_dumb || !io::stdout().is_terminal() || device("/dev/stdin") != device("/dev/stdout") {
            return None;
        }
        let before = tcgetattr(io::stdin()).ok()?;
        if !before.local_modes.contains(LocalModes::ECHO | LocalModes::ICANON) {
            return None;
        }
        let keys = Self { before };
        keys.listen_again();
        Some(keys)
    }

    /// After the process was stopped, a shell may have set the terminal in its own way.
    pub(crate) fn listen_again(&self) {
        let mut modes = self.before.clone();
        modes.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON);
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        // A terminal that is gone is noticed by whoever reads from it.
        let _is_gone = tcsetattr(io::stdin(), OptionalActions::Now, &modes).is_err();
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let _is_gone = tcsetattr(io::stdin(), OptionalActions::Now, &self.before).is_err();
    }
}

/// How wide the terminal is.
pub(crate) fn columns() -> usize {
    let size = tcgetwinsize(io::stdin()).map_or(0, |size| size.ws_col);
    if size == 0 { COLUMNS } else { size.into() }
}
