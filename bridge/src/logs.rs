//! Logs go to stderr: with times for people, with levels for journald.

use std::os::linux::fs::MetadataExt as _;
use std::{env, fmt, fs, io};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// What is logged unless somebody asks for another filter.
pub(crate) const FILTER: &str = "info";

/// Starts logging. A second start in one process changes nothing.
pub(crate) fn start(filter: EnvFilter) {
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let already_started = if stderr_is_the_journal() {
        let format = Format::default().without_time().with_ansi(false).with_target(false);
        builder.with_ansi(false).event_format(Journal(format)).try_init()
    } else {
        let ansi = io::IsTerminal::is_terminal(&io::stderr()) && env::var_os("NO_COLOR").is_none();
        builder.with_ansi(ansi).with_target(false).try_init()
    };
    drop(already_started);
}

/// Whether stderr is the stream that systemd says it is: its device and inode are told.
fn stderr_is_the_journal() -> bool {
    let Ok(told) = env::var("JOURNAL_STREAM") else { return false };
    let Ok(stderr) = fs::metadata("/proc/self/fd/2") else { return false };
    told == format!("{}:{}", stderr.st_dev(), stderr.st_ino())
}

/// Lines that begin with a level in the way of the kernel: `<6>`.
struct Journal(Format<Full, ()>);

impl<S, N> FormatEvent<S, N> for Journal
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        write!(writer, "<{}>", syslog_level(*event.metadata().level()))?;
        self.0.format_event(ctx, writer, event)
    }
}

fn syslog_level(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}
