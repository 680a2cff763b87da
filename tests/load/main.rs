//! A load generator: how much Parlor does, how fast, and at what cost, in figures that anybody
//! can measure again.
//!
//! Each scenario runs several times against a daemon of its own, in a throw-away folder, with
//! its limits off; what is told is the median. The clients are as cheap as they can be, so that
//! they are not what is measured; what they cost stands beside the figures all the same.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an answer that was not hoped for ends the run, whichever it is"
)]

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use tokio::task::LocalSet;
use tokio::time::timeout;

use crate::args::{Args, Scenario};
use crate::report::{Figures, Report};
use crate::server::Server;
use crate::setting::Setting;

mod args;
mod calls;
mod clock;
mod closed;
mod crowd;
mod floor;
mod link;
mod memory;
mod open;
mod report;
mod samples;
mod scenarios;
mod seed;
mod server;
mod setting;
mod shape;
mod stream;
mod swarm;
mod usage;
mod venue;

/// What a run may take besides the time in which it measures.
const OVERHEAD_MAX: Duration = Duration::from_secs(180);

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    usage::raise_file_limit()?;
    if let Scenario::FloorServer = args.scenario {
        return floor::server::run();
    }
    if args.pin {
        // The servers are our children, and stay where we are.
        usage::pin()?;
    }
    for scenario in args.scenario.each() {
        let mut report = Report::new(&scenario, args);
        let times = if scenario.runs_in_turn() { 1 } else { args.runs };
        for number in 1..=times {
            let runs = run_once(args, &scenario);
            let runs = runs.with_context(|| format!("{}, run {number}", scenario.name()))?;
            runs.into_iter().for_each(|figures| report.add(figures));
        }
        report.print(args)?;
    }
    Ok(())
}

/// One thread: the daemon is to have the rest of the machine.
fn run_once(args: &Args, scenario: &Scenario) -> Result<Vec<Figures>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let mut setting = Setting::new(args, Server::for_run(args, scenario)?)?;
        let together = if scenario.runs_in_turn() { args.runs } else { 1 };
        let limit = OVERHEAD_MAX + scenario.duration() * together;
        let figures = timeout(limit, scenarios::run(scenario, &mut setting));
        figures.await.with_context(|| format!("not done after {} s", limit.as_secs()))?
    })
}
