//! What the process asks of the kernel for itself.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;

/// Descriptors beside those of connections: database, listeners, runtimes.
const DESCRIPTORS_RESERVED: u64 = 256;

/// Allows as many files as the machine allows, and no core dumps: they would hold keys,
/// passwords and messages.
pub(super) fn set_limits(config: &Config) {
    let allowed = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: allowed.maximum, ..allowed };
    let files =
        if setrlimit(Resource::Nofile, raised).is_ok() { allowed.maximum } else { allowed.current };
    let wanted = u64::from(config.limits.connections) + DESCRIPTORS_RESERVED;
    if let Some(files) = files.filter(|files| *files < wanted) {
        tracing::warn!(
            "limits.connections needs {wanted} file descriptors and there are {files}: \
             raise LimitNOFILE, or connections will wait"
        );
    }
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps stay possible");
    }
}
