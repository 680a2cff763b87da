//! The options, and the variables of the environment that stand for them. What they mean is decided
//! elsewhere.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;

/// Parlor's bridge: the same protocol over WebSocket, and by calls over HTTP (REST).
///
/// Clients connect to ws://ADDR:PORT/v1/ws. Every option is also an environment variable or a
/// key of the configuration file; an option wins over the environment, which wins over the file.
#[derive(Debug, Default, Parser)]
#[command(name = "parlor-bridge", version)]
pub(super) struct Args {
    /// The daemon: parlor://HOST[:PORT][?pin=sha256:HEX], or unix:PATH of its socket for bridges
    #[arg(long, value_name = "URL", env = "PARLOR_BRIDGE_UPSTREAM")]
    pub(super) upstream: Option<String>,
    /// Where to listen; may be given more than once. Port 0 picks a free one
    /// [default: 127.0.0.1:7276]
    #[arg(long, value_name = "ADDR:PORT", env = "PARLOR_BRIDGE_LISTEN", value_delimiter = ',')]
    pub(super) listen: Vec<SocketAddr>,
    /// The certificate chain to show, in PEM
    #[arg(long, value_name = "FILE", env = "PARLOR_BRIDGE_TLS_CERT")]
    pub(super) tls_cert: Option<PathBuf>,
    /// The certificate's key, in PEM
    #[arg(long, value_name = "FILE", env = "PARLOR_BRIDGE_TLS_KEY")]
    pub(super) tls_key: Option<PathBuf>,
    /// A web page's origin that may connect besides the bridge's own host, as in
    /// https://chat.example.org; may be given more than once
    #[arg(long, value_name = "ORIGIN", env = "PARLOR_BRIDGE_ORIGIN", value_delimiter = ',')]
    pub(super) origin: Vec<String>,
    /// A network of reverse proxies that are believed about whom they ask for, as in 10.0.0.0/8;
    /// may be given more than once
    #[arg(
        long,
        value_name = "NETWORK",
        env = "PARLOR_BRIDGE_TRUSTED_PROXIES",
        value_delimiter = ','
    )]
    pub(super) trusted_proxies: Vec<String>,
    /// The header in which they tell it: X-Forwarded-For, or Forwarded of RFC 7239
    /// [default: X-Forwarded-For]
    #[arg(long, value_name = "NAME", env = "PARLOR_BRIDGE_TRUSTED_HEADER")]
    pub(super) trusted_header: Option<String>,
    /// Clients at a time [default: 10000]
    #[arg(long, value_name = "N", env = "PARLOR_BRIDGE_CLIENTS_MAX")]
    pub(super) clients_max: Option<usize>,
    /// Clients at a time from one address [default: 256]
    #[arg(long, value_name = "N", env = "PARLOR_BRIDGE_CLIENTS_PER_ADDRESS_MAX")]
    pub(super) clients_per_address_max: Option<usize>,
    /// HTTP connections at a time that are no WebSocket [default: 1024]
    #[arg(long, value_name = "N", env = "PARLOR_BRIDGE_VISITORS_MAX")]
    pub(super) visitors_max: Option<usize>,
    /// The same from one address [default: 64]
    #[arg(long, value_name = "N", env = "PARLOR_BRIDGE_VISITORS_PER_ADDRESS_MAX")]
    pub(super) visitors_per_address_max: Option<usize>,
    /// How long a client may take nothing of what it is sent, as 45s or 5m [default: 60s]
    #[arg(long, value_name = "TIME", env = "PARLOR_BRIDGE_ANSWER_TIMEOUT")]
    pub(super) answer_timeout: Option<String>,
    /// Connections to the daemon for calls of REST and streams of events [default: 1024]
    #[arg(long, value_name = "N", env = "PARLOR_BRIDGE_REST_CONNECTIONS_MAX")]
    pub(super) rest_connections_max: Option<usize>,
    /// Calls at once of one token from one address; more wait for their turn [default: 4]
    #[arg(long, value_name = "N", env = "PARLOR_BRIDGE_REST_CALLS_PER_TOKEN_MAX")]
    pub(super) rest_calls_per_token_max: Option<usize>,
    /// Streams of events at once of one token from one address [default: 4]
    #[arg(long, value_name = "N", env = "PARLOR_BRIDGE_REST_STREAMS_PER_TOKEN_MAX")]
    pub(super) rest_streams_per_token_max: Option<usize>,
    /// Files at once, up and down, of all tokens together [default: 256]
    #[arg(long, value_name = "N", env = "PARLOR_BRIDGE_REST_TRANSFERS_MAX")]
    pub(super) rest_transfers_max: Option<usize>,
    /// How long a connection to the daemon is kept for the next call [default: 60s]
    #[arg(long, value_name = "TIME", env = "PARLOR_BRIDGE_REST_IDLE_TIMEOUT")]
    pub(super) rest_idle_timeout: Option<String>,
    /// Where /metrics, /livez and /readyz answer, to this machine only: unix:PATH or
    /// 127.0.0.1:PORT [default: nowhere]
    #[arg(long, value_name = "PLACE", env = "PARLOR_BRIDGE_METRICS_LISTEN")]
    pub(super) metrics_listen: Option<String>,
    /// Where the secrets of webhooks that this bridge delivers for are kept; without it there are
    /// none [default: $STATE_DIRECTORY]
    #[arg(long, value_name = "DIR", env = "PARLOR_BRIDGE_STATE_DIR")]
    pub(super) state_dir: Option<PathBuf>,
    /// A network that webhooks may deliver to besides the open internet, as in 10.0.0.0/8; may be
    /// given more than once
    #[arg(long, value_name = "NETWORK", env = "PARLOR_BRIDGE_HOOKS_ALLOW", value_delimiter = ',')]
    pub(super) hooks_allow: Vec<String>,
    /// The only certificate authorities that webhooks deliver to, in PEM
    /// [default: the system's]
    #[arg(long, value_name = "FILE", env = "PARLOR_BRIDGE_HOOKS_CA")]
    pub(super) hooks_ca: Option<PathBuf>,
    /// What is logged: error, warn, info, debug or a filter of tracing [default: info]
    #[arg(long, value_name = "FILTER", env = "PARLOR_BRIDGE_LOG")]
    pub(super) log: Option<String>,
    /// A configuration file in TOML with these options as keys
    #[arg(long, value_name = "FILE", env = "PARLOR_BRIDGE_CONFIG")]
    pub(super) config: Option<PathBuf>,
}
