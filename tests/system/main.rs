//! What needs more of the machine than a plain `cargo test` may ask for: strace to see the
//! order of system calls, root to mount a disk that is soon full, curl and jq. `.ci/run` runs it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(clippy::panic, reason = "a test that cannot go on should stop")]
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod disk;
mod disk_full;
mod disk_full_files;
mod follow;
mod fsync;
mod notify;
mod tour;
