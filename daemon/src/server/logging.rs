//! The log, to stderr: one line an event, made for journald, a terminal or a file. What others
//! have written is escaped in every line, whatever the caller did.

use std::env;
use std::fmt::{self, Write as _};
use std::io::{self, IsTerminal as _};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, reload};

use super::failure::Failure;

/// Lets the filter be changed while the daemon runs.
#[derive(Debug)]
pub(crate) struct Logging(reload::Handle<EnvFilter, Registry>);

/// For whom lines are made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Style {
    /// The level is a prefix that journald takes off; it adds the time itself.
    Journal,
    /// Levels have a color.
    Terminal,
    Plain,
}

#[derive(Debug)]
struct Lines(Style);

/// Starts logging; once in a process.
pub(crate) fn start(filter: &str) -> Result<Logging, Failure> {
    let (filter, handle) = reload::Layer::new(parse(filter)?);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(io::stderr)
        .event_format(Lines(style()));
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init()
        .map_err(|error| Failure::Internal(format!("log: {error}")))?;
    Ok(Logging(handle))
}

impl Logging {
    pub(crate) fn set_filter(&self, filter: &str) -> Result<(), Failure> {
        let filter = parse(filter)?;
        self.0.reload(filter).map_err(|error| Failure::Internal(format!("log: {error}")))
    }
}

fn parse(filter: &str) -> Result<EnvFilter, Failure> {
    EnvFilter::builder()
        .parse(filter)
        .map_err(|error| Failure::Configuration(format!("log.filter: {error}")))
}

fn style() -> Style {
    if is_journal(env::var("JOURNAL_STREAM").ok().as_deref()) {
        Style::Journal
    } else if io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) {
        Style::Terminal
    } else {
        Style::Plain
    }
}

/// Whether stderr is what systemd connected to the journal. The variable alone says nothing: it
/// is inherited by whoever has redirected stderr since.
fn is_journal(variable: Option<&str>) -> bool {
    let Some((dev, inode)) = variable.and_then(|value| value.split_once(':')) else { return false };
    let Ok(stat) = rustix::fs::fstat(io::stderr()) else { return false };
    dev.parse() == Ok(stat.st_dev) && inode.parse() == Ok(stat.st_ino)
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let level = *metadata.level();
        match self.0 {
            Style::Journal => write!(writer, "<{}>", priority(level))?,
            Style::Terminal => {
                SystemTime.format_time(&mut writer)?;
                write!(writer, " \x1b[{}m{level:>5}\x1b[0m ", color(level))?;
            }
            Style::Plain => {
                SystemTime.format_time(&mut writer)?;
                write!(writer, " {level:>5} ")?;
            }
        }
        let mut text = format!("{}: ", metadata.target());
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            write!(text, "{}", span.name())?;
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>()
                && !fields.is_empty()
            {
                write!(text, "{{{fields}}}")?;
            }
            text.push_str(": ");
        }
        context.format_fields(Writer::new(&mut text), event)?;
        writeln!(writer, "{}", Escaped(&text))
    }
}

/// As in `syslog.h`.
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}

fn color(level: Level) -> u8 {
    match level {
        Level::ERROR => 31,
        Level::WARN => 33,
        Level::INFO => 32,
        Level::DEBUG | Level::TRACE => 34,
    }
}

/// Text that moves no cursor, starts no line and turns no direction.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                // Ends of lines and paragraphs, marks and overrides of direction.
                '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {
                    write!(f, "{}", c.escape_unicode())?;
                }
                c if c.is_control() => write!(f, "{}", c.escape_debug())?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
