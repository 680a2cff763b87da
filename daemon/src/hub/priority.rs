//! Threads whose work can wait for that of others.

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
