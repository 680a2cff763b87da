//! The only file that prints. Data goes to stdout, one line per record, each flushed at once;
//! talk goes to stderr. A reader who has gone is a success.

use std::env;
use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use clap::ColorChoice;
use rustix::event::{PollFd, PollFlags, poll};
use serde::Serialize as _;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use crate::escape;
use crate::failure::{Exit, Failure, Result};
use crate::record::Record;
use crate::show::Look;
use crate::when::Clock;

/// Where everything goes that a person or a script sees.
pub(crate) struct Out {
    json: bool,
    look: Look,
    data: Box<dyn Write>,
    talk: Box<dyn Write>,
    printed: Printed,
}

/// Counts what was printed, so that others can see whether something came in between.
#[derive(Clone, Debug, Default)]
pub(crate) struct Printed(Arc<AtomicU64>);

impl Printed {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Relaxed)
    }

    fn add(&self) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// Waits until whoever reads our output has gone. Who prints notices by itself; this is for
/// those who wait for something to print.
pub(crate) async fn reader_gone() -> Failure {
    // Asked for nothing, the kernel tells of errors alone. The thread ends with the process.
    let wait = || poll(&mut [PollFd::new(&io::stdout(), PollFlags::empty())], None);
    if let Ok(Ok(_)) = tokio::task::spawn_blocking(wait).await {
        return Failure::reader_gone();
    }
    std::future::pending().await
}

impl Out {
    /// stdout and stderr of this process.
    pub(crate) fn of_process(json: bool, color: ColorChoice) -> Self {
        let on_terminal = io::stdout().is_terminal();
        let color = wants_color(color, |name| env::var(name).ok(), on_terminal);
        Self {
            json,
            look: Look { color, with_room: true, on_terminal, clock: Clock::system() },
            data: Box::new(io::stdout()),
            talk: Box::new(io::stderr()),
            printed: Printed::default(),
        }
    }

    /// Whether people see of each event in which room it happened.
    pub(crate) fn with_room(&mut self, with_room: bool) {
        self.look.with_room = with_room;
    }

    /// What has been printed so far, of data and talk.
    pub(crate) fn printed(&self) -> Printed {
        self.printed.clone()
    }

    /// Whether people read it, and not scripts.
    pub(crate) fn is_for_people(&self) -> bool {
        !self.json
    }

    /// Data: a line for a person or a script.
    pub(crate) fn record(&mut self, record: &Record) -> Result<()> {
        let line = if self.json { Some(json(record)) } else { self.look.show(record) };
        let Some(mut line) = line else { return Ok(()) };
        line.push('\n');
        self.document(line.as_bytes())
    }

    /// Data that is of one piece, and ours: nothing in it is escaped.
    pub(crate) fn document(&mut self, bytes: &[u8]) -> Result<()> {
        self.printed.add();
        let written = self.data.write_all(bytes).and_then(|()| self.data.flush());
        written.map_err(|error| {
            if error.kind() == ErrorKind::BrokenPipe {
                return Failure::reader_gone();
            }
            Failure::new(Exit::Failure, format!("writing to stdout: {error}"))
        })
    }

    /// Talk: a remark for a person.
    pub(crate) fn say(&mut self, remark: &str) {
        self.talk(&format!("* {}\n", escape::line(remark)));
    }

    /// The last words of a command that failed.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        if !failure.sentence.is_empty() {
            self.talk(&format!("parlor: {}\n", escape::line(&failure.sentence)));
        }
        if let Some(hint) = &failure.hint {
            self.talk(&format!("hint: {}\n", escape::line(hint)));
        }
    }

    fn talk(&mut self, lines: &str) {
        self.printed.add();
        // Nobody may be listening; the exit code tells the same.
        drop(self.talk.write_all(lines.as_bytes()));
    }
}

/// The flag decides; else NO_COLOR; else whether it can be seen.
fn wants_color(
    choice: ColorChoice,
    variable: impl Fn(&str) -> Option<String>,
    is_terminal: bool,
) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let is_set = |name| variable(name).is_some_and(|value| !value.is_empty());
            is_terminal && !is_set("NO_COLOR") && variable("TERM").is_none_or(|term| term != "dumb")
        }
    }
}

fn json(record: &Record) -> String {
    let mut line = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut line, AsciiWhereHostile);
    let written = record.serialize(&mut serializer);
    debug_assert!(written.is_ok(), "records are made of strings and numbers");
    String::from_utf8_lossy(&line).into_owned()
}

/// JSON whose strings hold nothing that acts on a terminal: such characters are written as
/// `\u001b`, which is the same JSON.
struct AsciiWhereHostile;

impl Formatter for AsciiWhereHostile {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| escape::is_hostile(*c)) {
            writer.write_all(fragment.get(plain..at).unwrap_or_default().as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + c.len_utf8();
        }
        writer.write_all(fragment.get(plain..).unwrap_or_default().as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        CompactFormatter.write_char_escape(writer, escape)
    }
}

#[cfg(test)]
mod tests;
