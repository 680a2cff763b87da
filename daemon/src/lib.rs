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
mod tally;
mod wire;

#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;

pub use self::config::config_keys;

/// Every figure that `/metrics` tells, by its full name: what the operator's page must explain.
pub fn figure_names() -> impl Iterator<Item = String> {
    server::figure_names()
}
