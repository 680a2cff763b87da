//! The line that is being typed, key by key: what it is by now, and what fits on the screen of
//! it. One works on its end, as with the terminal's own lines. Reads and prints nothing.

use parlor_proto::limits::TEXT_BYTES_MAX;

use crate::escape;

/// From here on a character may take two columns; where it does not, a line is cut too early.
const PERHAPS_WIDE: char = '\u{1100}';

const ERASE: [u8; 2] = [0x08, 0x7f];
const ERASE_WORD: u8 = 0x17;
const ERASE_LINE: u8 = 0x15;
const END: u8 = 0x04;
const REDRAW: u8 = 0x0c;
const ESCAPE: u8 = 0x1b;

/// What a key has done.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Struck {
    /// Nothing that can be seen.
    Nothing,
    Changed,
    /// The line is done.
    Line(String),
    /// Nothing more will come.
    End,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Editor {
    text: String,
    /// The bytes of a character that has not come as a whole.
    partial: Vec<u8>,
    sequence: Sequence,
}

/// What arrow keys and their like send: skipped as a whole.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Sequence {
    #[default]
    None,
    /// After ESC.
    Begun,
    /// After ESC [ or ESC O, until a letter.
    Long,
}

impl Editor {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Takes a byte from the terminal.
    pub(super) fn strike(&mut self, byte: u8) -> Struck {
        match (self.sequence, byte) {
            (Sequence::Begun, b'[' | b'O') => self.sequence = Sequence::Long,
            (Sequence::Begun, _) | (Sequence::Long, 0x40..=0x7e) => self.sequence = Sequence::None,
            (Sequence::Long, _) => {}
            (Sequence::None, ESCAPE) => self.sequence = Sequence::Begun,
            (Sequence::None, _) => return self.key(byte),
        }
        Struck::Nothing
    }

    fn key(&mut self, byte: u8) -> Struck {
        match byte {
            b'\n' | b'\r' => return Struck::Line(std::mem::take(&mut self.text)),
            END if self.text.is_empty() => return Struck::End,
            REDRAW => return Struck::Changed,
            ERASE_LINE => self.text.clear(),
            ERASE_WORD => {
                let kept = self.text.trim_end().rfind(char::is_whitespace).map_or(0, |at| at + 1);
                // A space may be longer than a byte.
                let kept = (kept..=self.text.len()).find(|at| self.text.is_char_boundary(*at));
                self.text.truncate(kept.unwrap_or(0));
            }
            _ if ERASE.contains(&byte) => {
                self.text.pop();
            }
            b'\t' | b' '..=b'~' | 0x80.. => return self.add(byte),
            _ => return Struck::Nothing,
        }
        Struck::Changed
    }

    fn add(&mut self, byte: u8) -> Struck {
        if byte.is_ascii() {
            self.partial.clear();
        }
        self.partial.push(byte);
        let whole = match str::from_utf8(&self.partial) {
            Ok(whole) => whole,
            Err(error) => {
                // What cannot become a character any more is dropped.
                if error.error_len().is_some() {
                    self.partial.clear();
                }
                return Struck::Nothing;
            }
        };
        let fits = self.text.len() + whole.len() <= TEXT_BYTES_MAX;
        if fits {
            self.text.push_str(whole);
        }
        self.partial.clear();
        if fits { Struck::Changed } else { Struck::Nothing }
    }

    /// The end of the line, as far as it fits into so many columns.
    pub(super) fn view(&self, columns: usize) -> String {
        let shown = escape::line(&self.text.replace('\t', " "));
        if width(&shown) <= columns {
            return shown;
        }
        let mut left = columns.saturating_sub(1);
        let fits = |c: &char| {
            let rest = left.checked_sub(width_of(*c));
            left = rest.unwrap_or(left);
            rest.is_some()
        };
        let end: Vec<char> = shown.chars().rev().take_while(fits).collect();
        ['…'].into_iter().chain(end.into_iter().rev()).collect()
    }
}

pub(super) fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

fn width_of(c: char) -> usize {
    if c < PERHAPS_WIDE || c == '…' { 1 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was done by these keys, and what is left of the line.
    fn typed(keys: &[u8]) -> (Vec<Struck>, String) {
        let mut editor = Editor::default();
        let done = keys.iter().map(|key| editor.strike(*key));
        let done = done.filter(|done| !matches!(done, Struck::Nothing | Struck::Changed)).collect();
        (done, editor.text)
    }

    #[track_caller]
    fn left(keys: &[u8], expect: &str) {
        assert_eq!(typed(keys), (vec![], expect.to_owned()));
    }

    #[test]
    fn a_line_is_what_was_typed_until_it_is_done() {
        let line = |text: &str| Struck::Line(text.to_owned());
        assert_eq!(typed(b"hi\nthere\rmo"), (vec![line("hi"), line("there")], "mo".to_owned()));
        assert_eq!(typed("grüße 👋\n".as_bytes()).0, [line("grüße 👋")]);
        assert_eq!(typed(b"\n\x04").0, [line(""), Struck::End]);
        left(b"hi\x04", "hi");
    }

    #[test]
    fn the_end_of_the_line_can_be_taken_back() {
        left(b"helo\x7f\x08llo", "hello");
        left("grün\x7f\x7f".as_bytes(), "gr");
        left(b"one two  \x17", "one ");
        left("one\u{2003}two\x17".as_bytes(), "one\u{2003}");
        left(b"one\x17\x17\x7f", "");
        left(b"one two\x15three", "three");
    }

    #[test]
    fn keys_that_mean_nothing_here_do_nothing() {
        left(b"a\x1b[A\x1b[1;5Cb\x1bOPc\x1bxd\x1b[200~e\x01\x00f", "abcdef");
        left(b"a\xff\xc3\xc3b\x80c", "abc");
    }

    #[test]
    fn a_line_stops_growing_where_messages_end() {
        let mut keys = "x".repeat(TEXT_BYTES_MAX - 1);
        keys.push_str("üyz");
        let (_, text) = typed(keys.as_bytes());
        assert_eq!((text.len(), text.ends_with("xy")), (TEXT_BYTES_MAX, true));
    }

    #[test]
    fn what_is_seen_is_the_end_and_does_nothing_to_the_terminal() {
        let view =
            |text: &str, columns| Editor { text: text.into(), ..Editor::default() }.view(columns);
        assert_eq!(view("hello", 5), "hello");
        assert_eq!(view("hello!", 5), "…llo!");
        assert_eq!(view("漢字漢字", 6), "…漢字");
        assert_eq!(view("a\tb\u{202e}", 80), "a b\\u{202e}");
        for columns in 0..3 {
            assert!(width(&view("漢字", columns)) <= columns.max(1));
        }
    }
}
