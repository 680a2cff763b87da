//! Generates the message types from `schema/` with a protobuf compiler in pure Rust.

use std::error::Error;

const SCHEMA: &str = "schema";
const FILES: &[&str] = &["parlor/v1/frame.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={SCHEMA}");
    let descriptors = protox::compile(FILES, [SCHEMA])?;
    prost_build::Config::new().bytes(["."]).compile_fds(descriptors)?;
    Ok(())
}
