//! What a process uses, as the kernel tells it.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The kernel counts CPU time for `/proc` in hundredths of a second on every machine we know.
const TICK: Duration = Duration::from_millis(10);

/// A process's use of the machine so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    pub(crate) resident_kib: u64,
}

impl Usage {
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let read = |file: &str| {
            let path = format!("/proc/{pid}/{file}");
            fs::read_to_string(&path).with_context(|| path)
        };
        let stat = read("stat")?;
        // The name in parentheses may hold anything.
        let (_, fields) = stat.rsplit_once(')').context("no process name")?;
        let ticks: Vec<u32> =
            fields.split_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        let status = read("status")?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident = resident.and_then(|rest| rest.split_whitespace().next());
        Ok(Self {
            cpu: TICK * ticks.iter().sum(),
            resident_kib: resident.context("no resident memory")?.parse()?,
        })
    }

    /// Of the generator itself.
    pub(crate) fn own() -> Result<Self> {
        Self::of(std::process::id())
    }
}

/// As many connections as the machine allows.
pub(crate) fn raise_file_limit() -> Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
        .context("raising the limit of open files")
}

/// This thread, what it starts and what that starts, on the last core that we may use.
pub(crate) fn pin() -> Result<()> {
    let ours = sched_getaffinity(None)?;
    let mut one = CpuSet::new();
    let last = (0..CpuSet::MAX_CPU).rev().find(|&core| ours.is_set(core));
    one.set(last.context("no core")?);
    sched_setaffinity(None, &one).context("staying on one core")
}
