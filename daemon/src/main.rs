use std::process::ExitCode;

fn main() -> ExitCode {
    parlord::run()
}
