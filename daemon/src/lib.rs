//! Parlor's daemon. Modules stand in the order in which a message travels; what a person types
//! and what an operator configures come before it.

pub mod args;
mod config;
mod server;

mod chat;
mod conn;
mod engine;
mod hub;
mod outbox;
mod store;
mod wire;

#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;

pub use self::config::config_keys;
