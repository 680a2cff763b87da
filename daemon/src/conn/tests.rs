//! Real shards, real sockets, real TLS; the engine and the readers are played by the test.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test fails at whatever it does not expect")]

mod bridge;
mod budget;
mod drain;
mod hello;
mod hostile;
mod lost;
mod pressure;
mod slow;
pub(super) mod world;
