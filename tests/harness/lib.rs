//! Real processes for tests: a daemon, a bridge, a client's commands, a peer that speaks bytes
//! by hand, a network that breaks on demand. Nothing here replaces code of ours.
//!
//! Everything owns a throw-away folder, kills what it started when it is dropped, and shows
//! the logs of its processes if the test has failed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(clippy::missing_panics_doc, reason = "stopping a test is what panics are for here")]
#![expect(clippy::panic, reason = "stopping a test is what panics are for here")]

mod asker;
mod bridge;
mod cli;
mod daemon;
mod door;
mod figures;
mod notify;
mod page;
mod peer;
mod person;
mod pki;
mod port;
mod process;
mod proxy;
mod receiver;
mod rest;
mod setup;
mod terminal;
mod wait;

pub use asker::Asker;
pub use bridge::{Bridge, Upstream};
pub use cli::{Cli, Finished, Run, Running};
pub use daemon::Daemon;
pub use door::{Door, World};
pub use figures::Figures;
pub use notify::Supervisor;
pub use page::{Answer, Page};
pub use peer::{Peer, Stream, WebSocketRefused};
pub use person::{PASSWORD, Person, options, texts};
pub use pki::{Certificate, tls_config};
pub use port::free_port;
pub use process::{Process, Signal};
pub use proxy::{Cut, Proxy};
pub use receiver::{Delivery, Receiver};
pub use rest::{Content, Reply, Rest};
pub use setup::Setup;
pub use terminal::Terminal;
pub use wait::{PATIENCE, until, within};
