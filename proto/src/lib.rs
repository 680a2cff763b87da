//! Parlor's wire protocol, as data.
//!
//! [`frame`] cuts a stream of bytes into frames, [`v1`] says what is in them, [`limits`] and
//! [`codes`] hold the numbers and names that both sides agree on. Nothing here does I/O, starts
//! a task or reads a clock; that is what the feature `client` adds, in one module. The feature
//! `json` adds another way to write frames down, `rest` the same messages as JSON resources.
//!
//! The protocol itself is described in `PROTOCOL.md`, beside this crate's `Cargo.toml`.
#![warn(missing_docs)]

pub mod codes;
pub mod device;
pub mod frame;
pub mod ids;
pub mod limits;
pub mod name;
pub mod v1;

#[cfg(feature = "json")]
pub mod json;
#[cfg(feature = "rest")]
pub mod rest;

#[cfg(feature = "client")]
pub mod client;
