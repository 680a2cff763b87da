//! Waiting for a person: the terminal, whatever stdin and stdout are.

use std::fs::{self, File};
use std::io::{self, BufRead as _, ErrorKind, IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;

use rustix::termios::{LocalModes, tcgetattr};

use crate::failure::{Exit, Failure, Result};

/// The longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 1_024;

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

/// Whether stdin and stdout are one terminal, and it shows what is typed.
pub(crate) fn shows_typing() -> bool {
    let device = |path| fs::metadata(path).map(|found| found.rdev()).ok();
    let echoes = |modes: LocalModes| modes.contains(LocalModes::ECHO | LocalModes::ICANON);
    io::stdout().is_terminal()
        && tcgetattr(io::stdin()).is_ok_and(|terminal| echoes(terminal.local_modes))
        && device("/dev/stdin") == device("/dev/stdout")
}
