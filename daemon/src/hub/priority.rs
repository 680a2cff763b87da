//! Threads whose work can wait for that of others.

/// As far back as there is.
#[cfg(target_os = "linux")]
const NICE_MAX: i32 = 19;

/// Lets this thread step back behind the others by so much: 10 is a tenth of the time that others
/// get who want it. On Linux a thread has a nice value of its own; elsewhere this would be that of
/// the process.
#[cfg(target_os = "linux")]
pub(crate) fn step_back(nice: i32) {
    if let Err(error) = rustix::process::setpriority_process(None, nice) {
        tracing::warn!(%error, "a thread works at the priority of everything else");
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn step_back(_nice: i32) {}

/// Lets this thread run when a core has nothing else to do, or nearly so: it gets a three hundredth
/// of the time that others want. Unlike a nice value it is stopped as soon as another wakes up, who
/// looks for a core where nothing else runs: see SCHED_IDLE in sched(7).
#[cfg(target_os = "linux")]
pub(crate) fn run_when_idle() {
    use thread_priority::unix::{NormalThreadSchedulePolicy, ThreadSchedulePolicy};
    use thread_priority::unix::{set_thread_priority_and_policy, thread_native_id};
    let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    let lowest = thread_priority::ThreadPriority::Min;
    if set_thread_priority_and_policy(thread_native_id(), lowest, policy).is_err() {
        step_back(NICE_MAX);
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn run_when_idle() {}
