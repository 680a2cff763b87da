//! What becomes of deliveries to webhooks, and how the webhooks of this bridge stand.
//!
//! Nothing is queued in here: what is not delivered waits at the daemon. So it is told how old the
//! oldest event is that somebody has not taken yet.

use std::fmt;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::figures::{Labeled, labeled};

/// Upper bounds of times in seconds: what is delivered to is anywhere.
const TIMES: [f64; 9] = [0.005, 0.01, 0.025, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0];

const OUTCOMES: [&str; 3] = ["delivered", "refused", "failed"];

/// See the module.
#[derive(Debug)]
pub(crate) struct Deliveries {
    outcomes: Labeled,
    times: Histogram,
    // As many as there are webhooks, which is limited, and some that are gone.
    all: Mutex<Vec<Weak<Webhook>>>,
}

/// One webhook, for as long as somebody has this.
#[derive(Debug, Default)]
pub(crate) struct Webhook {
    standing: AtomicU8,
    /// When what is not delivered yet was said, in milliseconds; 0 if there is nothing.
    since: AtomicI64,
}

/// How a webhook stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Standing {
    /// The daemon cannot be asked what there is to deliver.
    Unconnected,
    Delivering,
    Failing,
    Paused,
}

impl Default for Deliveries {
    fn default() -> Self {
        let (outcomes, times) = (labeled("outcome", OUTCOMES), Histogram::new(TIMES));
        Self { outcomes, times, all: Mutex::default() }
    }
}

impl Deliveries {
    /// A webhook that begins to be delivered for.
    pub(crate) fn webhook(&self) -> Arc<Webhook> {
        let webhook = Arc::<Webhook>::default();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|webhook| webhook.strong_count() > 0);
        all.push(Arc::downgrade(&webhook));
        webhook
    }

    /// What was answered, if anything was, and how long it took.
    pub(crate) fn attempted(&self, status: Option<u16>, took: Duration) {
        let outcome = match status {
            Some(200..300) => "delivered",
            Some(_) => "refused",
            None => "failed",
        };
        self.outcomes.get_or_create(&[("outcome", outcome)]).inc();
        self.times.observe(took.as_secs_f64());
    }

    pub(super) fn register(self: &Arc<Self>, all: &mut Registry) {
        all.register("deliveries", "Attempts to deliver to webhooks", self.outcomes.clone());
        let help = "Time of one attempt";
        all.register_with_unit("delivery", help, Unit::Seconds, self.times.clone());
        all.register_collector(Box::new(Present(Arc::clone(self))));
    }

    fn alive(&self) -> Vec<Arc<Webhook>> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter_map(Weak::upgrade).collect()
    }
}

impl Webhook {
    pub(crate) fn stands(&self, standing: Standing) {
        self.standing.store(standing as u8, Relaxed);
    }

    /// Something that was said then is to be delivered.
    pub(crate) fn has(&self, time_ms: i64) {
        self.since.store(time_ms, Relaxed);
    }

    /// It is delivered.
    pub(crate) fn has_nothing(&self) {
        self.since.store(0, Relaxed);
    }

    fn is(&self, standing: Standing) -> bool {
        self.standing.load(Relaxed) == standing as u8
    }

    fn waits(&self, now_ms: i64) -> i64 {
        match self.since.load(Relaxed) {
            0 => 0,
            since => now_ms.saturating_sub(since).max(0),
        }
    }
}

impl Standing {
    const ALL: [(Self, &str); 4] = [
        (Self::Unconnected, "unconnected"),
        (Self::Delivering, "delivering"),
        (Self::Failing, "failing"),
        (Self::Paused, "paused"),
    ];
}

/// What is looked up when somebody asks.
#[derive(Debug)]
struct Present(Arc<Deliveries>);

impl Collector for Present {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (webhooks, now) = (self.0.alive(), unix_ms());
        let help = "Webhooks that this bridge delivers for";
        let mut rows = encoder.encode_descriptor("webhooks", help, None, MetricType::Gauge)?;
        for (standing, label) in Standing::ALL {
            let count = webhooks.iter().filter(|webhook| webhook.is(standing)).count();
            ConstGauge::new(count).encode(rows.encode_family(&[("kind", label)])?)?;
        }
        let help = "Age of the oldest event that a webhook has not taken yet";
        let waits = webhooks.iter().map(|webhook| webhook.waits(now)).max().unwrap_or_default();
        let waits = Duration::from_millis(u64::try_from(waits).unwrap_or_default());
        let (unit, kind) = (Some(&Unit::Seconds), MetricType::Gauge);
        let row = encoder.encode_descriptor("delivery_lag", help, unit, kind)?;
        ConstGauge::new(waits.as_secs_f64()).encode(row)
    }
}

#[expect(clippy::disallowed_methods, reason = "an edge of the process: how old is an event")]
fn unix_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text;

    use super::*;

    fn page(deliveries: &Arc<Deliveries>) -> String {
        let mut all = Registry::default();
        deliveries.register(&mut all);
        let mut page = String::new();
        text::encode(&mut page, &all).unwrap();
        page
    }

    #[test]
    fn webhooks_are_told_by_how_they_stand_and_as_long_as_they_are_there() {
        let deliveries = Arc::<Deliveries>::default();
        let (first, second) = (deliveries.webhook(), deliveries.webhook());
        assert!(page(&deliveries).contains("webhooks{kind=\"unconnected\"} 2"));
        first.stands(Standing::Paused);
        second.stands(Standing::Failing);
        second.has(unix_ms() - 60_000);
        let told = page(&deliveries);
        assert!(told.contains("webhooks{kind=\"paused\"} 1"), "{told}");
        assert!(told.contains("webhooks{kind=\"failing\"} 1"), "{told}");
        assert!(told.contains("delivery_lag_seconds 60."), "{told}");
        second.has_nothing();
        drop(first);
        let told = page(&deliveries);
        assert!(told.contains("webhooks{kind=\"paused\"} 0"), "{told}");
        assert!(told.contains("delivery_lag_seconds 0"), "{told}");
    }

    #[test]
    fn every_attempt_counts_by_what_came_of_it() {
        let deliveries = Arc::<Deliveries>::default();
        for status in [Some(200), Some(299), Some(302), Some(500), None] {
            deliveries.attempted(status, Duration::from_millis(20));
        }
        let told = page(&deliveries);
        for (outcome, count) in [("delivered", 2), ("refused", 2), ("failed", 1)] {
            let line = format!("deliveries_total{{outcome=\"{outcome}\"}} {count}");
            assert!(told.contains(&line), "{told}");
        }
    }
}
