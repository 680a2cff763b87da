//! Every figure of the page. No label tells who or where.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tokio::time::Instant;

use super::calls::Calls;
use super::deliveries::Deliveries;
use super::traffic::{Open, Passed, Traffic};
use crate::flavor::Flavor;
use crate::rest::Pool;
use crate::slots::{Full, Slots};
use crate::socket::Ended;

/// Upper bounds of times in seconds.
const TIMES: [f64; 10] = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0];

/// A close code as a label; the second is what is told for it.
const CLOSE_CODES: [(u16, &str); 7] = [
    (1002, "1002"),
    (1003, "1003"),
    (1007, "1007"),
    (1009, "1009"),
    (1011, "1011"),
    (1012, "1012"),
    (1013, "1013"),
];

/// One for each of [`Flavor::ALL`].
type ByFlavor = [(Flavor, Arc<Traffic>); 2];

/// A counter with one label.
pub(super) type Labeled = Family<[(&'static str, &'static str); 1], Counter>;

/// What is counted, and the page of it.
pub(crate) struct Figures {
    registry: Registry,
    accepted: Counter,
    refused: Labeled,
    upgrades: Labeled,
    upgrades_refused: Labeled,
    upstream_connects: Histogram,
    upstream_failures: Counter,
    endings: Labeled,
    closes: Labeled,
    traffic: ByFlavor,
    pub(crate) calls: Calls,
}

/// What others count by themselves.
pub(crate) struct Sources {
    pub(crate) visitors: Arc<Slots>,
    pub(crate) guests: Arc<Slots>,
    pub(crate) pool: Pool,
    pub(crate) deliveries: Arc<Deliveries>,
}

/// Why somebody did not become a WebSocket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NotUpgraded {
    NoWebSocket,
    Origin,
    Subprotocol,
    Draining,
    Full,
    Address,
}

/// What is looked up when somebody asks.
#[derive(Debug)]
struct Present {
    began: Instant,
    visitors: Arc<Slots>,
    guests: Arc<Slots>,
    traffic: ByFlavor,
}

impl Figures {
    pub(crate) fn new(sources: Sources) -> Self {
        let Sources { visitors, guests, pool, deliveries } = sources;
        let traffic = Flavor::ALL.map(|flavor| (flavor, Arc::<Traffic>::default()));
        let mut figures = Self {
            registry: Registry::with_prefix("parlor_bridge"),
            accepted: Counter::default(),
            refused: labeled("reason", ["full", "address"]),
            upgrades: labeled("flavor", Flavor::ALL.map(Flavor::label)),
            upgrades_refused: labeled("reason", NotUpgraded::ALL.map(NotUpgraded::label)),
            upstream_connects: Histogram::new(TIMES),
            upstream_failures: Counter::default(),
            endings: labeled("reason", Ended::LABELS),
            closes: labeled("code", CLOSE_CODES.map(|(_, label)| label)),
            traffic: traffic.clone(),
            calls: Calls::default(),
        };
        figures.register(Present { began: now(), visitors, guests, traffic });
        figures.calls.register(&mut figures.registry, pool);
        deliveries.register(&mut figures.registry);
        figures
    }

    fn register(&mut self, present: Present) {
        let all = &mut self.registry;
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        all.register("build", "The version that runs", version);
        all.register("accepted", "Connections that were let in", self.accepted.clone());
        let help = "Connections that were turned away by a limit";
        all.register("refused", help, self.refused.clone());
        all.register("upgrades", "Who became a WebSocket", self.upgrades.clone());
        let help = "Requests for a WebSocket that were refused";
        all.register("upgrades_refused", help, self.upgrades_refused.clone());
        let (help, times) = ("Time until the daemon has answered", self.upstream_connects.clone());
        all.register_with_unit("upstream_connect", help, Unit::Seconds, times);
        let help = "WebSockets for which the daemon could not be reached";
        all.register("upstream_failures", help, self.upstream_failures.clone());
        all.register("endings", "How WebSockets have ended", self.endings.clone());
        all.register("closes", "Closes that the bridge has sent", self.closes.clone());
        all.register_collector(Box::new(present));
    }

    /// As OpenMetrics text.
    pub(crate) fn page(&self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }

    /// Somebody has connected, and has a place or none.
    pub(crate) fn arrived(&self, refused: Option<Full>) {
        match refused {
            None => self.accepted.inc(),
            Some(Full::Total) => self.refused.get_or_create(&[("reason", "full")]).inc(),
            Some(Full::Address) => self.refused.get_or_create(&[("reason", "address")]).inc(),
        };
    }

    pub(crate) fn upgraded(&self, flavor: Flavor) {
        self.upgrades.get_or_create(&[("flavor", flavor.label())]).inc();
    }

    /// A WebSocket is open until what this returns is dropped.
    pub(crate) fn opened(&self, flavor: Flavor) -> Open<'_> {
        self.traffic(flavor).open()
    }

    pub(crate) fn traffic(&self, flavor: Flavor) -> &Traffic {
        let [(_, binary), (_, json)] = &self.traffic;
        match flavor {
            Flavor::Binary => binary,
            Flavor::Json => json,
        }
    }

    pub(crate) fn not_upgraded(&self, why: NotUpgraded) {
        self.upgrades_refused.get_or_create(&[("reason", why.label())]).inc();
    }

    /// The daemon has been asked since `began`.
    pub(crate) fn upstream(&self, began: Instant, is_reached: bool) {
        if is_reached {
            self.upstream_connects.observe(now().duration_since(began).as_secs_f64());
        } else {
            self.upstream_failures.inc();
        }
    }

    pub(crate) fn ended(&self, ended: &Ended) {
        self.endings.get_or_create(&[("reason", ended.label())]).inc();
        let code = ended.close_code();
        if let Some((_, code)) = CLOSE_CODES.iter().find(|(known, _)| Some(*known) == code) {
            self.closes.get_or_create(&[("code", *code)]).inc();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "an edge of the process: how long did it take")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Every label is there from the start, at zero.
pub(super) fn labeled<const LABELS: usize>(
    name: &'static str,
    labels: [&'static str; LABELS],
) -> Labeled {
    let family = Labeled::default();
    for label in labels {
        drop(family.get_or_create(&[(name, label)]));
    }
    family
}

impl NotUpgraded {
    const ALL: [Self; 6] = [
        Self::NoWebSocket,
        Self::Origin,
        Self::Subprotocol,
        Self::Draining,
        Self::Full,
        Self::Address,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::NoWebSocket => "no_websocket",
            Self::Origin => "origin",
            Self::Subprotocol => "subprotocol",
            Self::Draining => "draining",
            Self::Full => "full",
            Self::Address => "address",
        }
    }
}

impl Collector for Present {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let uptime = ConstGauge::new(now().duration_since(self.began).as_secs_f64());
        let kind = uptime.metric_type();
        uptime.encode(encoder.encode_descriptor(
            "uptime",
            "Time since the start",
            Some(&Unit::Seconds),
            kind,
        )?)?;
        let help = "Connections that are no WebSocket yet";
        let visitors = ConstGauge::new(self.visitors.count());
        let kind = visitors.metric_type();
        visitors.encode(encoder.encode_descriptor("visitors", help, None, kind)?)?;
        let help = "Requests that trusted proxies have passed on and that are not answered yet";
        let guests = ConstGauge::new(self.guests.count());
        let kind = guests.metric_type();
        guests.encode(encoder.encode_descriptor("guests", help, None, kind)?)?;
        let mut rows =
            encoder.encode_descriptor("websockets", "Open WebSockets", None, MetricType::Gauge)?;
        for (flavor, traffic) in &self.traffic {
            let labels = [("flavor", flavor.label())];
            ConstGauge::new(traffic.open_count()).encode(rows.encode_family(&labels)?)?;
        }
        let help = "Messages that have not been taken yet";
        self.each_way(&mut encoder, ("waiting_messages", help, None), |passed| {
            ConstGauge::new(passed.waiting)
        })?;
        let help = "Messages that were given on";
        self.each_way(&mut encoder, ("messages", help, None), |passed| {
            ConstCounter::new(passed.messages)
        })?;
        let copied = ("copied", "Bytes of them", Some(&Unit::Bytes));
        self.each_way(&mut encoder, copied, |passed| ConstCounter::new(passed.bytes))
    }
}

impl Present {
    /// From clients to the daemon, and back, of each flavor.
    fn each_way<M: EncodeMetric>(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        (name, help, unit): (&str, &str, Option<&Unit>),
        metric: impl Fn(Passed) -> M,
    ) -> fmt::Result {
        let kind = metric(Passed::default()).metric_type();
        let mut rows = encoder.encode_descriptor(name, help, unit, kind)?;
        for (flavor, traffic) in &self.traffic {
            let up = traffic.sum(|stripe| &stripe.up);
            let down = traffic.sum(|stripe| &stripe.down);
            for (direction, passed) in [("up", up), ("down", down)] {
                let labels = [("direction", direction), ("flavor", flavor.label())];
                metric(passed).encode(rows.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

    use super::*;
    use crate::rest;
    use crate::upstream::Upstream;

    fn figures() -> Figures {
        let upstream = Upstream::Unix { path: "/nowhere".into() };
        let pool = Pool::new(upstream, rest::Limits::default());
        let (visitors, guests) = (Slots::new(1, 1), Slots::new(1, 1));
        Figures::new(Sources { visitors, guests, pool, deliveries: Arc::default() })
    }

    #[test]
    fn the_operating_document_names_every_figure() {
        let document = include_str!("../../../daemon/OPERATING.md");
        let page = figures().page().unwrap();
        let mut count = 0;
        for line in page.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            let (family, kind) = line.split_once(' ').unwrap();
            let end = match kind {
                "counter" => "_total",
                "info" => "_info",
                _ => "",
            };
            assert!(document.contains(&format!("`{family}{end}`")), "{family}{end}");
            count += 1;
        }
        assert_eq!(count, 28);
        assert!(page.ends_with("# EOF\n"));
    }

    #[test]
    fn every_way_to_end_is_counted_under_a_label_that_is_there_from_the_start() {
        let figures = figures();
        let lines = figures.page().unwrap().lines().count();
        let broke = |code| Ended::broke(code, "");
        let all = [
            (Ended::ByClient, "by_client", None),
            (Ended::ClientLost, "client_lost", None),
            (broke(CloseCode::Protocol), "client_broke", Some("1002")),
            (broke(CloseCode::Unsupported), "client_broke", Some("1003")),
            (broke(CloseCode::Invalid), "client_broke", Some("1007")),
            (broke(CloseCode::Size), "client_broke", Some("1009")),
            (Ended::UpstreamBroke, "upstream_broke", Some("1011")),
            (Ended::ByUpstream, "by_upstream", Some("1012")),
            (Ended::Draining, "draining", Some("1012")),
            (Ended::Unreachable, "unreachable", Some("1013")),
        ];
        for (ended, reason, code) in all {
            assert_eq!(ended.label(), reason);
            assert_eq!(ended.close_code().map(|code| code.to_string()).as_deref(), code);
            figures.ended(&ended);
        }
        NotUpgraded::ALL.iter().for_each(|why| figures.not_upgraded(*why));
        let page = figures.page().unwrap();
        assert_eq!(page.lines().count(), lines);
        let sum = |name: &str| -> u64 {
            let lines = page.lines().filter(|line| line.starts_with(name));
            lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum()
        };
        assert_eq!(sum("parlor_bridge_endings_total"), 10);
        assert_eq!(sum("parlor_bridge_closes_total"), 8);
        assert_eq!(sum("parlor_bridge_upgrades_refused_total"), 6);
    }
}
