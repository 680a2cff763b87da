//! Where each layer's numbers are, and how they are written down at the moment that somebody
//! asks. Until then nobody has added anything up.

use std::fmt;
use std::sync::Arc;

use parlor_proto::codes::Reason;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::figures::{self, Number, Sheet};
use super::process;
use crate::chat::Verb;
use crate::conn::admission::{Admission, Refusal};
use crate::conn::tally::{NOT_OPENED, TRANSPORTS};
use crate::engine::Inbox;
use crate::engine::clock::Clock;
use crate::hub::tally::GoAways;
use crate::hub::{Gauges, readers};
use crate::tally::{Count, Level, Spread, micros};
use crate::{conn, engine, hub, store};

/// All that is counted. Clones share it.
#[derive(Clone, Debug)]
pub(in crate::server) struct Tallies {
    pub(in crate::server) clock: Clock,
    pub(in crate::server) admission: Admission,
    pub(in crate::server) shards: Vec<Arc<conn::tally::Tally>>,
    pub(in crate::server) mailboxes: Gauges,
    pub(in crate::server) inbox: Inbox,
    pub(in crate::server) engine: Arc<engine::tally::Tally>,
    pub(in crate::server) hub: Arc<hub::tally::Tally>,
    pub(in crate::server) readers: Arc<readers::Tally>,
    pub(in crate::server) index: Arc<engine::indexing::Tally>,
    pub(in crate::server) files: Arc<engine::files::Tally>,
    pub(in crate::server) searches: Arc<hub::searching::Tally>,
    pub(in crate::server) store: Arc<store::Tally>,
    /// Bytes that all outboxes together may hold.
    pub(in crate::server) outboxes_bytes_max: u64,
}

impl Collector for Tallies {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut sheet = Sheet::new(&mut encoder);
        sheet.info(&figures::BUILD, ("version", env!("CARGO_PKG_VERSION")))?;
        sheet.one(&figures::UPTIME, Number::micros(micros(self.clock.uptime())))?;
        self.connections(&mut sheet)?;
        self.requests(&mut sheet)?;
        self.queues(&mut sheet)?;
        self.engine(&mut sheet)?;
        self.slow_readers(&mut sheet)?;
        self.search(&mut sheet)?;
        self.files(&mut sheet)?;
        self.store(&mut sheet)?;
        of_process(&mut sheet)
    }
}

impl Tallies {
    fn sum(&self, count: impl Fn(&conn::tally::Tally) -> u64) -> u64 {
        self.shards.iter().map(|shard| count(shard)).sum()
    }

    fn connections(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        let doors = || TRANSPORTS.iter().enumerate();
        let open = |door| self.sum(|shard| shard.open.get(door).map_or(0, Level::get));
        let accepted = |door| self.sum(|shard| shard.accepted.get(door));
        sheet.rows(
            &figures::CONNECTIONS,
            "transport",
            doors().map(|(n, door)| (*door, open(n))),
        )?;
        let rows = doors().map(|(n, door)| (*door, accepted(n)));
        sheet.rows(&figures::ACCEPTED, "transport", rows)?;
        let census = self.admission.census();
        let refused = Refusal::ALL.iter().zip(census.refused);
        let refused = refused.map(|(refusal, count)| (refusal.label(), count));
        let overrun = ("shard_busy", self.sum(|shard| shard.overrun.get()));
        sheet.rows(&figures::REFUSED, "reason", refused.chain([overrun]))?;
        sheet.one(&figures::HANDSHAKES, census.handshakes)?;
        let reasons = NOT_OPENED.iter().enumerate();
        let failed = |reason| self.sum(|shard| shard.not_opened.get(reason));
        let failed = reasons.map(|(n, reason)| (*reason, failed(n)));
        sheet.rows(&figures::HANDSHAKES_FAILED, "reason", failed)?;
        sheet.one(&figures::SIGNED_OUT, census.strangers)?;
        sheet.one(&figures::SESSIONS, self.engine.sessions.get())?;
        let codes = GoAways::codes().map(|code| {
            let name = code.as_str_name().trim_start_matches("GO_AWAY_CODE_");
            let sent = self.sum(|shard| shard.go_aways.get(code));
            (name, self.hub.go_aways.get(code) + sent)
        });
        sheet.rows(&figures::GO_AWAYS, "code", codes)
    }

    fn requests(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        let verbs = Verb::ALL.iter();
        let asked = verbs.map(|verb| (verb.as_str(), self.engine.requests.get(verb.place())));
        sheet.rows(&figures::REQUESTS, "request", asked)?;
        let refusals = Reason::ALL.iter().map(|&reason| {
            let by_shards = self.sum(|shard| shard.refusals.get(reason));
            let others = self.hub.refusals.get(reason)
                + self.readers.refusals.get(reason)
                + self.searches.refusals.get(reason);
            (reason.as_str(), by_shards + others)
        });
        sheet.rows(&figures::REFUSALS, "reason", refusals)?;
        sheet.one(&figures::FRAMES_IN, self.sum(|shard| shard.frames_in.get()))?;
        sheet.one(&figures::BYTES_IN, self.sum(|shard| shard.bytes_in.get()))?;
        sheet.one(&figures::EVENTS_OUT, self.sum(|shard| shard.events_out.get()))?;
        sheet.one(&figures::FRAMES_OUT, self.sum(|shard| shard.frames_out.get()))?;
        sheet.one(&figures::BYTES_OUT, self.sum(|shard| shard.bytes_out.get()))
    }

    fn queues(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        let engine = &*self.engine;
        sheet.one(&figures::INBOX, self.inbox.waiting())?;
        let mailboxes = self.mailboxes.waiting().enumerate();
        let mailboxes = mailboxes.map(|(shard, parcels)| (shard.to_string(), parcels));
        sheet.rows(&figures::MAILBOXES, "shard", mailboxes)?;
        let outboxes = self.shards.iter().map(|shard| shard.outbox_bytes.get()).enumerate();
        let outboxes = outboxes.map(|(shard, bytes)| (shard.to_string(), bytes));
        sheet.rows(&figures::OUTBOXES, "shard", outboxes)?;
        sheet.one(&figures::OUTBOXES_MAX, self.outboxes_bytes_max)?;
        sheet.one(&figures::READS_WAITING, self.readers.waiting.get())?;
        sheet.one(&figures::PASSWORDS_WAITING, engine.passwords_waiting.get())?;
        sheet.times(&figures::PASSWORDS, &engine.passwords.spread())
    }

    fn engine(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        let engine = &*self.engine;
        sheet.sizes(&figures::BATCHES, &engine.batches.spread())?;
        sheet.one(&figures::BUSY, Number::micros(engine.busy.get()))?;
        sheet.times(&figures::COMMITS, &engine.commits.spread())?;
        sheet.one(&figures::EVENTS, engine.events.get())?;
        sheet.one(&figures::DELIVERIES, self.hub.deliveries.get())?;
        let spreads = self.shards.iter().map(|shard| shard.deliveries.spread());
        let all = spreads.reduce(|all: Spread, spread| all.plus(&spread));
        all.map_or(Ok(()), |all| sheet.times(&figures::DELIVERY, &all))
    }

    fn slow_readers(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        sheet.one(&figures::SLOW, self.sum(|shard| shard.slow.get()))?;
        sheet.one(&figures::BEHIND, self.sum(|shard| shard.behind.get()))?;
        sheet.one(&figures::FELL_BEHIND, self.sum(|shard| shard.fell_behind.get()))?;
        let from_ring = ("ring", self.sum(|shard| shard.from_ring.get()));
        let from_store = ("store", self.sum(|shard| shard.from_store.get()));
        sheet.rows(&figures::CAUGHT_UP, "source", [from_ring, from_store])?;
        let of = |count: &Count| count.get();
        let reads = [("page", of(&self.readers.pages)), ("catch_up", of(&self.readers.catch_ups))];
        sheet.rows(&figures::READS, "kind", reads)?;
        sheet.one(&figures::READS_REFUSED, self.readers.refused.get())
    }

    fn search(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        sheet.one(&figures::UNINDEXED, self.index.behind.get())?;
        sheet.one(&figures::SEARCHES_WAITING, self.searches.waiting.get())?;
        sheet.times(&figures::SEARCHES, &self.searches.times.spread())?;
        sheet.one(&figures::SEARCHES_PARTIAL, self.searches.partial.get())
    }

    fn files(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        let files = &*self.files;
        sheet.one(&figures::FILES_WAITING, files.waiting.get())?;
        sheet.one(&figures::FILES_REFUSED, files.refused.get())?;
        let bytes = [("up", files.bytes_in.get()), ("down", files.bytes_out.get())];
        sheet.rows(&figures::FILE_BYTES, "direction", bytes)?;
        let contents = [("kept", files.kept.get()), ("removed", files.removed.get())];
        sheet.rows(&figures::CONTENTS, "outcome", contents)
    }

    fn store(&self, sheet: &mut Sheet<'_, '_>) -> fmt::Result {
        sheet.one(&figures::STORAGE_FULL, self.engine.storage_full.get())?;
        sheet.one(&figures::WAL, self.store.log_bytes.get())?;
        let kinds = [("copy", self.store.copies.get()), ("truncate", self.store.cuts.get())];
        sheet.rows(&figures::CHECKPOINTS, "kind", kinds)
    }
}

fn of_process(sheet: &mut Sheet<'_, '_>) -> fmt::Result {
    sheet.one(&figures::CPU, Number::Real(process::cpu_seconds()))?;
    sheet.maybe(&figures::MEMORY, process::resident_bytes())?;
    sheet.maybe(&figures::DESCRIPTORS, process::open_descriptors())?;
    sheet.maybe(&figures::DESCRIPTORS_MAX, process::descriptors_max())
}
