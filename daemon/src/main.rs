//! The process: what was typed, and the exit code that comes of it.

use std::process::ExitCode;

fn main() -> ExitCode {
    parlord::args::run()
}
