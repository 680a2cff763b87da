//! What the kernel says of this process. What it does not say is left out.

use std::fs;

use rustix::param::page_size;
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

pub(super) fn cpu_seconds() -> f64 {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    let nanos = u32::try_from(spent.tv_nsec).unwrap_or_default();
    let seconds = u32::try_from(spent.tv_sec).unwrap_or(u32::MAX);
    f64::from(seconds) + f64::from(nanos) / 1e9
}

/// The second number of `statm`: pages in memory.
pub(super) fn resident_bytes() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * u64::try_from(page_size()).ok()?)
}

/// One of them is the folder that is being read.
pub(super) fn open_descriptors() -> Option<u64> {
    let open = fs::read_dir("/proc/self/fd").ok()?.count();
    u64::try_from(open).ok()?.checked_sub(1)
}

pub(super) fn descriptors_max() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}
