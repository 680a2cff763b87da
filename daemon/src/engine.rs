//! The loop: decide, remember, tell.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};

use self::clock::Clock;
use self::files::{FileParts, Files};
#[cfg(any(test, feature = "bench"))]
pub(crate) use self::inbox::bare;
use self::inbox::{Arrival, INBOX_INPUTS_MAX};
pub(crate) use self::inbox::{EngineGone, Inbox};
use self::indexing::Indexing;
use self::look_up::look_up;
use self::passwords::{PasswordSettings, Passwords};
use self::tally::Tally;
use crate::chat::{Change, Chat, Effects, Input, Moment, Now};
use crate::hub::Hub;
use crate::store::{Index, Store, StoreError};
use crate::tally::micros;

pub(crate) mod clock;
mod collecting;
mod devices;
pub(crate) mod files;
mod inbox;
pub(crate) mod indexing;
mod look_up;
pub(crate) mod look_up_admin;
pub(crate) mod passwords;
mod secrets;
pub(crate) mod tally;

/// Inputs of one batch: enough that a commit costs little for each, few enough that the first
/// does not wait for the last.
const BATCH_INPUTS_MAX: usize = 2048;

/// While the disk is full, a write is tried this often.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// Events that are too old go a few at a time, with such a pause, so as not to hold up the others.
const RETENTION_PAUSE: Duration = Duration::from_millis(200);
/// What somebody on the machine wants is looked for this often: it costs a look at shared memory.
const CONTROL_INTERVAL: Duration = Duration::from_millis(500);

/// What the engine is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) chat: Chat,
    pub(crate) store: Store,
    pub(crate) hub: Hub,
    pub(crate) clock: Clock,
    /// `None`: nobody searches.
    pub(crate) index: Option<Index>,
    /// `None` once they are at work.
    pub(crate) files: Option<FileParts>,
}

/// A running engine.
#[derive(Debug)]
pub(crate) struct Engine {
    inbox: Inbox,
    tally: Arc<Tally>,
    of_index: Arc<indexing::Tally>,
    of_files: Arc<files::Tally>,
    ended: oneshot::Receiver<Result<(), StoreError>>,
    thread: JoinHandle<()>,
}

impl Engine {
    pub(crate) fn start(mut parts: Parts, passwords: &PasswordSettings) -> io::Result<Self> {
        let (inbox, arrivals) = Inbox::new(INBOX_INPUTS_MAX);
        let tally = Arc::<Tally>::default();
        let passwords = Passwords::start(passwords, &inbox, &parts.clock, &tally)?;
        let of_index = Arc::<indexing::Tally>::default();
        let index = parts.index.take();
        let indexing = index.map(|index| Indexing::start(index, &parts.clock, &of_index));
        let indexing = indexing.transpose()?;
        let of_files = Arc::<files::Tally>::default();
        let files = parts.files.take().unwrap_or_else(FileParts::none);
        let files = Files::start(files, &inbox, parts.hub.mailboxes(), &of_files)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let (tell_end, ended) = oneshot::channel();
        let turning = Loop {
            parts,
            arrivals,
            passwords,
            indexing,
            files,
            runtime,
            probe_at: None,
            retention_at: Moment::default(),
            sweep_due: false,
            control_at: Moment::default(),
            control_seen: None,
            collect_at: Moment::default(),
            tally: Arc::clone(&tally),
        };
        let thread = thread::Builder::new().name("engine".into()).spawn(move || {
            // Nobody listens only if the process is ending anyway.
            tell_end.send(turning.run()).ok();
        })?;
        Ok(Self { inbox, tally, of_index, of_files, ended, thread })
    }

    pub(crate) fn inbox(&self) -> Inbox {
        self.inbox.clone()
    }

    pub(crate) fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    pub(crate) fn index_tally(&self) -> Arc<indexing::Tally> {
        Arc::clone(&self.of_index)
    }

    pub(crate) fn file_tally(&self) -> Arc<files::Tally> {
        Arc::clone(&self.of_files)
    }

    /// Waits until the engine ends by itself, which only a failure of the store makes it do.
    /// `None`: it panicked.
    pub(crate) async fn failed(&mut self) -> Option<StoreError> {
        match (&mut self.ended).await {
            Ok(Ok(())) | Err(_) => None,
            Ok(Err(error)) => Some(error),
        }
    }

    /// Ends after all that has come so far is decided, remembered and told.
    pub(crate) async fn stop(self) -> Result<(), StoreError> {
        self.inbox.stop().await;
        let outcome = self.ended.await.unwrap_or(Ok(()));
        if self.thread.join().is_err() {
            tracing::error!("the engine panicked");
        }
        outcome
    }
}

/// The engine's thread.
struct Loop {
    parts: Parts,
    arrivals: mpsc::Receiver<Arrival>,
    passwords: Passwords,
    indexing: Option<Indexing>,
    files: Files,
    runtime: Runtime,
    /// When to try a write, while the disk is full.
    probe_at: Option<Moment>,
    /// When to look for events that are too old.
    retention_at: Moment,
    /// What is left of messages that are gone is to be looked for.
    sweep_due: bool,
    /// When to look for what somebody on the machine wants, and what was there last.
    control_at: Moment,
    control_seen: Option<i64>,
    /// When to look for what nobody needs any more.
    collect_at: Moment,
    tally: Arc<Tally>,
}

impl Loop {
    fn run(mut self) -> Result<(), StoreError> {
        let mut arrivals = Vec::with_capacity(BATCH_INPUTS_MAX);
        let mut goes_on = true;
        while goes_on {
            self.wait(&mut arrivals);
            let mut inputs = Vec::with_capacity(arrivals.len() + 2);
            let mut askers = Vec::new();
            for arrival in arrivals.drain(..) {
                match arrival {
                    Arrival::Inputs(said, _places) => inputs.extend(said),
                    Arrival::Alive(asker) => askers.push(asker),
                    Arrival::Stop => goes_on = false,
                }
            }
            self.turn(inputs)?;
            for asker in askers {
                asker.send(()).ok(); // Who does not wait any more need not know.
            }
        }
        self.arrivals.close();
        self.passwords.join();
        self.files.join();
        if let Some(indexing) = self.indexing {
            indexing.stop();
        }
        self.parts.store.close()
    }

    /// Takes what has queued up, or waits for something to come or to be due.
    fn wait(&mut self, arrivals: &mut Vec<Arrival>) {
        let mut inputs = 0;
        while inputs < BATCH_INPUTS_MAX {
            let Ok(arrival) = self.arrivals.try_recv() else { break };
            inputs += arrival.inputs();
            arrivals.push(arrival);
        }
        if !arrivals.is_empty() {
            return;
        }
        let periodic = [self.retention_at, self.control_at, self.collect_at].map(Some);
        let due = [self.parts.chat.deadline(), self.probe_at].into_iter().chain(periodic);
        let due = due.flatten().min();
        let due = due.map(|due| self.parts.clock.instant(due));
        let come = self.arrivals.recv_many(arrivals, BATCH_INPUTS_MAX);
        self.runtime.block_on(async {
            match due {
                // Nothing came in time: then something is due, and the batch may be empty.
                Some(due) => drop(tokio::time::timeout_at(due, come).await),
                None => drop(come.await),
            }
        });
    }

    /// One batch: decide, remember, tell.
    fn turn(&mut self, mut inputs: Vec<Input>) -> Result<(), StoreError> {
        let began = self.parts.clock.uptime();
        let now = self.parts.clock.now();
        self.add_what_is_due(now, &mut inputs)?;
        let effects = match self.decide_and_remember(now, &inputs) {
            Err(error) if error.is_full() => {
                tracing::error!(%error, "the disk is full: nothing is written until it is not");
                self.take_back(now)?;
                // Now everything that would have to be remembered is refused; and if there was
                // room again a moment ago, this batch was more than it.
                inputs.retain(|input| !matches!(input, Input::Storage { .. }));
                self.decide_and_remember(now, &inputs)?
            }
            decided => decided?,
        };
        let Parts { hub, clock, .. } = &mut self.parts;
        hub.deliver(effects.notices, clock.uptime());
        for job in effects.jobs {
            self.passwords.submit(job);
        }
        self.submit(effects.files);
        let Parts { chat, clock, .. } = &self.parts;
        self.tally.sessions.set(u64::try_from(chat.sessions()).unwrap_or(u64::MAX));
        self.tally.batch(&inputs, clock.uptime().saturating_sub(began));
        Ok(())
    }

    fn add_what_is_due(&mut self, now: Now, inputs: &mut Vec<Input>) -> Result<(), StoreError> {
        if self.probe_at.is_some_and(|at| at <= now.moment) {
            match self.parts.store.probe() {
                Ok(()) => {
                    tracing::warn!("the disk has room again: writing goes on");
                    self.probe_at = None;
                    self.tally.storage_full.set(0);
                    inputs.insert(0, Input::Storage { full: false });
                }
                Err(error) if error.is_full() => {
                    self.probe_at = Some(now.moment.plus(PROBE_INTERVAL));
                }
                Err(error) => return Err(error),
            }
        }
        if self.retention_at <= now.moment {
            self.retire(now, inputs)?;
        }
        if self.collect_at <= now.moment {
            self.collect(now, inputs)?;
        }
        if self.control_at <= now.moment {
            self.control_at = now.moment.plus(CONTROL_INTERVAL);
            inputs.extend(self.controls()?);
        }
        if self.parts.chat.deadline().is_some_and(|deadline| deadline <= now.moment) {
            inputs.push(Input::Tick);
        }
        Ok(())
    }

    /// Looks up what is too old; as long as there is more, at shorter intervals.
    fn retire(&mut self, now: Now, inputs: &mut Vec<Input>) -> Result<(), StoreError> {
        let Parts { chat, store, .. } = &self.parts;
        let overdue = chat.overdue(now);
        let found: Vec<_> =
            overdue.iter().map(|overdue| store.oldest(overdue)).collect::<Result<_, _>>()?;
        let pause = if found.is_empty() { chat.retention_interval() } else { RETENTION_PAUSE };
        self.sweep_due = self.probe_at.is_none();
        self.retention_at = now.moment.plus(pause);
        if !found.is_empty() {
            inputs.push(Input::Aged { found });
        }
        Ok(())
    }
    /// Until nothing is left: while the disk is full what is there stays.
    fn controls(&mut self) -> Result<Vec<Input>, StoreError> {
        let store = &self.parts.store;
        let wrote = store.others_wrote()?;
        if self.control_seen == Some(wrote) {
            return Ok(Vec::new());
        }
        let controls = store.controls()?;
        if controls.is_empty() {
            self.control_seen = Some(wrote);
        }
        Ok(controls.into_iter().map(Input::Controlled).collect())
    }

    fn decide_and_remember(&mut self, now: Now, inputs: &[Input]) -> Result<Effects, StoreError> {
        let Parts { chat, store, hub, clock, .. } = &mut self.parts;
        let mut effects = Effects::default();
        let (mut changes, mut events) = (0_u64, 0);
        for input in inputs {
            let input = look_up(store, chat, now, input.clone())?;
            chat.step(now, input, &mut effects);
            for change in effects.changes.drain(..) {
                store.apply(&change)?;
                changes += 1;
                events += u64::from(matches!(change, Change::Event(_)));
            }
        }
        if std::mem::take(&mut self.sweep_due) && store.sweep()? {
            self.retention_at = now.moment.plus(RETENTION_PAUSE);
        }
        hub.withhold(&effects.notices);
        let began = clock.uptime();
        store.commit()?;
        if changes > 0 {
            self.tally.commits.observe(micros(clock.uptime().saturating_sub(began)));
            self.tally.events.add(events);
            if let Some(indexing) = &self.indexing {
                indexing.ring();
            }
        }
        chat.keep();
        Ok(effects)
    }

    /// The store could not remember the batch: it has not happened.
    fn take_back(&mut self, now: Now) -> Result<(), StoreError> {
        let Parts { chat, store, hub, .. } = &mut self.parts;
        store.rollback()?;
        chat.undo();
        hub.take_back();
        self.probe_at = Some(now.moment.plus(PROBE_INTERVAL));
        self.tally.storage_full.set(1);
        let mut nothing = Effects::default();
        chat.step(now, Input::Storage { full: true }, &mut nothing);
        chat.keep();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
