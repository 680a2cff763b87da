//! Starts the bridge, keeps it going, and ends it. Knows nothing of what passes through.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::{fmt, io};

use arc_swap::ArcSwap;
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use crate::config::{Config, Limits};
use crate::drain::Drain;
use crate::forwarded::Proxies;
use crate::hooks::{Deliveries, Hooks};
use crate::listener::Listener;
use crate::logs::{self, Logging};
use crate::metrics::figures::{Figures, Sources};
use crate::metrics::{self, Place};
use crate::origin::Origins;
use crate::reload::{Fixed, Reload};
use crate::rest::Pool;
use crate::service::{Notifier, Service, Told};
use crate::slots::Slots;
use crate::tls::Certificate;
use crate::upstream::{Probe, Upstream};

/// What all connections share.
pub(crate) struct Bridge {
    pub(crate) upstream: Upstream,
    pub(crate) probe: Probe,
    pub(crate) origins: ArcSwap<Origins>,
    pub(crate) proxies: ArcSwap<Proxies>,
    pub(crate) limits: Limits,
    /// Who speaks HTTP and is no WebSocket yet.
    pub(crate) visitors: Arc<Slots>,
    /// Requests that trusted proxies have passed on, while they are answered.
    pub(crate) guests: Arc<Slots>,
    pub(crate) websockets: Arc<Slots>,
    /// Connections to the daemon for calls of REST.
    pub(crate) rest: Pool,
    /// Webhooks that this bridge delivers for.
    pub(crate) hooks: Hooks,
    pub(crate) drain: Drain,
    pub(crate) figures: Figures,
    upstream_failing: AtomicBool,
}

/// A bridge whose sockets are bound and which serves when it is told to.
pub(crate) struct Server {
    bridge: Arc<Bridge>,
    listeners: Vec<Listener>,
    deliveries: Deliveries,
    certificate: Option<Arc<Certificate>>,
}

/// Why the process cannot go on. The exit codes are those of sysexits.h.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fatal {
    #[error("{0}")]
    Config(String),
    #[error("cannot listen on {address}: {source}")]
    Listen { address: std::net::SocketAddr, source: io::Error },
    #[error("cannot listen on {place}: {source}")]
    Page { place: Place, source: io::Error },
    #[error("{0}")]
    System(#[from] io::Error),
}

/// Runs the bridge with the arguments of this process until it is told to stop.
pub fn main() -> ExitCode {
    let config = match Config::from_process() {
        Ok(Some(config)) => config,
        Ok(None) => return ExitCode::SUCCESS,
        Err(code) => return code,
    };
    let logging = logs::start(config.log.clone());
    match start(config, logging) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fatal) => {
            error!("{fatal}");
            fatal.exit_code()
        }
    }
}

fn start(config: Config, logging: Logging) -> Result<(), Fatal> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(config, logging))
}

async fn run(config: Config, logging: Logging) -> Result<(), Fatal> {
    let mut service = Service::new()?;
    let manager = Notifier::from_process();
    let bound_page = bind_page(config.metrics.clone())?;
    let fixed = Fixed::of(&config);
    let server = Server::bind(config).await?;
    let urls = server.urls()?;
    let bridge = server.bridge();
    let reload = Reload::new(server.bridge(), server.certificate(), logging, fixed);
    let page = bound_page.map(|page| page.open(server.bridge())).transpose()?;
    if let Err(error) = announce(&urls) {
        warn!(%error, "nobody reads the standard output");
    }
    let status = format!("bridging {} to {}", urls.join(" "), bridge.upstream);
    manager.ready(&status);
    info!("{status}");

    let mut serving = std::pin::pin!(server.serve());
    let mut stopping = false;
    loop {
        tokio::select! {
            () = &mut serving => break,
            told = service.next() => match told {
                Told::Stop if stopping => {
                    warn!("told to stop a second time: ending at once");
                    break;
                }
                Told::Stop => {
                    info!("stopping");
                    manager.stopping();
                    stopping = true;
                    bridge.drain.begin();
                }
                Told::Reload => {
                    manager.reloading();
                    reload.run();
                    manager.ready(&status);
                }
                Told::Prove => prove_alive(&manager).await,
            },
        }
    }
    if let Some(page) = page {
        page.close().await;
    }
    info!("stopped");
    Ok(())
}

fn bind_page(place: Option<Place>) -> Result<Option<metrics::Bound>, Fatal> {
    let Some(place) = place else { return Ok(None) };
    metrics::bind(&place).map(Some).map_err(|source| Fatal::Page { place, source })
}

/// One line for each listener, for scripts and tests.
fn announce(urls: &[String]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for url in urls {
        writeln!(stdout, "ready {url}")?;
    }
    stdout.flush()
}

/// A round trip through a worker thread: a runtime that is stuck does not feed the watchdog.
async fn prove_alive(manager: &Notifier) {
    if tokio::spawn(async {}).await.is_ok() {
        manager.alive();
    }
}

impl Server {
    pub(crate) async fn bind(config: Config) -> Result<Self, Fatal> {
        let certificate = config.tls.as_ref().map(Certificate::load).transpose();
        let certificate = certificate.map_err(Fatal::Config)?.map(Arc::new);
        let mut listeners = Vec::new();
        for address in config.listen {
            let listener = Listener::bind(address, certificate.clone()).await;
            listeners.push(listener.map_err(|source| Fatal::Listen { address, source })?);
            if certificate.is_none() && !address.ip().is_loopback() {
                warn!(%address, "without TLS everybody on the way can read along");
            }
        }
        let counted = Arc::default();
        let (hooks, deliveries) =
            Hooks::open(&config.hooks, config.upstream.clone(), &counted).map_err(Fatal::Config)?;
        let limits = config.limits;
        let visitors = Slots::new(limits.visitors_max, limits.visitors_per_address_max);
        let guests = Slots::new(limits.visitors_max, limits.visitors_per_address_max);
        let websockets = Slots::new(limits.websockets_max, limits.websockets_per_address_max);
        let rest = Pool::new(config.upstream.clone(), config.rest);
        let figures = Figures::new(Sources {
            visitors: Arc::clone(&visitors),
            guests: Arc::clone(&guests),
            pool: rest.clone(),
            deliveries: counted,
        });
        let bridge = Arc::new(Bridge {
            probe: Probe::new(config.upstream.clone()),
            rest,
            hooks,
            upstream: config.upstream,
            origins: ArcSwap::from_pointee(config.origins),
            proxies: ArcSwap::from_pointee(config.proxies),
            figures,
            visitors,
            guests,
            websockets,
            limits,
            drain: Drain::new(),
            upstream_failing: AtomicBool::new(false),
        });
        Ok(Self { bridge, listeners, deliveries, certificate })
    }

    pub(crate) fn bridge(&self) -> Arc<Bridge> {
        Arc::clone(&self.bridge)
    }

    pub(crate) fn certificate(&self) -> Option<Arc<Certificate>> {
        self.certificate.clone()
    }

    pub(crate) fn urls(&self) -> io::Result<Vec<String>> {
        self.listeners.iter().map(Listener::url).collect()
    }

    /// Serves until the bridge has drained.
    pub(crate) async fn serve(self) {
        let mut running = JoinSet::new();
        for listener in self.listeners {
            running.spawn(listener.run(Arc::clone(&self.bridge)));
        }
        let listening = async {
            while let Some(ended) = running.join_next().await {
                if let Err(error) = ended {
                    error!(%error, "a listener's task panicked");
                }
            }
        };
        let delivering = self.deliveries.run(self.bridge.drain.listen());
        tokio::select! {
            ((), ()) = async { tokio::join!(listening, delivering) } => {}
            () = self.bridge.rest.sweep() => {}
        }
        self.bridge.rest.close().await;
    }
}

impl Bridge {
    /// Takes note how a client's connection upstream went. Says so only when that changes.
    pub(crate) fn reached_upstream(&self, error: Option<&io::Error>) {
        let was_failing = self.upstream_failing.swap(error.is_some(), Relaxed);
        match error {
            Some(error) if !was_failing => {
                warn!(upstream = %self.upstream, %error, "clients cannot be connected upstream");
            }
            None if was_failing => info!(upstream = %self.upstream, "the upstream is back"),
            Some(_) | None => {}
        }
    }
}

impl Fatal {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) => ExitCode::from(78), // EX_CONFIG
            Self::Listen { .. } | Self::Page { .. } => ExitCode::from(69), // EX_UNAVAILABLE
            Self::System(_) => ExitCode::from(71), // EX_OSERR
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("upstream", &self.bridge.upstream).finish_non_exhaustive()
    }
}
