//! Every figure of the page: its name, its type, its unit and what it says; and how one is
//! written. No label tells who or where.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use crate::tally::Spread;

/// One figure, by name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure {
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    help: &'static str,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
    Info,
}

macro_rules! figures {
    ($( $(#[doc = $help:literal])+ $id:ident: $kind:ident = $name:literal $(in $unit:literal)?; )+) => {
        $(
            $(#[doc = $help])+
            pub(super) const $id: Figure = Figure {
                name: $name,
                kind: Kind::$kind,
                unit: concat!($($unit)?),
                help: concat!($($help),+),
            };
        )+

        /// In the order of the page.
        const FIGURES: &[Figure] = &[$($id),+];
    };
}

figures! {
    /// The version that runs.
    BUILD: Info = "parlord_build";
    /// Time since the start.
    UPTIME: Gauge = "parlord_uptime" in "seconds";

    /// Open connections.
    CONNECTIONS: Gauge = "parlord_connections";
    /// Connections that were let in.
    ACCEPTED: Counter = "parlord_connections_accepted";
    /// Connections that were turned away by a limit.
    REFUSED: Counter = "parlord_connections_refused";
    /// Connections in the TLS handshake or before the PROXY header.
    HANDSHAKES: Gauge = "parlord_handshakes";
    /// Connections that were let in and came no further.
    HANDSHAKES_FAILED: Counter = "parlord_handshakes_failed";
    /// Connections that have not signed in.
    SIGNED_OUT: Gauge = "parlord_signed_out_connections";
    /// Live sessions, with a connection or without.
    SESSIONS: Gauge = "parlord_sessions";
    /// Connections that the daemon has ended.
    GO_AWAYS: Counter = "parlord_go_aways";

    /// Requests that the engine has decided.
    REQUESTS: Counter = "parlord_requests";
    /// Requests that were answered with an error.
    REFUSALS: Counter = "parlord_refusals";
    /// Frames from clients.
    FRAMES_IN: Counter = "parlord_received_frames";
    /// Bytes of frames from clients.
    BYTES_IN: Counter = "parlord_received" in "bytes";
    /// Events queued for clients: one for each that hears of it.
    EVENTS_OUT: Counter = "parlord_sent_events";
    /// Frames queued for clients.
    FRAMES_OUT: Counter = "parlord_sent_frames";
    /// Bytes of frames given to sockets.
    BYTES_OUT: Counter = "parlord_sent" in "bytes";

    /// Inputs that wait for the engine.
    INBOX: Gauge = "parlord_inbox_inputs";
    /// Parcels that wait for a shard.
    MAILBOXES: Gauge = "parlord_mailbox_parcels";
    /// Bytes that wait for clients to read them.
    OUTBOXES: Gauge = "parlord_outbox" in "bytes";
    /// Bytes that may wait for all clients together.
    OUTBOXES_MAX: Gauge = "parlord_outbox_limit" in "bytes";
    /// Reads of history that wait for a thread.
    READS_WAITING: Gauge = "parlord_reads_waiting";
    /// Passwords that wait for a thread.
    PASSWORDS_WAITING: Gauge = "parlord_passwords_waiting";
    /// Time that one password takes.
    PASSWORDS: Histogram = "parlord_password" in "seconds";

    /// Inputs of one batch.
    BATCHES: Histogram = "parlord_batch_inputs";
    /// Time in which the engine has worked.
    BUSY: Counter = "parlord_engine_busy" in "seconds";
    /// Time of one commit, fsync included.
    COMMITS: Histogram = "parlord_commit" in "seconds";
    /// Events that were stored.
    EVENTS: Counter = "parlord_events";
    /// Things for shards to do; what a room says in one batch is one for each shard.
    DELIVERIES: Counter = "parlord_deliveries";
    /// Time from a commit until a shard has given to the sockets what follows from it.
    DELIVERY: Histogram = "parlord_delivery" in "seconds";

    /// Connections over the soft limit of their outbox, up to a second ago.
    SLOW: Gauge = "parlord_slow_connections";
    /// Connections that are behind in a room, up to a second ago.
    BEHIND: Gauge = "parlord_behind_connections";
    /// How often a connection has fallen behind in a room.
    FELL_BEHIND: Counter = "parlord_fell_behind";
    /// Events found for those behind.
    CAUGHT_UP: Counter = "parlord_catch_up_events";
    /// Reads of history.
    READS: Counter = "parlord_reads";
    /// Reads that found no place in the queue.
    READS_REFUSED: Counter = "parlord_reads_refused";

    /// Events that are not in the search index yet.
    UNINDEXED: Gauge = "parlord_search_behind_events";
    /// Searches that wait for the thread.
    SEARCHES_WAITING: Gauge = "parlord_searches_waiting";
    /// CPU time of one search.
    SEARCHES: Histogram = "parlord_search_cpu" in "seconds";
    /// Searches that were stopped before all was looked at.
    SEARCHES_PARTIAL: Counter = "parlord_searches_partial";

    /// Pieces of files and questions about them that wait for a thread.
    FILES_WAITING: Gauge = "parlord_files_waiting";
    /// Such work that found no place in the queue.
    FILES_REFUSED: Counter = "parlord_files_refused";
    /// Bytes of files, uploaded and downloaded.
    FILE_BYTES: Counter = "parlord_file" in "bytes";
    /// Contents that were checked and kept, and that were removed.
    CONTENTS: Counter = "parlord_contents";

    /// 1 while the disk is full and nothing can be written.
    STORAGE_FULL: Gauge = "parlord_storage_full";
    /// Length of the database's write-ahead log.
    WAL: Gauge = "parlord_wal" in "bytes";
    /// How often the log was copied into the database, or cut back as well.
    CHECKPOINTS: Counter = "parlord_checkpoints";

    /// CPU time of the process.
    CPU: Counter = "process_cpu" in "seconds";
    /// Memory of the process that is in RAM.
    MEMORY: Gauge = "process_resident_memory" in "bytes";
    /// Open file descriptors.
    DESCRIPTORS: Gauge = "process_open_fds";
    /// How many there may be.
    DESCRIPTORS_MAX: Gauge = "process_max_fds";
}

/// The names under which figures are asked for: what the operator's page must explain.
pub(crate) fn figure_names() -> impl Iterator<Item = String> {
    FIGURES.iter().map(Figure::full_name)
}

impl Figure {
    fn full_name(&self) -> String {
        let unit = if self.unit.is_empty() { "" } else { "_" };
        let end = match self.kind {
            Kind::Counter => "_total",
            Kind::Info => "_info",
            Kind::Gauge | Kind::Histogram => "",
        };
        format!("{}{unit}{}{end}", self.name, self.unit)
    }
}

/// A value: of what is counted, or of what is measured.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Whole(u64),
    Real(f64),
}

impl Number {
    /// Microseconds, told in seconds.
    pub(super) fn micros(micros: u64) -> Self {
        Self::Real(seconds(micros))
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self::Whole(number)
    }
}

impl From<usize> for Number {
    fn from(number: usize) -> Self {
        Self::Whole(u64::try_from(number).unwrap_or(u64::MAX))
    }
}

/// The page while it is being written.
pub(super) struct Sheet<'e, 'a>(&'e mut DescriptorEncoder<'a>);

impl<'e, 'a> Sheet<'e, 'a> {
    pub(super) fn new(encoder: &'e mut DescriptorEncoder<'a>) -> Self {
        Self(encoder)
    }

    pub(super) fn one(&mut self, figure: &Figure, number: impl Into<Number>) -> fmt::Result {
        let number = number.into();
        self.write(figure, |metric| put(metric, figure.kind, number))
    }

    /// What is not known is not told.
    pub(super) fn maybe(&mut self, figure: &Figure, number: Option<u64>) -> fmt::Result {
        number.map_or(Ok(()), |number| self.one(figure, number))
    }

    /// One line for each value of a label.
    pub(super) fn rows<L: AsRef<str>, N: Into<Number>>(
        &mut self,
        figure: &Figure,
        label: &str,
        rows: impl IntoIterator<Item = (L, N)>,
    ) -> fmt::Result {
        self.write(figure, |metric| {
            for (value, number) in rows {
                let labels = [(label, value.as_ref())];
                put(&mut metric.encode_family(&labels)?, figure.kind, number.into())?;
            }
            Ok(())
        })
    }

    pub(super) fn info(&mut self, figure: &Figure, label: (&str, &str)) -> fmt::Result {
        self.write(figure, |metric| metric.encode_info(&[label]))
    }

    /// A histogram of microseconds, told in seconds.
    pub(super) fn times(&mut self, figure: &Figure, spread: &Spread) -> fmt::Result {
        self.spread(figure, spread, seconds)
    }

    pub(super) fn sizes(&mut self, figure: &Figure, spread: &Spread) -> fmt::Result {
        self.spread(figure, spread, real)
    }

    fn spread(&mut self, figure: &Figure, spread: &Spread, unit: fn(u64) -> f64) -> fmt::Result {
        let bounds = spread.bounds.iter().map(|&bound| unit(bound)).chain([f64::INFINITY]);
        let buckets: Vec<_> = bounds.zip(spread.buckets.iter().copied()).collect();
        self.write(figure, |metric| {
            metric.encode_histogram::<NoLabelSet>(unit(spread.sum), spread.count(), &buckets, None)
        })
    }

    fn write(
        &mut self,
        figure: &Figure,
        values: impl FnOnce(&mut MetricEncoder<'_>) -> fmt::Result,
    ) -> fmt::Result {
        let unit = match figure.unit {
            "" => None,
            "bytes" => Some(Unit::Bytes),
            "seconds" => Some(Unit::Seconds),
            other => Some(Unit::Other(other.to_owned())),
        };
        let kind = match figure.kind {
            Kind::Counter => MetricType::Counter,
            Kind::Gauge => MetricType::Gauge,
            Kind::Histogram => MetricType::Histogram,
            Kind::Info => MetricType::Info,
        };
        let help = figure.help.trim();
        values(&mut self.0.encode_descriptor(figure.name, help, unit.as_ref(), kind)?)
    }
}

fn put(metric: &mut MetricEncoder<'_>, kind: Kind, number: Number) -> fmt::Result {
    match (kind, number) {
        (Kind::Counter, Number::Whole(count)) => {
            metric.encode_counter::<NoLabelSet, _, f64>(&count, None)
        }
        (Kind::Counter, Number::Real(count)) => {
            metric.encode_counter::<NoLabelSet, _, f64>(&count, None)
        }
        (_, Number::Whole(level)) => metric.encode_gauge(&level),
        (_, Number::Real(level)) => metric.encode_gauge(&level),
    }
}

fn seconds(micros: u64) -> f64 {
    real(micros) / 1e6
}

/// Exact for 285 years of microseconds.
#[expect(clippy::cast_precision_loss, reason = "a figure, and exact up to 2^53")]
fn real(number: u64) -> f64 {
    number as f64
}
