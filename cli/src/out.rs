//! The only file that prints. Data goes to stdout, one line per record, each flushed at once;
//! talk goes to stderr. A reader who has gone is a success.

use std::env;
use std::io::{self, ErrorKind, IsTerminal as _, Write};

use clap::ColorChoice;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::event::{PollFd, PollFlags, poll};
use serde::Serialize as _;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use crate::escape;
use crate::failure::{Exit, Failure, Result};
use crate::record::Record;
use crate::show::Look;
use crate::when::Clock;

/// To the left edge, and clear what stands there.
const HIDE_ROW: &[u8] = b"\r\x1b[K";

/// What is seen of something long. Its text is escaped when it is set.
const BAR: &str = "{wide_msg} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}";

/// How far something long is. On anything but a terminal nothing is drawn.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn at(&self, done: u64) {
        self.0.set_position(done);
    }

    /// It is over, and there is nothing to see any more.
    pub(crate) fn done(&self) {
        self.0.finish_and_clear();
    }
}

/// Where everything goes that a person or a script sees.
pub(crate) struct Out {
    json: bool,
    look: Look,
    data: Box<dyn Write>,
    talk: Box<dyn Write>,
    /// The row below all that is printed, where a person types; only on a terminal.
    row: Option<String>,
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
            row: None,
        }
    }

    /// Whether people see of each event in which room it happened.
    pub(crate) fn with_room(&mut self, with_room: bool) {
        self.look.with_room = with_room;
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
        let row = self.row.as_deref().unwrap_or_default().as_bytes();
        let hide = if self.row.is_some() { HIDE_ROW } else { b"" };
        // In one piece, so that nothing flickers.
        let all = [hide, bytes, row].concat();
        let written = self.data.write_all(&all).and_then(|()| self.data.flush());
        written.map_err(|error| {
            if error.kind() == ErrorKind::BrokenPipe {
                return Failure::reader_gone();
            }
            Failure::new(Exit::Failure, format!("writing to stdout: {error}"))
        })
    }

    /// How far something long is; shown only to somebody who sits at a terminal.
    pub(crate) fn progress(&self, what: &str, size: u64) -> Progress {
        let shown = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(Some(size), shown);
        if let Ok(style) = ProgressStyle::with_template(BAR) {
            bar.set_style(style);
        }
        bar.set_message(escape::line(what));
        Progress(bar)
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

    /// Shows what is being typed below everything else, after what there is to say about it;
    /// `None`: nothing is typed any more.
    pub(crate) fn set_row(&mut self, row: Option<(&str, &str)>) {
        let row = row.map(|(about, typed)| self.look.row(about, typed));
        if row != self.row {
            self.hide_row();
            self.row = row;
            self.show_row();
        }
    }

    /// Something else may have printed on the terminal.
    pub(crate) fn redraw_row(&mut self) {
        self.hide_row();
        self.show_row();
    }

    fn hide_row(&mut self) {
        if self.row.is_some() {
            // If this cannot be written, the next line cannot either, and that is told.
            drop(self.data.write_all(HIDE_ROW).and_then(|()| self.data.flush()));
        }
    }

    fn show_row(&mut self) {
        if let Some(row) = &self.row {
            drop(self.data.write_all(row.as_bytes()).and_then(|()| self.data.flush()));
        }
    }

    fn talk(&mut self, lines: &str) {
        self.hide_row();
        // Nobody may be listening; the exit code tells the same.
        drop(self.talk.write_all(lines.as_bytes()));
        self.show_row();
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
