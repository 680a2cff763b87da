//! What processes hold at most while something goes on: all that is resident, as the kernel
//! keeps its highest mark, and what is theirs alone, as far as looking often enough shows it.
//! Pages of files that are cached for everybody count in neither, unless they are mapped.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};

use crate::clock::Clock;
use crate::report::Figures;
use crate::setting::as_f64;

/// Between two looks at what is theirs alone.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// So many looks at most: an hour.
const LOOKS_MAX: u32 = 3600 * 50;

/// Has the kernel forget the highest mark: see proc(5), clear_refs.
const FORGET_PEAK: &str = "5";

/// Processes that are looked at.
pub(crate) struct Watch {
    held: Vec<(&'static str, u32, Held)>,
    is_over: Arc<AtomicBool>,
    looking: JoinHandle<Result<Vec<u64>>>,
}

/// In KiB.
#[derive(Clone, Copy, Debug)]
struct Held {
    resident: u64,
    resident_peak: u64,
    anonymous: u64,
}

impl Watch {
    pub(crate) fn begin(processes: &[(&'static str, u32)], clock: Clock) -> Result<Self> {
        let mut held = Vec::new();
        for &(name, pid) in processes {
            let path = format!("/proc/{pid}/clear_refs");
            fs::write(&path, FORGET_PEAK).with_context(|| path)?;
            held.push((name, pid, Held::by(pid)?));
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let (stop, beat) = (Arc::clone(&is_over), clock.beat(LOOK_EVERY, LOOKS_MAX)?);
        let mut peaks: Vec<_> = held.iter().map(|(_, pid, held)| (*pid, held.anonymous)).collect();
        let looking = thread::Builder::new().name("memory".into()).spawn(move || {
            let mut beat = beat;
            while !stop.load(Ordering::Relaxed) && beat.blocking_recv().is_some() {
                for (pid, peak) in &mut peaks {
                    *peak = Held::by(*pid)?.anonymous.max(*peak);
                }
            }
            Ok(peaks.into_iter().map(|(_, peak)| peak).collect())
        })?;
        Ok(Self { held, is_over, looking })
    }

    /// What all of them hold for themselves just now, in KiB.
    pub(crate) fn anonymous(&self) -> Result<u64> {
        self.held.iter().map(|&(_, pid, _)| Ok(Held::by(pid)?.anonymous)).sum()
    }

    /// Tells, of each process, what it held when this began, and the most since.
    pub(crate) fn end(self, figures: &mut Figures) -> Result<()> {
        self.is_over.store(true, Ordering::Relaxed);
        let anonymous =
            self.looking.join().map_err(|_| anyhow!("looking at memory fell over"))??;
        for ((name, pid, before), anonymous) in self.held.into_iter().zip(anonymous) {
            let after = Held::by(pid)?;
            let mut tell = |what: &str, kib: u64| {
                figures.add(&format!("{name}_{what}"), "MiB", as_f64(kib) / 1024.0);
            };
            tell("resident_before", before.resident);
            tell("resident_peak", after.resident_peak);
            tell("anonymous_before", before.anonymous);
            tell("anonymous_peak", anonymous);
        }
        Ok(())
    }
}

impl Held {
    fn by(pid: u32) -> Result<Self> {
        let path = format!("/proc/{pid}/status");
        let status = fs::read_to_string(&path).with_context(|| path)?;
        let field = |name: &str| {
            let rest = status.lines().find_map(|line| line.strip_prefix(name));
            let number = rest.and_then(|rest| rest.split_whitespace().next());
            number.with_context(|| format!("no {name}"))?.parse().context("no number")
        };
        Ok(Self {
            resident: field("VmRSS:")?,
            resident_peak: field("VmHWM:")?,
            anonymous: field("RssAnon:")?,
        })
    }
}
