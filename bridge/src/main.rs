//! The process `parlor-bridge`. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    parlor_bridge::main()
}
