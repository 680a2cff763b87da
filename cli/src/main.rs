//! The command `parlor`.

use std::process::ExitCode;

fn main() -> ExitCode {
    parlor::run()
}
