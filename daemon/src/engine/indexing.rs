//! The thread that fills the search index, behind everything else. It is told that something was
//! committed, and looks for itself what that was: nothing queues up, whatever it lags behind.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::clock::Clock;
use crate::hub::run_when_idle;
use crate::store::{Index, Scrub, StoreError};
use crate::tally::Level;

/// After something was committed, more is waited for so long: what is written together costs less,
/// and whoever sends while it is written waits longer, which one in a hundred may, not more.
const GATHER: Duration = Duration::from_secs(1);

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

/// No lock: whoever rings would wait for one that a thread holds which nobody lets run.
#[derive(Debug, Default)]
struct Bell {
    rung: AtomicBool,
    stopping: AtomicBool,
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
        bell.rung.store(true, Ordering::Release); // There may be something from before.
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
        if !self.bell.rung.swap(true, Ordering::AcqRel) {
            self.thread.thread().unpark();
        }
    }

    pub(super) fn stop(self) {
        self.bell.stopping.store(true, Ordering::Release);
        self.thread.thread().unpark();
        if self.thread.join().is_err() {
            tracing::error!("the indexer panicked");
        }
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
        run_when_idle();
        loop {
            let until = if self.scrub.is_some() { Duration::ZERO } else { self.scrub_at };
            let goes_on = match self.wait(until) {
                Call::Stop => false,
                Call::Rung => self.pause(GATHER) && self.catch_up(),
                Call::Nothing => self.clean_up(),
            };
            if !goes_on {
                return self.index.close();
            }
        }
    }

    /// Waits for a ring, but no longer than until then.
    fn wait(&self, until: Duration) -> Call {
        loop {
            let left = until.saturating_sub(self.clock.uptime());
            if self.bell.stopping.load(Ordering::Acquire) {
                return Call::Stop;
            }
            if self.bell.rung.swap(false, Ordering::AcqRel) {
                return Call::Rung;
            }
            if left.is_zero() {
                return Call::Nothing;
            }
            thread::park_timeout(left);
        }
    }

    /// Lets time pass, unless it is to stop.
    fn pause(&self, time: Duration) -> bool {
        let until = self.clock.uptime() + time;
        loop {
            let left = until.saturating_sub(self.clock.uptime());
            if self.bell.stopping.load(Ordering::Acquire) {
                return false;
            }
            if left.is_zero() {
                return true;
            }
            thread::park_timeout(left);
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
                    if !self.pause(Duration::ZERO) {
                        return false;
                    }
                }
                Err(error) => {
                    // What is left is left for the next time.
                    self.bell.rung.store(true, Ordering::Release);
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
        self.pause(RETRY)
    }
}
