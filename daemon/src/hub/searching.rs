//! The thread that searches: one, so that whoever searches waits for others who do and for
//! nobody else. Never writes, never decides.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use parlor_proto::codes::Reason;
use parlor_proto::ids::RequestId;
use rustix::time::{ClockId, clock_gettime};

use super::losses::About;
use super::priority::step_back;
use super::readers::Asked;
use super::tally::Refusals;
use super::{Delivery, Mailboxes, Parcel};
use crate::chat::{Answer, Denial, SearchPermit};
use crate::store::{Budget, Searcher};
use crate::tally::{Count, Histogram, Level, micros};
use crate::wire::encode;

/// Searches that may wait for the thread: three seconds of work, at most.
const SEARCHES_QUEUED_MAX: usize = 64;

/// A search that takes a moment longer is not noticed; a message would be.
const NICE: i32 = 5;

/// Something to look for.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) asked: Asked,
    pub(crate) permit: SearchPermit,
}

/// The thread has too much to do already, or there is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Busy;

/// What has been looked for.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) waiting: Level,
    /// Microseconds of each search.
    pub(crate) times: Histogram,
    /// Searches that were stopped before all was looked at.
    pub(crate) partial: Count,
    /// Searches that failed.
    pub(crate) refusals: Refusals,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            waiting: Level::default(),
            times: Histogram::times(),
            partial: Count::default(),
            refusals: Refusals::default(),
        }
    }
}

/// The door to the thread, which ends when this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Searching {
    queue: Option<SyncSender<Search>>,
    tally: Arc<Tally>,
}

impl Searching {
    /// Each search may cost so much CPU time. The thread is to be joined when the door is closed.
    pub(crate) fn start(
        searcher: Searcher,
        work: Duration,
        mailboxes: &Mailboxes,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let (queue, searches) = sync_channel(SEARCHES_QUEUED_MAX);
        let tally = Arc::<Tally>::default();
        let desk = Desk { searcher, work, mailboxes: mailboxes.clone(), tally: Arc::clone(&tally) };
        let run = move || desk.run(&searches);
        let thread = thread::Builder::new().name("search".into()).spawn(run)?;
        Ok((Self { queue: Some(queue), tally }, thread))
    }

    pub(crate) fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// Queues a search; the result goes to the mailbox of the connection's shard.
    pub(super) fn submit(&self, search: Search) -> Result<(), Busy> {
        let queue = self.queue.as_ref().ok_or(Busy)?;
        // Before it can be taken, or the level would fall below nothing.
        self.tally.waiting.raise();
        queue.try_send(search).map_err(|_| {
            self.tally.waiting.lower();
            Busy
        })
    }
}

/// Where searches are done.
struct Desk {
    searcher: Searcher,
    work: Duration,
    mailboxes: Mailboxes,
    tally: Arc<Tally>,
}

impl Desk {
    fn run(mut self, searches: &Receiver<Search>) {
        step_back(NICE);
        while let Ok(Search { asked, permit }) = searches.recv() {
            self.tally.waiting.lower();
            let began = cpu_time();
            let (about, bytes) = self.answer(asked.id, &permit);
            self.tally.times.observe(micros(cpu_time().saturating_sub(began)));
            let delivery = Delivery::Found { asked, about, bytes };
            self.mailboxes.put(usize::from(asked.conn.shard()), Parcel::from_iter([delivery]));
        }
    }

    fn answer(&mut self, id: RequestId, permit: &SearchPermit) -> (About, Bytes) {
        let budget = Budget { spent: &cpu_time, work: self.work };
        match self.searcher.search(permit, budget) {
            Ok(page) => {
                self.tally.partial.add(u64::from(page.partial));
                let told = page.hits.iter().map(|hit| hit.event.room).collect();
                (About::Rooms(told), encode::search(id, &page))
            }
            Err(error) => {
                tracing::error!(%error, "searching");
                let denial = Denial::new(Reason::Internal, "the search failed: try again");
                self.tally.refusals.add(denial.reason);
                (About::Rooms(Vec::new()), encode::answer(id, Answer::Denied(denial)))
            }
        }
    }
}

/// What this thread has worked so far, whoever else used the machine meanwhile.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}
