//! Parlor's daemon. Modules stand in the order in which a message travels.

mod chat;
mod conn;
mod engine;
mod hub;
mod outbox;
mod store;
mod wire;
