//! What a line of the log looks like, and what it never contains.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use super::*;

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Page {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn logged(style: Style, log: impl FnOnce()) -> String {
    let page = Page::default();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(page.clone())
        .event_format(Lines(style));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), log);
    let bytes = page.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn journald_gets_the_level_as_a_prefix() {
    let text = logged(Style::Journal, || {
        tracing::error!(target: "t", "one");
        tracing::warn!(target: "t", "two");
        tracing::info!(target: "t", count = 3, "three");
        tracing::debug!(target: "t", "four");
    });
    assert_eq!(text, "<3>t: one\n<4>t: two\n<6>t: three count=3\n<7>t: four\n");
}

#[test]
fn a_file_gets_the_time_and_no_color() {
    let text = logged(Style::Plain, || tracing::info!(target: "t", "one"));
    let (time, rest) = text.split_once(' ').unwrap();
    assert!(time.ends_with('Z') && time.contains('T'), "{time}");
    assert_eq!(rest, " INFO t: one\n");
    assert!(logged(Style::Terminal, || tracing::info!(target: "t", "one")).contains("\x1b[32m"));
}

#[test]
fn a_line_says_on_which_connection() {
    let text = logged(Style::Journal, || {
        let span = tracing::info_span!("conn", id = "7.1");
        let _entered = span.enter();
        tracing::info!(target: "t", "gone");
    });
    assert_eq!(text, "<6>t: conn{id=\"7.1\"}: gone\n");
}

#[test]
fn hostile_text_stays_in_its_line_and_paints_nothing() {
    let hostile = "a\n<0>fake\r\x1b[31mred\u{9b}2J\u{202e}evil\u{2028}\0\x7f";
    let text = logged(Style::Journal, || {
        tracing::info!(target: "t", name = hostile, "said {hostile}");
        tracing::info!(target: "t", name = %hostile);
        let span = tracing::info_span!("conn", device = %hostile);
        let _entered = span.enter();
        tracing::info!(target: "t", "in");
    });
    assert_eq!(text.lines().count(), 3, "{text}");
    let is_safe = |c: char| c == '\n' || !(c.is_control() || "\u{202e}\u{2028}".contains(c));
    assert!(text.chars().all(is_safe), "{text:?}");
    assert!(text.contains(r"a\n<0>fake"), "{text}");
}

#[test]
fn only_the_stream_that_systemd_made_is_the_journal() {
    let stat = rustix::fs::fstat(io::stderr()).unwrap();
    let this = format!("{}:{}", stat.st_dev, stat.st_ino);
    assert!(is_journal(Some(&this)));
    assert!(!is_journal(Some("1:1")));
    assert!(!is_journal(Some("journal")));
    assert!(!is_journal(None));
}

#[test]
fn a_filter_that_is_none_is_refused() {
    assert!(parse("info,parlord::conn=debug").is_ok());
    let refused = parse("parlord=loud").unwrap_err();
    assert_eq!(refused.code(), 78);
}
