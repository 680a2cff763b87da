//! The thread that fills the search index, behind everything else. It is told that something was
//! committed, and looks for itself what that was: nothing queues up, whatever it lags behind.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::clock::Clock;
use crate::hub::step_back;
use crate::store::{Index, Scrub, StoreError};
use crate::tally::Level;

/// How much the thread steps back: as far as there is. Somebody waits for a password, nobody for
/// the index; and it works for a while at every quarter of a second, which those who send must
/// not feel.
const NICE: i32 = 19;

/// After something was committed, more is waited for so long: what is written together costs
/// less, and nobody searches for what was said this instant.
const GATHER: Duration = Duration::from_millis(250);

/// After a failure. The disk may be full; then it stays so for a while.
const RETRY: Duration = Duration::from_secs(10);

/// So many failures in a row, and the index is made anew.
const FAILURES_MAX: u32 = 3;

/// The words of removed messages are taken out of the file this often, and every so many times
/// those are looked for that the log has dropped without a word.
const SCRUB_EVERY: Duration = Duration::from_secs(60 * 60);
const SWEEP_EVERY: u32 = 24;

/// What the thread has to do.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Events that are not indexed, as of the last look.
    pub(crate) behind: Level,
}

/// The thread, and the bell by which it is called.
#[derive(Debug)]
pub(super) struct Indexing {
    bell: Arc<Bell>,
    thread: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Bell {
    rung: AtomicBool,
    stopping: Mutex<bool>,
    changed: Condvar,
}

/// Why somebody who waited wakes up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Call {
    Rung,
    Nothing,
    Stop,
}

impl Indexing {
    pub(super) fn start(index: Index, clock: &Clock, tally: &Arc<Tally>) -> io::Result<Self> {
        let bell = Arc::<Bell>::default();
        bell.ring(); // There may be something from before.
        let worker = Worker {
            index,
            bell: Arc::clone(&bell),
            clock: clock.clone(),
            tally: Arc::clone(tally),
            failures: 0,
            scrub: None,
            scrubs: 0,
            scrub_at: clock.uptime() + SCRUB_EVERY,
        };
        let thread = thread::Builder::new().name("index".into()).spawn(move || worker.run())?;
        Ok(Self { bell, thread })
    }

    /// Something was committed. Costs next to nothing while the thread has not come yet.
    pub(super) fn ring(&self) {
        self.bell.ring();
    }

    pub(super) fn stop(self) {
        *self.bell.lock() = true;
        self.bell.changed.notify_all();
        if self.thread.join().is_err() {
            tracing::error!("the indexer panicked");
        }
    }
}

impl Bell {
    fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            // Whoever is about to wait has looked, and holds the lock until it waits.
            drop(self.lock());
            self.changed.notify_all();
        }
    }

    /// Waits for a ring, but no longer than this.
    fn wait(&self, time: Duration) -> Call {
        let is_quiet = |stopping: &mut bool| !*stopping && !self.rung.load(Ordering::Acquire);
        let waited = self.changed.wait_timeout_while(self.lock(), time, is_quiet);
        let (stopping, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match (*stopping, self.rung.swap(false, Ordering::AcqRel)) {
            (true, _) => Call::Stop,
            (false, true) => Call::Rung,
            (false, false) => Call::Nothing,
        }
    }

    /// Lets time pass, unless it is to stop.
    fn pause(&self, time: Duration) -> bool {
        let goes_on = |stopping: &mut bool| !*stopping;
        let waited = self.changed.wait_timeout_while(self.lock(), time, goes_on);
        let (stopping, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !*stopping
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.stopping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Worker {
    index: Index,
    bell: Arc<Bell>,
    clock: Clock,
    tally: Arc<Tally>,
    failures: u32,
    scrub: Option<Scrub>,
    scrubs: u32,
    scrub_at: Duration,
}

impl Worker {
    fn run(mut self) {
        step_back(NICE);
        loop {
            let until_scrub = self.scrub_at.saturating_sub(self.clock.uptime());
            let patience = if self.scrub.is_some() { Duration::ZERO } else { until_scrub };
            let goes_on = match self.bell.wait(patience) {
                Call::Stop => false,
                Call::Rung => self.bell.pause(GATHER) && self.catch_up(),
                Call::Nothing => self.clean_up(),
            };
            if !goes_on {
                return self.index.close();
            }
        }
    }

    /// Indexes until nothing is left. Says whether to go on.
    fn catch_up(&mut self) -> bool {
        loop {
            match self.index.advance() {
                Ok(behind) => {
                    self.failures = 0;
                    self.tally.behind.set(behind);
                    if behind == 0 {
                        return true;
                    }
                    // Looks whether to stop, and lets others have the disk.
                    if !self.bell.pause(Duration::ZERO) {
                        return false;
                    }
                }
                Err(error) => {
                    // What is left is left for the next time.
                    self.bell.ring();
                    return self.after(&error);
                }
            }
        }
    }

    fn clean_up(&mut self) -> bool {
        let step = self.scrub.take().unwrap_or_else(|| {
            self.scrub_at = self.clock.uptime() + SCRUB_EVERY;
            self.scrubs = self.scrubs.wrapping_add(1);
            if self.scrubs % SWEEP_EVERY == 1 { Scrub::SWEEP } else { Scrub::MERGE }
        });
        match self.index.scrub(step) {
            Ok(next) => {
                self.scrub = next;
                true
            }
            Err(error) => self.after(&error),
        }
    }

    /// A failing index is no reason for the daemon to stop, nor for the log to fill up.
    fn after(&mut self, error: &StoreError) -> bool {
        if self.failures == 0 {
            tracing::warn!(%error, "the search index stays behind");
        }
        self.failures += u32::from(!error.is_full());
        if self.failures >= FAILURES_MAX {
            self.failures = 0;
            if let Err(error) = self.index.renew() {
                tracing::warn!(%error, "the search index cannot be made anew");
            }
        }
        self.bell.pause(RETRY)
    }
}
