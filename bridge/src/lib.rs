//! Parlor's bridge: the same protocol over WebSocket, and by calls over HTTP (REST).
//!
//! A client's WebSocket and a connection of its own to the daemon, and bytes that are copied
//! between them. The bridge has no rights and keeps no state of users. Its binary door
//! understands no frame: it walks the length prefixes, so that what it does not know passes as
//! it is. JSON is a translation by the schema, and decides nothing. For webhooks that deliver,
//! [`hooks`] is a client like any other, with tokens that were given to it; nothing else in here
//! sends a keepalive for anybody.
//!
//! In the order in which a connection meets them: [`server`] starts and ends it all, [`reload`]
//! changes it meanwhile, [`listener`]
//! accepts, [`forwarded`] says whom a proxy speaks for, [`http`] answers requests, [`upgrade`] and [`origin`] decide who becomes a WebSocket,
//! and of which [`flavor`]; [`upstream`] reaches the daemon, [`socket`] copies, [`frames`] knows
//! where frames end, [`json`] writes them as text. What they count is told by [`metrics`], on a
//! listener of its own.

mod config;
mod logs;

mod drain;
mod reload;
mod server;
mod service;

mod listener;
mod networks;
mod slots;
mod tls;

mod flavor;
mod forwarded;
mod hooks;
mod http;
mod metrics;
mod origin;
mod rest;
mod upgrade;

mod upstream;

mod frames;
mod json;
mod socket;

#[cfg(feature = "echo")]
pub mod echo;

#[cfg(test)]
mod tests;

pub use server::main;
