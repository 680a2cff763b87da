//! Some members of a room stop reading, while their programs still send keepalives. What that
//! costs everybody else, and whether those who wake have every message, once and in order, on
//! the same connection.

use anyhow::{Context as _, Result, ensure};

use super::TEXT_BYTES;
use crate::args::Stalled;
use crate::open::{Open, Pace};
use crate::report::Figures;
use crate::samples::Percentile;
use crate::setting::{Setting, as_f64};
use crate::shape::Shape;
use crate::venue::Venue;

/// Said before anything counts, in seconds.
const WARM_UP_SECONDS: u32 = 1;

/// The same phases for each run: all of them read; some do not; those wake up.
pub(super) async fn run(wish: &Stalled, setting: &Setting) -> Result<Vec<Figures>> {
    ensure!(wish.stalled < wish.members, "somebody has to read");
    let messages = wish.rate.checked_mul(wish.stall).context("too many messages")?;
    let pace = Pace { per_second: wish.rate, messages };
    let shape = Shape { rooms: 1, members: wish.members, publishers: 1 };
    let name = format!("stalled-{}", wish.members);
    let mut venue = Venue::parlor(setting, &name, shape).await?;
    let text = setting.seed(0).words(TEXT_BYTES);
    let mut open = Open::new(&venue, text, setting.message_ids(0))?;
    let warm_up = Pace { messages: wish.rate * WARM_UP_SECONDS, ..pace };
    open.run(&mut venue, setting.clock, warm_up)?;
    let mut runs = Vec::new();
    for _ in 0..setting.runs {
        let mut figures = Figures::default();
        let calm = open.run(&mut venue, setting.clock, pace)?.delivery.sorted();
        let before = setting.snapshot()?;
        open.stall(&venue, usize::try_from(wish.stalled)?)?;
        let times = open.run(&mut venue, setting.clock, pace)?;
        let stalled = times.delivery.sorted();
        let after = setting.snapshot()?;
        let woke = open.wake(&mut venue, setting.clock)?;
        calm.tell("calm", &mut figures);
        stalled.tell("stalled", &mut figures);
        let p99 = Percentile::P99;
        figures.add("stalled_p99_to_calm", "x", stalled.at(p99) / calm.at(p99));
        times.late.tell("generator_late", &mut figures);
        after.tell_growth(&before, &mut figures);
        figures.add("caught_up_after", "s", woke.as_secs_f64());
        // Both count from the beginning of all runs.
        let (missing, doubled) = open.faults()?;
        figures.add("missing", "", as_f64(missing));
        figures.add("doubled", "", as_f64(doubled));
        runs.push(figures);
    }
    Ok(runs)
}
