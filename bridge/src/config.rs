//! What the bridge is told: arguments, else environment, else a file, else a default.
//!
//! A mistake is refused with its place and its reason; nothing is ignored or guessed.

mod args;
mod duration;
mod file;
mod limits;

use std::io;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;
use parlor_proto::client::{ServerUrl, Transport, Trust};
use parlor_proto::limits::{ALPN, BRIDGE_PORT};
use rustls::pki_types::ServerName;
use tracing_subscriber::EnvFilter;

use self::args::Args;
use self::file::File;
pub(crate) use self::limits::Limits;
use crate::forwarded::Proxies;
use crate::hooks;
use crate::logs;
use crate::metrics::Place;
use crate::networks::Networks;
use crate::origin::Origins;
use crate::rest;
use crate::tls::Files;
use crate::upstream::Upstream;

/// As the daemon and the client have it.
const EXIT_USAGE: u8 = 2;
/// EX_CONFIG of sysexits.h.
const EXIT_CONFIG: u8 = 78;

/// Everything that was decided before the first socket is opened.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) upstream: Upstream,
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) tls: Option<Files>,
    pub(crate) origins: Origins,
    pub(crate) proxies: Proxies,
    pub(crate) limits: Limits,
    pub(crate) rest: rest::Limits,
    pub(crate) hooks: hooks::Settings,
    pub(crate) metrics: Option<Place>,
    pub(crate) log: EnvFilter,
}

impl Config {
    /// Reads arguments, environment and file. `None`: only help was wanted, and given.
    pub(crate) fn from_process() -> Result<Option<Self>, ExitCode> {
        let args = match Args::try_parse() {
            Ok(args) => args,
            Err(error) => {
                // Nobody is left to tell if this cannot be printed.
                drop(error.print());
                return if error.use_stderr() { Err(ExitCode::from(EXIT_USAGE)) } else { Ok(None) };
            }
        };
        Self::gather(args).map(Some).map_err(|why| {
            // As above.
            drop(writeln!(io::stderr(), "parlor-bridge: {why}"));
            ExitCode::from(EXIT_CONFIG)
        })
    }

    /// The same once more, for a process that goes on.
    pub(crate) fn again() -> Result<Self, String> {
        Args::try_parse().map_err(|error| error.to_string()).and_then(Self::gather)
    }

    fn gather(args: Args) -> Result<Self, String> {
        let file = args.config.as_deref().map(File::read).transpose()?.unwrap_or_default();
        let (limits, rest) = limits::gather(&args, &file)?;
        let upstream = args.upstream.or(file.upstream);
        let upstream =
            parse_upstream(&upstream.ok_or("tell the daemon's address: --upstream URL")?)?;
        let mut listen = first_given([args.listen, file.listen]);
        if listen.is_empty() {
            listen.push(SocketAddr::from(([127, 0, 0, 1], BRIDGE_PORT)));
        }
        refuse_shared_address(&upstream, &listen)?;
        let tls = match (args.tls_cert.or(file.tls_cert), args.tls_key.or(file.tls_key)) {
            (Some(cert), Some(key)) => Some(Files { cert, key }),
            (None, None) => None,
            _ => return Err("a certificate needs its key: give both tls-cert and tls-key".into()),
        };
        let metrics = args.metrics_listen.or(file.metrics_listen);
        let metrics = metrics.filter(|place| !place.is_empty());
        let log = args.log.or(file.log).unwrap_or_else(|| logs::FILTER.to_owned());
        Ok(Self {
            upstream,
            listen,
            tls,
            origins: Origins::new(&first_given([args.origin, file.origin]))?,
            proxies: Proxies::new(
                &first_given([args.trusted_proxies, file.trusted_proxies]),
                args.trusted_header.or(file.trusted_header).as_deref(),
            )?,
            limits,
            rest,
            hooks: hooks::Settings {
                state: args.state_dir.or(file.state_dir).or_else(state_directory),
                networks: Networks::new(&first_given([args.hooks_allow, file.hooks_allow]))?,
                ca: args.hooks_ca.or(file.hooks_ca),
            },
            metrics: metrics.as_deref().map(Place::parse).transpose()?,
            log: EnvFilter::try_new(&log)
                .map_err(|error| format!("log filter {log:?}: {error}"))?,
        })
    }
}

/// The folder that systemd has made for this process.
fn state_directory() -> Option<PathBuf> {
    let told = std::env::var_os("STATE_DIRECTORY")?;
    std::env::split_paths(&told).next().filter(|path| path.is_absolute())
}

fn first_given<T>([args, file]: [Vec<T>; 2]) -> Vec<T> {
    if args.is_empty() { file } else { args }
}

/// `unix:PATH`, or a URL that the daemon prints.
pub(crate) fn parse_upstream(text: &str) -> Result<Upstream, String> {
    if let Some(path) = text.strip_prefix("unix:") {
        if !path.starts_with('/') {
            return Err(format!("the upstream's path must be absolute: {text:?}"));
        }
        return Ok(Upstream::Unix { path: path.into() });
    }
    let url: ServerUrl = text.parse().map_err(|error| format!("upstream: {error}"))?;
    if url.transport != Transport::Tcp || url.invite.is_some() {
        return Err(format!("the upstream must be parlor://HOST or unix:PATH: {text:?}"));
    }
    let trust = Trust { system_roots: true, ..Trust::default() };
    let config = trust.tls_config(&url, ALPN).map_err(|error| format!("upstream: {error}"))?;
    let name = ServerName::try_from(url.host.clone())
        .map_err(|error| format!("upstream {:?}: {error}", url.host))?;
    Ok(Upstream::Tls { url, name, config: config.into() })
}

/// Over loopback the daemon sees one address for everybody who comes from outside, and holds
/// everybody to the limits of one.
fn refuse_shared_address(upstream: &Upstream, listen: &[SocketAddr]) -> Result<(), String> {
    let Some(address) = listen.iter().find(|address| !address.ip().to_canonical().is_loopback())
    else {
        return Ok(());
    };
    if !matches!(upstream, Upstream::Tls { url, .. } if url.is_loopback()) {
        return Ok(());
    }
    Err(format!(
        "listening on {address} with an upstream on loopback, all clients would share one \
         address and its limits: start the daemon with --bridge-listen unix:PATH and give \
         the bridge --upstream unix:PATH"
    ))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_operating_document_names_every_option() {
        let document = include_str!("../../daemon/OPERATING.md");
        for option in Args::command().get_opts() {
            let long = format!("`--{}`", option.get_long().unwrap());
            let variable = format!("`{}`", option.get_env().unwrap().display());
            assert!(document.contains(&long) && document.contains(&variable), "{long}, {variable}");
        }
    }

    #[track_caller]
    fn check(args: &[&str], expect: &str) {
        let args = Args::try_parse_from([&["parlor-bridge"], args].concat()).unwrap();
        let shown = match Config::gather(args) {
            Ok(config) => format!("{:?} on {:?}", config.upstream, config.listen),
            Err(why) => why,
        };
        assert!(shown.contains(expect), "{shown}");
    }

    const PIN: &str = "parlor://localhost?pin=sha256:\
        00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    #[test]
    fn an_upstream_is_all_that_is_needed() {
        check(&["--upstream", "unix:/run/p"], "unix:/run/p on [127.0.0.1:7276]");
        check(&["--upstream", PIN], "parlor://localhost:7275 on [127.0.0.1:7276]");
        check(&[], "--upstream URL");
    }

    #[test]
    fn upstreams_that_are_none_are_refused() {
        check(&["--upstream", "unix:run/p"], "must be absolute");
        check(&["--upstream", "ws://localhost"], "must be parlor://");
        check(&["--upstream", "localhost"], "upstream");
    }

    #[test]
    fn an_upstream_on_loopback_is_for_listeners_on_loopback() {
        let beyond = ["--upstream", PIN, "--listen", "127.0.0.1:0,0.0.0.0:0"];
        check(&beyond, "--bridge-listen unix:PATH");
        check(&["--upstream", "unix:/run/p", "--listen", "0.0.0.0:0"], "on [0.0.0.0:0]");
        check(&["--upstream", PIN, "--listen", "[::1]:0"], "on [[::1]:0]");
    }

    #[test]
    fn figures_are_for_this_machine_only() {
        let beyond = ["--upstream", "unix:/run/p", "--metrics-listen", "0.0.0.0:7278"];
        check(&beyond, "metrics-listen must be on loopback");
    }

    #[test]
    fn half_a_certificate_is_refused() {
        check(&["--upstream", "unix:/run/p", "--tls-cert", "a.pem"], "needs its key");
    }
}
