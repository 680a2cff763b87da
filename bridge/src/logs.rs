//! Logs go to stderr: with times for people, with levels for journald.

use std::os::linux::fs::MetadataExt as _;
use std::{env, fmt, fs, io};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, reload};

/// What is logged unless somebody asks for another filter.
pub(crate) const FILTER: &str = "info";

/// Lets the filter be changed while the bridge runs.
#[derive(Debug)]
pub(crate) struct Logging(reload::Handle<EnvFilter, Registry>);

/// Starts logging. A second start in one process changes nothing.
pub(crate) fn start(filter: EnvFilter) -> Logging {
    let (filter, handle) = reload::Layer::new(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    let already_started = if stderr_is_the_journal() {
        let format = Format::default().without_time().with_ansi(false).with_target(false);
        registry.with(lines.with_ansi(false).event_format(Journal(format))).try_init()
    } else {
        let ansi = io::IsTerminal::is_terminal(&io::stderr()) && env::var_os("NO_COLOR").is_none();
        registry.with(lines.with_ansi(ansi).with_target(false)).try_init()
    };
    drop(already_started);
    Logging(handle)
}

impl Logging {
    pub(crate) fn set(&self, filter: EnvFilter) {
        // Fails if nothing is logged any more, and then nobody would see why.
        drop(self.0.reload(filter));
    }
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
