//! Parlor's client: commands for scripts, and a line-by-line conversation.
//!
//! In order: what was typed (`args`), what it means (`config`, from `profile`), who the server
//! is (`connect`, `trust`, `password`, `terminal`), what is done (`commands`, `feed`), what is
//! shown (`record`, `show`, `escape`, `when`, `out`), and how it ends (`failure`). Only `out`
//! prints, and only `terminal` asks.

mod args;
mod config;
mod profile;

mod connect;
mod password;
mod terminal;
mod trust;

mod escape;
mod out;
mod record;
mod show;
mod when;

mod failure;
