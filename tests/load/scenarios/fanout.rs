//! Deliveries per second and the server's CPU for each, of the floor and of the server in turn,
//! on connections that stay open: what the machine does otherwise meets both.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::TEXT_BYTES;
use crate::args::Fanout;
use crate::closed::Closed;
use crate::floor::Floor;
use crate::report::Figures;
use crate::setting::{Setting, as_f64};
use crate::shape::Shape;
use crate::usage::Usage;
use crate::venue::Venue;

/// Before anything counts: rings and caches fill.
const WARM_UP: Duration = Duration::from_secs(1);

/// Before each window: until the loop is at its pace.
const SETTLE: Duration = Duration::from_millis(200);

/// What one window has brought.
#[derive(Clone, Copy, Debug)]
struct Window {
    seconds: f64,
    deliveries: f64,
    server_cpu: Duration,
    generator_cpu: Duration,
}

pub(super) async fn run(wish: &Fanout, setting: &Setting) -> Result<Vec<Figures>> {
    let shape = wish.shape();
    let mut floor = Stage::new(Venue::floor(Floor::start()?, shape)?, wish, setting)?;
    let parlor = Venue::parlor(setting, &name(shape), shape).await?;
    let mut parlor = Stage::new(parlor, wish, setting)?;
    for stage in [&mut floor, &mut parlor] {
        stage.closed.run(&mut stage.venue, setting.clock, WARM_UP)?;
        stage.closed.drain(&mut stage.venue, setting.clock)?;
    }
    let time = Duration::from_secs(wish.seconds.into());
    let mut runs = Vec::new();
    for _ in 0..setting.runs {
        let mut figures = Figures::default();
        let below = floor.measure(setting, time)?;
        let above = parlor.measure(setting, time)?;
        below.tell("floor", &mut figures);
        above.tell("daemon", &mut figures);
        if !setting.server.pids().is_empty() {
            figures.add("cpu_to_floor", "x", above.cpu_per_delivery() / below.cpu_per_delivery());
        }
        figures.add("rate_to_floor", "x", above.rate() / below.rate());
        runs.push(figures);
    }
    Ok(runs)
}

/// Rooms of another shape have other members.
fn name(Shape { rooms, members, publishers }: Shape) -> String {
    format!("fanout-{rooms}-{members}-{publishers}")
}

/// A server and its publishers.
struct Stage {
    venue: Venue,
    closed: Closed,
}

impl Stage {
    fn new(venue: Venue, wish: &Fanout, setting: &Setting) -> Result<Self> {
        let Shape { members, publishers, .. } = wish.shape();
        let text = setting.seed(0).words(TEXT_BYTES);
        let first_id = |publisher| setting.message_ids(publisher);
        let closed = Closed::new((publishers, members), wish.window(), text, first_id)?;
        Ok(Self { venue, closed })
    }

    fn measure(&mut self, setting: &Setting, time: Duration) -> Result<Window> {
        let Self { venue, closed } = self;
        venue.keep_alive(setting.clock)?;
        closed.run(venue, setting.clock, SETTLE)?;
        let floor_cpu = || venue_cpu(venue.floor_pid());
        let (before, floor_before, first) =
            (setting.snapshot()?, floor_cpu()?, closed.deliveries());
        closed.run(venue, setting.clock, time)?;
        let floor_cpu = || venue_cpu(venue.floor_pid());
        let (after, floor_after) = (setting.snapshot()?, floor_cpu()?);
        let deliveries = as_f64(closed.deliveries() - first);
        closed.drain(venue, setting.clock)?;
        ensure!(deliveries > 0.0, "nothing was delivered in {time:?}");
        let (server_cpu, generator_cpu) = after.cpu_since(&before);
        let floor_cpu = floor_after.zip(floor_before).map(|(after, before)| after - before);
        Ok(Window {
            seconds: after.seconds_since(&before),
            deliveries,
            server_cpu: floor_cpu.unwrap_or(server_cpu),
            generator_cpu,
        })
    }
}

fn venue_cpu(pid: Option<u32>) -> Result<Option<Duration>> {
    pid.map(|pid| Usage::of(pid).map(|usage| usage.cpu)).transpose()
}

impl Window {
    fn rate(self) -> f64 {
        self.deliveries / self.seconds
    }

    /// In microseconds: that is also seconds for a million deliveries.
    fn cpu_per_delivery(self) -> f64 {
        self.server_cpu.as_secs_f64() * 1e6 / self.deliveries
    }

    fn tell(self, server: &str, figures: &mut Figures) {
        figures.add(&format!("{server}_deliveries_per_second"), "1/s", self.rate());
        figures.add(&format!("{server}_cpu_per_delivery"), "us", self.cpu_per_delivery());
        let cores = |cpu: Duration| cpu.as_secs_f64() / self.seconds;
        figures.add(&format!("{server}_cores"), "cores", cores(self.server_cpu));
        figures.add(&format!("{server}_generator_cores"), "cores", cores(self.generator_cpu));
    }
}
