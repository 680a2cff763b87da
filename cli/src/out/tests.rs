//! What comes out, and what does not.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::*;
use crate::record::tests::message;

/// A stream that can be read afterward; without a buffer, nobody reads.
#[derive(Clone, Default)]
struct Stream(Option<Arc<Mutex<Vec<u8>>>>);

impl Stream {
    fn read() -> Self {
        Self(Some(Arc::default()))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.as_ref().unwrap().lock().unwrap().clone()).unwrap()
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let buffer = self.0.as_ref().ok_or(ErrorKind::BrokenPipe)?;
        buffer.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn out(json: bool, data: &Stream, talk: &Stream) -> Out {
    let clock = Clock::fixed(|| Timestamp::UNIX_EPOCH);
    Out {
        json,
        look: Look { color: false, with_room: true, on_terminal: false, clock },
        data: Box::new(data.clone()),
        talk: Box::new(talk.clone()),
        row: None,
    }
}

#[test]
fn hostile_text_stays_the_same_json_and_does_nothing_to_a_terminal() {
    let (data, talk) = (Stream::read(), Stream::read());
    let text = "tab\t \"quoted\" \\ \n \x1b[31m \u{9b}2J \u{7f} \u{202e} \u{200b} \u{e0041} 🎉 ü";
    out(true, &data, &talk).record(&Record::event("lobby", message(text))).unwrap();
    let line = data.text();
    assert!(!line.trim_end_matches('\n').chars().any(escape::is_hostile), "{line:?}");
    let back: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(back["text"], text);
    assert!(line.contains("🎉 ü") && line.contains("\\u202e") && line.contains("\\udb40\\udc41"));
    assert_eq!(talk.text(), "");
}

#[test]
fn one_line_per_record() {
    let (data, talk) = (Stream::read(), Stream::read());
    for json in [true, false] {
        out(json, &data, &talk).record(&Record::event("lobby", message("a"))).unwrap();
    }
    let text = data.text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with(r#"{"type":"message","#) && lines[0].ends_with('}'));
    assert_eq!(lines[1], "2026-11-22 12:00:00 #lobby 12 ann: a");
}

#[test]
fn a_reader_who_has_gone_is_a_success() {
    let mut out = out(false, &Stream::default(), &Stream::default());
    let failure = out.record(&Record::event("lobby", message("a"))).unwrap_err();
    assert_eq!(failure, Failure::reader_gone());
    assert_eq!(failure.exit, Exit::Ok);
    out.say("nobody hears this, and nothing breaks");
}

#[test]
fn last_words_say_what_was_wrong_and_what_to_do() {
    let (data, talk) = (Stream::read(), Stream::read());
    let mut out = out(true, &data, &talk);
    out.failure(&Failure::usage("the server says \x1b[2J\nparlor: ok").hint("parlor login"));
    out.failure(&Failure::reader_gone());
    assert_eq!(
        talk.text(),
        "parlor: the server says \\x1b[2J\\x0aparlor: ok\nhint: parlor login\n"
    );
    assert_eq!(data.text(), "");
}

#[test]
fn color_needs_a_terminal_and_consent() {
    #[track_caller]
    fn check(choice: ColorChoice, variables: &[(&str, &str)], is_terminal: bool, expect: bool) {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        assert_eq!(wants_color(choice, variable, is_terminal), expect, "{variables:?}");
    }
    check(ColorChoice::Auto, &[], true, true);
    check(ColorChoice::Auto, &[], false, false);
    check(ColorChoice::Auto, &[("NO_COLOR", "1")], true, false);
    check(ColorChoice::Auto, &[("NO_COLOR", "")], true, true);
    check(ColorChoice::Auto, &[("TERM", "dumb")], true, false);
    check(ColorChoice::Always, &[("NO_COLOR", "1")], false, true);
    check(ColorChoice::Never, &[], true, false);
}
