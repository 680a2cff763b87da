//! REST under `/v1`: each call becomes one request to the daemon, through the SDK, and its answer a
//! resource. A translation that decides nothing: rights are the daemon's.
//!
//! In the order in which a call meets them: [`router`] knows the paths, [`guard`] holds what is
//! the same for all calls, [`input`] reads what came, [`caller`] says who asks, [`pool`] keeps
//! connections to the daemon, [`problem`] is what is told when it was not done. The other files
//! are the handlers, one per area; the resources themselves are in `parlor_proto::rest`.

mod caller;
mod document;
mod guard;
mod input;
mod page;
mod pool;
mod problem;
mod router;

mod account;
mod admin;
mod events;
mod file;
mod member;
mod message;
mod reading;
mod room;
mod session;
mod webhook;

use std::time::Duration;

use parlor_proto::client::{ServerUrl, Transport};

pub(crate) use self::pool::Pool;
pub(crate) use self::problem::own_reasons;
pub(crate) use self::router::router;

/// From the head of a request until its answer is there.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// The longest body of a request: the longest message, however it is escaped.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// How long a body may take to come.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// What the daemon lets one session have. Each call and each stream needs one.
pub(crate) const CONNECTIONS_PER_SESSION_MAX: usize = 8;

/// How many connections to the daemon, and for how long.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Limits {
    /// For all tokens together, streams of events included.
    pub(crate) connections_max: usize,
    /// Calls at once of one token from one address; more wait.
    pub(crate) calls_per_token_max: usize,
    /// Streams of events at once of one token from one address.
    pub(crate) streams_per_token_max: usize,
    /// Files at once of all tokens: each holds some 200 KiB.
    pub(crate) transfers_max: usize,
    /// An unused connection is closed after this long.
    pub(crate) idle_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 1024,
            calls_per_token_max: 4,
            streams_per_token_max: 4,
            transfers_max: 256,
            idle_timeout: Duration::from_secs(60),
        }
    }
}

impl Limits {
    /// Files at once of one token from one address, out of its calls; more wait. The other half is
    /// for what people wait for.
    pub(crate) fn transfers_per_token_max(&self) -> usize {
        (self.calls_per_token_max / 2).max(1)
    }
}

/// What the SDK calls the daemon in messages; connections are made by the bridge.
fn upstream_name() -> ServerUrl {
    ServerUrl {
        transport: Transport::Tcp,
        host: "upstream".to_owned(),
        port: parlor_proto::limits::DAEMON_PORT,
        path: String::new(),
        pin: None,
        invite: None,
    }
}
