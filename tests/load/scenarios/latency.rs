//! Latency at a fixed rate, of the floor and of the server in turn, on connections that stay
//! open. Beside it, what the disk takes for what a commit writes.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::TEXT_BYTES;
use crate::args::Latency;
use crate::clock::Clock;
use crate::floor::Floor;
use crate::open::{Open, Pace};
use crate::report::Figures;
use crate::samples::{Percentile, Samples};
use crate::server::Server;
use crate::setting::{Setting, as_f64};
use crate::shape::Shape;
use crate::venue::Venue;

/// Writes with fsync that are timed beside the daemon's: what this disk, as busy as it is,
/// takes for a commit.
const SYNCS_PER_SECOND: u32 = 20;

/// Pages of the database's log that a commit of one message writes, about.
const COMMIT_BYTES: usize = 4 * 4096;

/// What the design allows: so many times the floor, and a commit.
const P50_TO_FLOOR_MAX: f64 = 1.5;
const P99_TO_FLOOR_MAX: f64 = 2.0;

/// What is written over and over, as the daemon's log is: a file that grows takes longer.
const LOG_BYTES: usize = 256 * COMMIT_BYTES;

/// Said before anything counts, in seconds.
const WARM_UP_SECONDS: u32 = 1;

pub(super) async fn run(wish: &Latency, setting: &Setting) -> Result<Vec<Figures>> {
    let messages = wish.rate.checked_mul(wish.seconds).context("too many messages")?;
    let pace = Pace { per_second: wish.rate, messages };
    let shape = Shape { rooms: 1, members: wish.members, publishers: 1 };
    let text = || setting.seed(0).words(TEXT_BYTES);
    let mut floor = Venue::floor(Floor::start()?, shape)?;
    let mut parlor = Venue::parlor(setting, "latency", shape).await?;
    let mut below = Open::new(&floor, text(), setting.message_ids(0))?;
    let mut above = Open::new(&parlor, text(), setting.message_ids(0))?;
    let warm_up = Pace { messages: wish.rate * WARM_UP_SECONDS, ..pace };
    below.run(&mut floor, setting.clock, warm_up)?;
    above.run(&mut parlor, setting.clock, warm_up)?;
    let mut runs = Vec::new();
    for _ in 0..setting.runs {
        let mut figures = Figures::default();
        let floor_times = below.run(&mut floor, setting.clock, pace)?;
        let syncs = time_syncs(wish, setting)?;
        let before = setting.snapshot()?;
        let times = above.run(&mut parlor, setting.clock, pace)?;
        let after = setting.snapshot()?;
        let syncs = match syncs {
            Some(syncs) => Some(syncs.await??.sorted()),
            None => None,
        };
        let (of_floor, of_server) = (floor_times.delivery.sorted(), times.delivery.sorted());
        of_floor.tell("floor_delivery", &mut figures);
        of_server.tell("delivery", &mut figures);
        times.ack.sorted().tell("ack", &mut figures);
        if let Some(syncs) = &syncs {
            syncs.tell("disk_sync", &mut figures);
            for (percentile, times_max) in
                [(Percentile::P50, P50_TO_FLOOR_MAX), (Percentile::P99, P99_TO_FLOOR_MAX)]
            {
                let allowed = times_max * of_floor.at(percentile) + syncs.at(percentile);
                let name = format!("delivery_{}_to_allowed", percentile.name());
                figures.add(&name, "x", of_server.at(percentile) / allowed);
            }
        }
        floor_times.late.sorted().tell("floor_generator_late", &mut figures);
        times.late.sorted().tell("generator_late", &mut figures);
        let deliveries = as_f64(u64::from(messages) * u64::from(wish.members));
        after.tell_cpu(&before, "delivery", deliveries, &mut figures);
        after.tell_cores(&before, &mut figures);
        runs.push(figures);
    }
    let faults = above.faults()?;
    ensure!(faults == (0, 0), "messages missing and doubled: {faults:?}");
    Ok(runs)
}

type Syncs = JoinHandle<Result<Samples>>;

/// How long the disk takes to keep what a commit writes, while messages are said.
fn time_syncs(wish: &Latency, setting: &Setting) -> Result<Option<Syncs>> {
    let Server::Own(own) = &setting.server else { return Ok(None) };
    let every = Duration::from_secs(1) / SYNCS_PER_SECOND;
    let beat = setting.clock.beat(every, wish.seconds.saturating_mul(SYNCS_PER_SECOND))?;
    let file = File::create(own.folder().join("syncs"))?;
    let clock = setting.clock;
    Ok(Some(spawn_blocking(move || write_and_sync(&file, clock, beat))))
}

fn write_and_sync(
    file: &File,
    clock: Clock,
    mut beat: mpsc::Receiver<Duration>,
) -> Result<Samples> {
    let mut samples = Samples::default();
    file.write_all_at(&vec![0; LOG_BYTES], 0)?;
    file.sync_all()?;
    let mut places = (0..LOG_BYTES).step_by(COMMIT_BYTES).cycle();
    while beat.blocking_recv().is_some() {
        let place = u64::try_from(places.next().context("no place")?)?;
        let start = clock.now();
        file.write_all_at(&[0x5a; COMMIT_BYTES], place)?;
        file.sync_data()?;
        samples.add(clock.now() - start);
    }
    Ok(samples)
}
