//! Webhooks: what programs give to this bridge is said in a room, and what happens in a room is
//! delivered to them. What each may do is for the daemon to say: behind every webhook is an account
//! that can do one thing in one room.
//!
//! What programs have to say comes in by REST. For what is delivered, [`folder`] keeps the secrets,
//! a [`runner`] for each webhook follows its room, [`post`] makes the deliveries as [`pace`] says,
//! [`target`] and [`standing`] see to it that they go where they may, over [`tls`], with
//! names found by [`lookups`]; [`signature`] signs them.

mod folder;
mod lookups;
mod pace;
mod post;
mod runner;
mod signature;
mod standing;
mod target;
mod tls;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;
use tracing::{error, info};

use self::folder::{Folder, Known, Unkept};
use self::lookups::Lookups;
use self::post::Ways;
use self::runner::Runner;
use self::signature::fresh_key;
use self::target::Target;
use crate::drain::Draining;
use crate::metrics::deliveries::Deliveries as Counted;
use crate::networks::Networks;
use crate::upstream::Upstream;

/// What names an event to who is delivered to: its room and its seq.
pub(crate) const EVENT_ID: &str = "parlor-event-id";

/// Webhooks that have been made and wait to be started.
const ARRIVALS_MAX: usize = 16;

/// Names that are looked up at once: those of deliveries, and apart from them those of new ones, so
/// that who makes webhooks holds up no delivery.
const LOOKUPS_MAX: usize = 64;
const NEW_LOOKUPS_MAX: usize = 8;

/// How long the name of a new one may take to be found.
const LOOK_TIMEOUT: Duration = Duration::from_secs(5);

/// How the operator wants deliveries to be made.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Settings {
    /// Where secrets are kept; without it nothing is delivered.
    pub(crate) state: Option<PathBuf>,
    pub(crate) networks: Networks,
    /// The only certificates to believe, instead of the system's roots.
    pub(crate) ca: Option<PathBuf>,
}

/// The door to the webhooks that this bridge delivers for.
pub(crate) struct Hooks(Option<Desk>);

struct Desk {
    folder: Folder,
    networks: Networks,
    lookups: Lookups,
    arrivals: mpsc::Sender<Known>,
}

/// A URL that may be delivered to.
pub(crate) struct Fit(String);

/// Why nothing is delivered.
#[derive(Debug)]
pub(crate) enum Unfit {
    /// It has no place for secrets.
    Bridge,
    Url(String),
    Full,
}

/// Delivers until the bridge stops.
pub(crate) struct Deliveries {
    upstream: Upstream,
    open: Option<Open>,
}

struct Open {
    folder: Folder,
    ways: Ways,
    known: Vec<Known>,
    arrivals: mpsc::Receiver<Known>,
}

impl Hooks {
    pub(crate) fn open(
        settings: &Settings,
        upstream: Upstream,
        counted: &Arc<Counted>,
    ) -> Result<(Self, Deliveries), String> {
        let Some(state) = &settings.state else {
            return Ok((Self(None), Deliveries { upstream, open: None }));
        };
        let folder = Folder::open(state)?;
        let known = folder.load()?;
        let tls = tls::config(settings.ca.as_deref())?;
        let networks = settings.networks.clone();
        let lookups = Lookups::new(LOOKUPS_MAX);
        let counted = Arc::clone(counted);
        let ways = Ways { networks: networks.clone(), lookups, tls, counted };
        let (sender, arrivals) = mpsc::channel(ARRIVALS_MAX);
        let lookups = Lookups::new(NEW_LOOKUPS_MAX);
        let desk = Desk { folder: folder.clone(), networks, lookups, arrivals: sender };
        let open = Some(Open { folder, ways, known, arrivals });
        Ok((Self(Some(desk)), Deliveries { upstream, open }))
    }

    /// Whether this bridge can deliver, and may deliver to there. Its address is looked at again
    /// for each connection.
    pub(crate) async fn fit(&self, url: &str) -> Result<Fit, Unfit> {
        let desk = self.0.as_ref().ok_or(Unfit::Bridge)?;
        let target = Target::parse(url).map_err(Unfit::Url)?;
        let looking = timeout(LOOK_TIMEOUT, target.resolve(&desk.networks, &desk.lookups));
        match looking.await {
            Ok(Ok(_)) => {}
            Ok(Err(why)) => return Err(Unfit::Url(format!("{target}: {why}"))),
            Err(_) => return Err(Unfit::Url(format!("{target}: its name is not found in time"))),
        }
        match desk.folder.has_room() {
            Ok(true) => Ok(Fit(url.to_owned())),
            Ok(false) => Err(Unfit::Full),
            Err(error) => {
                error!(%error, "webhooks cannot be kept");
                Err(Unfit::Bridge)
            }
        }
    }

    /// Delivers from now on; answers with the key by which deliveries are signed.
    pub(crate) async fn begin(
        &self,
        Fit(url): Fit,
        (webhook_id, room_id): (u64, u64),
        token: String,
    ) -> Result<String, Unfit> {
        let desk = self.0.as_ref().ok_or(Unfit::Bridge)?;
        let unable = |why: String| {
            error!(webhook_id, why, "a webhook cannot be kept");
            Unfit::Bridge
        };
        let key = fresh_key().map_err(|error| unable(error.to_string()))?;
        let known = Known { webhook_id, room_id, url, token, key: key.clone() };
        let (folder, kept) = (desk.folder.clone(), known.clone());
        let keeping = tokio::task::spawn_blocking(move || folder.keep(&kept)).await;
        match keeping {
            Ok(Ok(())) => {}
            Ok(Err(Unkept::Full)) => return Err(Unfit::Full),
            Ok(Err(Unkept::Io(error))) => return Err(unable(error.to_string())),
            Err(error) => return Err(unable(error.to_string())),
        }
        // If the bridge is stopping it begins with the next start.
        drop(desk.arrivals.send(known).await);
        Ok(key)
    }
}

impl Deliveries {
    pub(crate) async fn run(self, draining: Draining) {
        let Some(Open { folder, ways, known, mut arrivals }) = self.open else { return };
        if !known.is_empty() {
            info!(webhooks = known.len(), "delivering events");
        }
        let mut running = Running::default();
        let start = |known: Known| Runner::new(known, &self.upstream, &folder, &ways);
        for known in known {
            running.start(known.webhook_id, start(known), &draining);
        }
        let mut stopping = draining.clone();
        loop {
            tokio::select! {
                () = stopping.begun() => break,
                Some(known) = arrivals.recv() => {
                    running.start(known.webhook_id, start(known), &draining);
                }
                Some(ended) = running.tasks.join_next() => report(ended),
            }
        }
        while let Some(ended) = running.tasks.join_next().await {
            report(ended);
        }
    }
}

/// A task for each webhook.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    handles: HashMap<u64, AbortHandle>,
}

impl Running {
    /// One of the same account has been removed, and its task need not find that out.
    fn start(&mut self, webhook_id: u64, runner: Result<Runner, String>, draining: &Draining) {
        self.handles.retain(|_, handle| !handle.is_finished());
        match runner {
            Ok(runner) => {
                let handle = self.tasks.spawn(runner.run(draining.clone()));
                if let Some(before) = self.handles.insert(webhook_id, handle) {
                    before.abort();
                }
            }
            Err(why) => error!(webhook_id, why, "a webhook is not delivered for"),
        }
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        error!(%error, "a webhook's task panicked");
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooks")
    }
}
