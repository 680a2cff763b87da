//! The lines that a person types or a pipe brings, and what each means.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read as _};

use parlor_proto::limits::TEXT_BYTES_MAX;
use tokio::sync::mpsc;

use super::editor::{Editor, Struck};

/// Lines between stdin and the conversation; then stdin is not read.
const LINES_MAX: usize = 16;

/// Bytes that are read from a terminal at a time.
const KEYS_MAX: usize = 256;

/// What a line means.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Line {
    /// To be sent.
    Text(String),
    Nothing,
    Quit,
    Who,
    Help,
    /// It cannot be sent, and why.
    Refused(String),
}

/// What a person or a pipe has done.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Input {
    Line(Line),
    /// The line that is being typed is another one, or wants to be seen anew.
    Typed,
}

/// Lines as they come, and the one that is being typed.
pub(super) struct Lines {
    pieces: mpsc::Receiver<Piece>,
    keys: VecDeque<u8>,
    editor: Editor,
}

enum Piece {
    Line(Line),
    Keys(Vec<u8>),
}

impl Lines {
    /// Reads stdin line by line, on a thread of its own: a terminal cannot be waited for
    /// otherwise without changing it for everybody. The thread may wait until the process ends.
    pub(super) fn of_stdin() -> Self {
        Self::of(|| read(&mut io::stdin().lock()).map(Piece::Line))
    }

    /// The same, key by key, of a terminal that hands out each.
    pub(super) fn of_keys() -> Self {
        Self::of(|| {
            let mut keys = [0; KEYS_MAX];
            let count = io::stdin().read(&mut keys).ok().filter(|count| *count > 0)?;
            keys.get(..count).map(|keys| Piece::Keys(keys.to_vec()))
        })
    }

    fn of(mut next: impl FnMut() -> Option<Piece> + Send + 'static) -> Self {
        let (sender, pieces) = mpsc::channel(LINES_MAX);
        std::thread::spawn(move || {
            while let Some(piece) = next() {
                if sender.blocking_send(piece).is_err() {
                    break;
                }
            }
        });
        Self { pieces, keys: VecDeque::new(), editor: Editor::default() }
    }

    /// `None` at the end. Nothing is lost if it is not waited for to its end.
    pub(super) async fn next(&mut self) -> Option<Input> {
        loop {
            let mut is_changed = false;
            while let Some(key) = self.keys.pop_front() {
                match self.editor.strike(key) {
                    Struck::Nothing => {}
                    Struck::Changed => is_changed = true,
                    Struck::Line(text) => return Some(Input::Line(meaning(text))),
                    Struck::End => return None,
                }
            }
            if is_changed {
                return Some(Input::Typed);
            }
            match self.pieces.recv().await? {
                Piece::Line(line) => return Some(Input::Line(line)),
                Piece::Keys(keys) => self.keys.extend(keys),
            }
        }
    }

    /// The line that is being typed.
    pub(super) fn typed(&self) -> &Editor {
        &self.editor
    }
}

/// The next line, of which not more is held than may be sent.
fn read(from: &mut impl BufRead) -> Option<Line> {
    let mut bytes = Vec::new();
    let limit = TEXT_BYTES_MAX as u64 + 2; // A line feed, and one to see that it is too long.
    match from.take(limit).read_until(b'\n', &mut bytes) {
        Ok(0) | Err(_) => return None, // A terminal that is gone is an end as well.
        Ok(_) => {}
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    } else if bytes.len() > TEXT_BYTES_MAX && skip_line(from).is_err() {
        return None;
    }
    if bytes.len() > TEXT_BYTES_MAX {
        return Some(Line::Refused(format!("the line is longer than {TEXT_BYTES_MAX} bytes")));
    }
    Some(match String::from_utf8(bytes) {
        Ok(text) => meaning(text),
        Err(_) => Line::Refused("the line is not UTF-8".to_owned()),
    })
}

fn skip_line(from: &mut impl BufRead) -> io::Result<()> {
    from.skip_until(b'\n').map(drop)
}

fn meaning(text: String) -> Line {
    match text.strip_prefix('/') {
        None if text.is_empty() => Line::Nothing,
        None => Line::Text(text),
        Some(rest) if rest.starts_with('/') => Line::Text(rest.to_owned()),
        Some(command) => match command.trim_end().to_ascii_lowercase().as_str() {
            "quit" => Line::Quit,
            "who" => Line::Who,
            "help" => Line::Help,
            _ => Line::Refused(format!(
                "{text} is no command: /help shows them, //{command} sends it"
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(mut bytes: &[u8], expect: &[Line]) {
        let lines: Vec<_> = std::iter::from_fn(|| read(&mut bytes)).collect();
        assert_eq!(lines, expect);
    }

    fn text(text: &str) -> Line {
        Line::Text(text.to_owned())
    }

    #[test]
    fn a_line_is_a_message() {
        check(b"", &[]);
        check(b"hi\nthere\r\n last one ", &[text("hi"), text("there"), text(" last one ")]);
        check(b"\n\r\nhi\n", &[Line::Nothing, Line::Nothing, text("hi")]);
    }

    #[test]
    fn a_slash_begins_a_command_and_two_send_one() {
        check(b"/quit\n/WHO \n/help", &[Line::Quit, Line::Who, Line::Help]);
        check(b"//etc/hosts\n///\n /quit\n", &[text("/etc/hosts"), text("//"), text(" /quit")]);
        let refused = |bytes: &[u8]| matches!(read(&mut &*bytes), Some(Line::Refused(_)));
        assert!(refused(b"/msg bob secret\n") && refused(b"/\n"));
    }

    #[test]
    fn what_cannot_be_sent_is_refused_and_the_next_line_is_read() {
        let longest = "x".repeat(TEXT_BYTES_MAX);
        check(format!("{longest}\nhi\n").as_bytes(), &[text(&longest), text("hi")]);
        let too_long = || Line::Refused(format!("the line is longer than {TEXT_BYTES_MAX} bytes"));
        check(format!("{longest}y\nhi\n").as_bytes(), &[too_long(), text("hi")]);
        check(format!("{longest}{longest}\nhi\n").as_bytes(), &[too_long(), text("hi")]);
        check(format!("{longest}{longest}").as_bytes(), &[too_long()]);
        check(b"caf\xc3\nhi", &[Line::Refused("the line is not UTF-8".to_owned()), text("hi")]);
    }
}
