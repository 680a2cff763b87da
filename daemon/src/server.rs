//! The daemon as a process: starts everything in order, accepts connections, obeys signals,
//! tells systemd how it goes, and stops everything in order. Decides nothing about chat.

mod accept;
mod admin;
mod failure;
mod folder;
mod host;
mod interior;
mod invite;
mod listen;
mod logging;
mod metrics;
mod notify;
mod portions;
mod process;
mod running;
mod signals;
mod tls;
mod watchdog;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::UnixTime;
use tokio::task::JoinSet;

use self::accept::{Door, accept_bridges, accept_tls};
pub(crate) use self::admin::{AdminWish, admin, audit_verify};
pub(crate) use self::failure::Failure;
use self::folder::Places;
pub(crate) use self::folder::data_dir;
pub(crate) use self::host::host_name;
use self::interior::Interior;
pub(crate) use self::invite::{Terms, invite};
use self::listen::local::{self, LocalListener};
use self::listen::{Listeners, SocketFile};
use self::logging::Logging;
use self::metrics::Page;
pub(crate) use self::metrics::figure_names;
use self::notify::Notifier;
use self::signals::Signals;
use self::tls::Certificates;
use crate::config::{Config, Loaded, Sources};
use crate::conn::admission::Admission;
use crate::engine::clock::Clock;
use crate::store::{self, Store};

/// A daemon that serves.
#[derive(Debug)]
struct Server {
    sources: Sources,
    /// As in force: what a reload cannot change keeps the value it had at the start.
    config: Config,
    dir: PathBuf,
    logging: Logging,
    notifier: Arc<Notifier>,
    clock: Clock,
    admission: Admission,
    certificates: Certificates,
    interior: Interior,
    /// Accept loops and watchdog; none of them ends by itself.
    tasks: JoinSet<()>,
    addresses: Vec<SocketAddr>,
    /// Its path is removed when this is dropped.
    bridge: Option<SocketFile>,
    page: Option<Page>,
}

/// Serves until somebody says stop.
pub(crate) fn serve(sources: Sources, loaded: Loaded) -> Result<(), Failure> {
    let logging = logging::start(&loaded.config.log.filter)?;
    for name in &loaded.strangers {
        tracing::warn!("there is no such setting, so it changes nothing: ${name}");
    }
    process::set_limits(&loaded.config);
    let internal = |error: io::Error| Failure::Internal(error.to_string());
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().map_err(internal)?;
    let outcome = runtime.block_on(async {
        let mut signals = Signals::listen().map_err(internal)?;
        let server = Server::start(sources, loaded.config, logging).await?;
        server.run(&mut signals).await
    });
    // Whoever has not ended by now is not waited for any more.
    runtime.shutdown_background();
    outcome
}

/// What can be known of a configuration without starting anything.
pub(crate) fn check(config: &Config) -> Result<(), Failure> {
    data_dir(config)?;
    Ok(tls::check(&config.tls, unix_time(&Clock::start()))?)
}

/// `parlord compact`: takes the folder for itself, so not beside a running daemon.
pub(crate) fn compact(config: &Config) -> Result<(), Failure> {
    let dir = data_dir(config)?;
    store::compact(&dir).map_err(|error| Failure::of_store(error, &dir))
}

fn unix_time(clock: &Clock) -> UnixTime {
    let millis = u64::try_from(clock.now().stamp.0).unwrap_or_default();
    UnixTime::since_unix_epoch(Duration::from_millis(millis))
}

impl Server {
    async fn start(sources: Sources, config: Config, logging: Logging) -> Result<Self, Failure> {
        let dir = data_dir(&config)?;
        let store = Store::open(&dir).map_err(|error| Failure::of_store(error, &dir))?;
        // If the last daemon was killed: nobody listens there any more.
        Places::remove(&dir);
        let clock = Clock::start();
        let certificates = Certificates::load(&config.tls, &dir, unix_time(&clock))?;
        let bound = listen::bind(&config.listen)?;
        let bound_page = config.metrics.listen.0.as_ref().map(local::bind).transpose()?;
        let admission = Admission::new(portions::admission_limits(&config));
        let interior = Interior::start(&config, store, &clock, &admission)?;
        let mut server = Self {
            sources,
            config,
            dir,
            logging,
            notifier: Arc::new(Notifier::from_environment()),
            clock,
            admission,
            certificates,
            interior,
            tasks: JoinSet::new(),
            addresses: Vec::new(),
            bridge: None,
            page: None,
        };
        let open = || {
            let listeners = bound.listen()?;
            let page = bound_page.map(local::BoundLocal::listen).transpose()?;
            server.open(listeners, page)
        };
        match open() {
            Ok(()) => Ok(server),
            Err(failure) => {
                server.stop().await?;
                Err(failure)
            }
        }
    }

    /// Lets clients in and says so.
    fn open(&mut self, listeners: Listeners, page: Option<LocalListener>) -> Result<(), Failure> {
        let tls = self
            .certificates
            .server_config()
            .map_err(|error| Failure::Internal(format!("tls: {error}")))?;
        let door = Door {
            shards: Arc::clone(&self.interior.shards),
            admission: self.admission.clone(),
            clock: self.clock.clone(),
        };
        for listener in listeners.tls {
            let address = listener.local_addr();
            let unknown = |error| Failure::Internal(format!("listener: {error}"));
            self.addresses.push(address.map_err(unknown)?);
            self.tasks.spawn(accept_tls(listener, Arc::clone(&tls), door.clone()));
        }
        if let Some((listener, file)) = listeners.bridge {
            self.bridge = Some(file);
            self.tasks.spawn(accept_bridges(listener, door));
        }
        if let Some(period) = notify::watchdog_period() {
            let notifier = Arc::clone(&self.notifier);
            self.tasks.spawn(watchdog::watch(period, self.interior.inbox(), notifier));
        }
        self.page = page.map(|page| self.open_page(page)).transpose()?;
        let places = self.places();
        places
            .write(&self.dir)
            .map_err(|error| Failure::Storage(format!("{}: {error}", self.dir.display())))?;
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            data = %self.dir.display(),
            registration = ?portions::registration(&self.config),
            "serving"
        );
        places.announce(io::stdout().lock());
        self.notifier.ready(&self.status());
        Ok(())
    }

    fn open_page(&self, listener: LocalListener) -> Result<Page, Failure> {
        let page = Page::open(listener, self.interior.tallies.clone())?;
        tracing::info!(place = %page.place(), "figures");
        Ok(page)
    }

    fn places(&self) -> Places {
        let bridge = self.bridge.as_ref().map(|file| file.path.as_path());
        let host = &self.config.listen.host;
        Places::new(&self.addresses, bridge, host, self.certificates.pin())
    }

    fn status(&self) -> String {
        format!("serving; listeners: {}", self.places().len())
    }
}
