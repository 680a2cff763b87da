//! Real shards, real sockets, real TLS; the engine and the readers are played by the test.

mod bridge;
mod drain;
mod hello;
mod hostile;
mod slow;
mod world;
