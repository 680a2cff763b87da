//! Generates the message types from `schema/` with a protobuf compiler in pure Rust, and keeps
//! the descriptors for whoever maps frames to JSON.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use protox::prost::Message as _;

const SCHEMA: &str = "schema";
const FILES: &[&str] = &["parlor/v1/frame.proto"];
const DESCRIPTORS: &str = "descriptors.bin";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={SCHEMA}");
    let descriptors = protox::compile(FILES, [SCHEMA])?;
    let mut bare = descriptors.clone();
    for file in &mut bare.file {
        file.source_code_info = None; // Comments, which only the generator wants.
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join(DESCRIPTORS), bare.encode_to_vec())?;
    prost_build::Config::new().bytes(["."]).compile_fds(descriptors)?;
    Ok(())
}
