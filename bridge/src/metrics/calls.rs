//! Calls of REST: how many, how long, how they ended; and the connections to the daemon by which
//! they are made.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::figures::{Labeled, labeled};
use crate::rest::{Pool, own_reasons};

/// Upper bounds of times in seconds.
const TIMES: [f64; 9] = [0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 15.0];

const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// A reason that the daemon has given; its own figures say which.
const OF_DAEMON: &str = "of_daemon";

/// See the module.
#[derive(Debug)]
pub(crate) struct Calls {
    answered: Labeled,
    refused: Labeled,
    times: Histogram,
}

impl Default for Calls {
    fn default() -> Self {
        let refused = labeled("reason", [OF_DAEMON]);
        own_reasons().for_each(|reason| drop(refused.get_or_create(&[("reason", reason)])));
        Self { answered: labeled("code", CLASSES), refused, times: Histogram::new(TIMES) }
    }
}

impl Calls {
    /// A call was answered with this status, and refused for this reason if it was refused. A
    /// stream of events is answered when it begins.
    pub(crate) fn answered(&self, status: u16, reason: Option<&str>, took: Duration) {
        let class = match status {
            ..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            500.. => "5xx",
        };
        self.answered.get_or_create(&[("code", class)]).inc();
        self.times.observe(took.as_secs_f64());
        if let Some(reason) = reason {
            let reason = own_reasons().find(|own| *own == reason).unwrap_or(OF_DAEMON);
            self.refused.get_or_create(&[("reason", reason)]).inc();
        }
    }

    pub(super) fn register(&self, all: &mut Registry, pool: Pool) {
        let help = "Calls of REST, by the class of their status";
        all.register("calls", help, self.answered.clone());
        let help = "Calls of REST that were refused";
        all.register("calls_refused", help, self.refused.clone());
        let help = "Time until a call was answered";
        all.register_with_unit("call", help, Unit::Seconds, self.times.clone());
        all.register_collector(Box::new(Present(pool)));
    }
}

/// What is looked up when somebody asks.
#[derive(Debug)]
struct Present(Pool);

impl Collector for Present {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let told = self.0.told();
        let help = "Connections to the daemon for REST";
        let gauge = MetricType::Gauge;
        let mut rows = encoder.encode_descriptor("pool_connections", help, None, gauge)?;
        for (kind, count) in [("call", told.calls), ("idle", told.idle), ("stream", told.streams)] {
            ConstGauge::new(count).encode(rows.encode_family(&[("kind", kind)])?)?;
        }
        let help = "How many there may be";
        let row = encoder.encode_descriptor("pool_connections_limit", help, None, gauge)?;
        ConstGauge::new(told.connections_max).encode(row)?;
        let help = "Calls that wait until another of the same token is done";
        let row = encoder.encode_descriptor("pool_waiting_calls", help, None, gauge)?;
        ConstGauge::new(told.waiting).encode(row)?;
        let help = "Connections that calls and streams were given";
        let counter = MetricType::Counter;
        let mut rows = encoder.encode_descriptor("pool_uses", help, None, counter)?;
        for (source, count) in [("kept", told.kept), ("made", told.made)] {
            ConstCounter::new(count).encode(rows.encode_family(&[("source", source)])?)?;
        }
        let help = "Connections that could not be made, or whose token was refused";
        let row = encoder.encode_descriptor("pool_failures", help, None, counter)?;
        ConstCounter::new(told.failed).encode(row)
    }
}
