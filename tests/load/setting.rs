//! What a scenario works with: a server, the way to it, a clock, a seed.

use std::time::Duration;

use anyhow::Result;

use crate::args::Args;
use crate::clock::{self, Clock};
use crate::link::{Flavor, Target};
use crate::report::Figures;
use crate::seed::Seed;
use crate::server::Server;
use crate::usage::Usage;

/// One run's.
pub(crate) struct Setting {
    pub(crate) server: Server,
    pub(crate) target: Target,
    pub(crate) clock: Clock,
    /// How often to measure.
    pub(crate) runs: u32,
    seed: u64,
    // Ids of messages begin with it, so that no two runs send the same.
    nonce: u64,
}

/// What the server and the generator had used up when it was asked.
pub(crate) struct Snapshot {
    at: Duration,
    own: Usage,
    processes: Vec<(&'static str, Usage)>,
}

impl Setting {
    pub(crate) fn new(args: &Args, server: Server) -> Result<Self> {
        let target = Target::new(server.url().clone())?;
        let nonce = clock::fresh_number()?;
        Ok(Self { server, target, clock: Clock::start(), runs: args.runs, seed: args.seed, nonce })
    }

    /// The same with one more daemon, whose configuration begins with this.
    pub(crate) fn beside(&mut self, config: &str) -> Result<Self> {
        let server = Server::Own(Box::new(self.server.own()?.another(config)?));
        let target = Target::new(server.url().clone())?;
        Ok(Self { server, target, ..*self })
    }

    /// A new bridge, clients of this flavor, and ids that no message has had.
    pub(crate) fn speak(&mut self, flavor: Flavor) -> Result<()> {
        self.server.own()?.replace_bridge()?;
        self.target = Target { flavor, ..Target::new(self.server.url().clone())? };
        self.renew()
    }

    /// Ids that no message has had.
    pub(crate) fn renew(&mut self) -> Result<()> {
        self.nonce = clock::fresh_number()?;
        Ok(())
    }

    pub(crate) fn seed(&self, part: u64) -> Seed {
        Seed::new(self.seed, part)
    }

    /// What names of users and rooms begin with.
    pub(crate) fn prefix(&self, scenario: &str) -> String {
        format!("{scenario}-{}", self.seed)
    }

    /// The first of 2^40 ids for messages of this sender.
    pub(crate) fn message_ids(&self, sender: u32) -> u128 {
        (u128::from(self.nonce) << 64) | (u128::from(sender) << 40)
    }

    pub(crate) fn snapshot(&self) -> Result<Snapshot> {
        let pids = self.server.pids().into_iter();
        let processes = pids.map(|(name, pid)| Ok((name, Usage::of(pid)?)));
        Ok(Snapshot {
            at: self.clock.now(),
            own: Usage::own()?,
            processes: processes.collect::<Result<_>>()?,
        })
    }
}

impl Snapshot {
    /// CPU since then of all processes of the server, and of the generator.
    pub(crate) fn cpu_since(&self, before: &Self) -> (Duration, Duration) {
        let pairs = self.processes.iter().zip(&before.processes);
        let server = pairs.map(|((_, now), (_, then))| now.cpu - then.cpu).sum();
        (server, self.own.cpu - before.own.cpu)
    }

    /// Time since then.
    pub(crate) fn seconds_since(&self, before: &Self) -> f64 {
        (self.at - before.at).as_secs_f64()
    }

    /// CPU since then, a figure for each process of the server: in `unit` of which there were
    /// `count`, counted in microseconds.
    pub(crate) fn tell_cpu(&self, before: &Self, unit: &str, count: f64, figures: &mut Figures) {
        for ((name, now), (_, then)) in self.processes.iter().zip(&before.processes) {
            let micros = (now.cpu - then.cpu).as_secs_f64() * 1e6;
            figures.add(&format!("{name}_cpu_per_{unit}"), "us", micros / count);
        }
    }

    /// Shares of a core since then, of the server and of the generator.
    pub(crate) fn tell_cores(&self, before: &Self, figures: &mut Figures) {
        let seconds = self.seconds_since(before);
        let mut tell = |name: &str, now: Usage, then: Usage| {
            let share = (now.cpu - then.cpu).as_secs_f64() / seconds;
            figures.add(&format!("{name}_cores"), "cores", share);
        };
        for ((name, now), (_, then)) in self.processes.iter().zip(&before.processes) {
            tell(name, *now, *then);
        }
        tell("generator", self.own, before.own);
    }

    /// What resident memory has grown by.
    pub(crate) fn tell_growth(&self, before: &Self, figures: &mut Figures) {
        for ((name, now), (_, then)) in self.processes.iter().zip(&before.processes) {
            let [now, then] = [now, then].map(|usage| as_f64(usage.resident_kib));
            figures.add(&format!("{name}_resident"), "KiB", now);
            figures.add(&format!("{name}_resident_growth"), "KiB", now - then);
        }
    }

    /// Resident memory, and what it has grown by for each of `count`.
    pub(crate) fn tell_memory(&self, before: &Self, count: f64, figures: &mut Figures) {
        for ((name, now), (_, then)) in self.processes.iter().zip(&before.processes) {
            let [now, then] = [now, then].map(|usage| as_f64(usage.resident_kib));
            figures.add(&format!("{name}_resident_before"), "KiB", then);
            figures.add(&format!("{name}_resident_after"), "KiB", now);
            figures.add(&format!("{name}_resident_per_connection"), "KiB", (now - then) / count);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures are rounded anyway")]
pub(crate) fn as_f64(number: u64) -> f64 {
    number as f64
}
