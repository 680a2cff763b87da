//! What the search index costs those who send: acknowledgements at a fixed rate, of a daemon with
//! an index and of one without in turn, on connections that stay open.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};

use super::TEXT_BYTES;
use crate::args::Indexing;
use crate::open::{Open, Pace};
use crate::report::Figures;
use crate::samples::Percentile;
use crate::setting::Setting;
use crate::shape::Shape;
use crate::venue::Venue;

/// Said before anything counts, in seconds.
const WARM_UP_SECONDS: u32 = 2;

/// The two sides in the names of figures.
const WITH_NAME: &str = "with_index";
const WITHOUT_NAME: &str = "without";

/// Added to the configuration of the daemon that is not searched.
const WITHOUT: &str = "search.enabled = false\n";

pub(super) async fn run(wish: &Indexing, setting: &mut Setting) -> Result<Vec<Figures>> {
    let messages = wish.rate.checked_mul(wish.seconds).context("too many messages")?;
    let pace = Pace { per_second: wish.rate, messages };
    let shape = Shape { rooms: 1, members: wish.members, publishers: 1 };
    let without = setting.beside(WITHOUT)?;
    let mut sides = Vec::new();
    for (name, setting) in [(WITH_NAME, &*setting), (WITHOUT_NAME, &without)] {
        let mut venue = Venue::parlor(setting, name, shape).await?;
        let text = setting.seed(0).words(TEXT_BYTES);
        let mut open = Open::new(&venue, text, setting.message_ids(0))?;
        let warm_up = Pace { messages: wish.rate * WARM_UP_SECONDS, ..pace };
        open.run(&mut venue, setting.clock, warm_up)?;
        sides.push((name, setting, venue, open));
    }
    let mut runs = Vec::new();
    for _ in 0..setting.runs {
        let mut figures = Figures::default();
        let mut acks = BTreeMap::new();
        for (name, setting, venue, open) in &mut sides {
            let before = setting.snapshot()?;
            let times = open.run(venue, setting.clock, pace)?;
            let after = setting.snapshot()?;
            let ack = times.ack.sorted();
            ack.tell(&format!("{name}_ack"), &mut figures);
            times.delivery.sorted().tell(&format!("{name}_delivery"), &mut figures);
            let (server, _) = after.cpu_since(&before);
            let cores = server.as_secs_f64() / after.seconds_since(&before);
            figures.add(&format!("{name}_daemon_cores"), "cores", cores);
            acks.insert(*name, ack);
        }
        // What the disk still has to do for one side must not fall on the other one always.
        sides.reverse();
        let (Some(with), Some(without)) = (acks.get(WITH_NAME), acks.get(WITHOUT_NAME)) else {
            unreachable!("two sides")
        };
        for percentile in [Percentile::P50, Percentile::P99] {
            let name = format!("ack_{}_to_without", percentile.name());
            figures.add(&name, "x", with.at(percentile) / without.at(percentile));
        }
        runs.push(figures);
    }
    for (name, _, _, open) in &mut sides {
        let faults = open.faults()?;
        ensure!(faults == (0, 0), "{name}: messages missing and doubled: {faults:?}");
    }
    Ok(runs)
}
