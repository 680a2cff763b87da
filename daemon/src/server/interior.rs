//! What stands behind the listeners: store, core, engine, readers, shards. Starts all of it in
//! order and ends all of it in order.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::admin;
use super::failure::Failure;
use super::metrics::Tallies;
use super::portions;
use crate::chat::{Chat, Rules};
use crate::config::Config;
use crate::conn::admission::Admission;
use crate::conn::{Seams, Shards};
use crate::engine::clock::Clock;
use crate::engine::files::{FileParts, KEEPERS};
use crate::engine::{Engine, Inbox, Parts};
use crate::hub::readers::{ReaderThreads, Readers};
use crate::hub::searching::Searching;
use crate::hub::{Hub, Mailboxes};
use crate::store::{Index, Store};

/// How long connections have to end when the daemon stops: within systemd's usual 90 s.
const DRAIN: Duration = Duration::from_secs(10);

/// How long the reader threads have after that: none of them waits for anybody.
const READERS_END: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Interior {
    pub(super) shards: Arc<Shards>,
    pub(super) tallies: Tallies,
    engine: Engine,
    readers: ReaderThreads,
}

impl Interior {
    pub(super) fn start(
        config: &Config,
        mut store: Store,
        clock: &Clock,
        admission: &Admission,
    ) -> Result<Self, Failure> {
        let mut snapshot = store.replay()?;
        admin::offer_claim(&store, &mut snapshot)?;
        let conn_settings = portions::conn_settings(config, (snapshot.epoch, store.server_id()?));
        let (mailboxes, ends) = Mailboxes::new(conn_settings.shards.get().into());
        let for_readers = (0..config.top.readers).map(|_| store.reader());
        let for_readers = for_readers.collect::<Result<_, _>>()?;
        let thread =
            |error: io::Error| Failure::Internal(format!("cannot start a thread: {error}"));
        let (readers, mut reader_threads) =
            Readers::start(for_readers, &mailboxes).map_err(thread)?;
        let mailboxes_seen = mailboxes.gauges();
        let index = open_index(config, &store);
        let searching = match &index {
            Some(index) => {
                let searcher = index.searcher(store.reader()?)?;
                let started = Searching::start(searcher, config.search.work, &mailboxes);
                let (searching, search_thread) = started.map_err(thread)?;
                reader_threads.add(search_thread);
                searching
            }
            None => Searching::default(),
        };
        let of_searches = searching.tally();
        let rules = Rules { has_index: index.is_some(), ..portions::rules(config) };
        let chat = Chat::new(clock.now(), rules, snapshot);
        let hub = Hub::new(mailboxes, readers.clone(), searching);
        let (of_hub, of_store) = (hub.tally(), store.tally());
        let rows = (0..KEEPERS).map(|_| store.reader()).collect::<Result<_, _>>()?;
        let files = Some(FileParts { contents: store.contents()?, rows });
        let parts = Parts { chat, store, hub, clock: clock.clone(), index, files };
        let engine = Engine::start(parts, &portions::password_settings(config)).map_err(thread)?;
        let of_readers = readers.tally();
        let seams = Seams {
            inbox: engine.inbox(),
            readers,
            clock: clock.clone(),
            admission: admission.clone(),
        };
        let shards = Shards::start(conn_settings, &seams, ends).map_err(thread)?;
        let tallies = Tallies {
            clock: clock.clone(),
            admission: admission.clone(),
            shards: shards.tallies(),
            mailboxes: mailboxes_seen,
            inbox: engine.inbox(),
            engine: engine.tally(),
            hub: of_hub,
            readers: of_readers,
            index: engine.index_tally(),
            files: engine.file_tally(),
            searches: of_searches,
            store: of_store,
            outboxes_bytes_max: config.limits.outboxes.0,
        };
        Ok(Self { shards: Arc::new(shards), tallies, engine, readers: reader_threads })
    }

    /// Shows that the engine's loop turns.
    pub(super) fn inbox(&self) -> Inbox {
        self.engine.inbox()
    }

    /// Waits until something ends that must not.
    pub(super) async fn failed(&mut self) -> Failure {
        tokio::select! {
            error = self.engine.failed() => error.map_or_else(
                || Failure::Internal("the engine has stopped: see the log".to_owned()),
                Failure::from,
            ),
            () = self.shards.failed() => {
                Failure::Internal("a shard has stopped: see the log".to_owned())
            }
        }
    }

    /// Has everything that was asked answered, says good-bye to everybody, writes everything
    /// and joins every thread that ends in time. The accept loops must have ended.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        match Arc::try_unwrap(self.shards) {
            Ok(shards) => shards.drain(DRAIN).await,
            Err(_) => tracing::error!("somebody still accepts connections"),
        }
        self.engine.stop().await?;
        // Not joined here and now: a shard that did not end in time still holds their door.
        let readers = spawn_blocking(|| self.readers.join());
        if timeout(READERS_END, readers).await.is_err() {
            tracing::error!("the reader threads did not end in time");
        }
        Ok(())
    }
}

/// A daemon that cannot be searched is better than none.
fn open_index(config: &Config, store: &Store) -> Option<Index> {
    let opened = if config.search.enabled {
        store.index().map(Some)
    } else {
        store.remove_index().map(|()| None)
    };
    opened.unwrap_or_else(|error| {
        tracing::error!(%error, "nothing can be searched until the daemon is started again");
        None
    })
}
