//! Open loop: one member of a room says something at a fixed rate, whatever becomes of it.
//! Times count from when a message was due, so that nothing that holds up the sender is left
//! out, to its receipt by each member, itself among them, and to its acknowledgement.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use parlor_proto::v1::server_frame;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};

use super::TEXT_BYTES;
use crate::args::Latency;
use crate::clock::Clock;
use crate::crowd::{self, Member};
use crate::link::refusal;
use crate::report::Figures;
use crate::samples::Samples;
use crate::server::Server;
use crate::setting::{Setting, as_f64};

/// Hexadecimal digits of the time at the beginning of each text.
const TIME_DIGITS: usize = 16;

/// Writes with fsync that are timed beside the daemon's: what this disk, as busy as it is,
/// takes for a commit.
const SYNCS_PER_SECOND: u32 = 20;

/// Pages of the database's log that a commit of one message writes, about.
const COMMIT_BYTES: usize = 4 * 4096;

#[derive(Debug, Default)]
struct Times {
    delivery: Samples,
    ack: Samples,
    /// How late the generator itself was.
    late: Samples,
}

struct Publisher {
    member: Member,
    next_message: u128,
    filler: String,
    clock: Clock,
    in_flight: BTreeMap<u32, Duration>,
    messages: u32,
    times: Rc<RefCell<Times>>,
}

pub(super) async fn run(wish: &Latency, setting: &Setting) -> Result<Figures> {
    let messages = wish.rate.checked_mul(wish.seconds).context("too many messages")?;
    let prefix = setting.prefix("latency");
    let people = crowd::gather(&setting.target, &prefix, wish.members, |_| Some(0)).await?;
    let mut members = crowd::connect(&setting.target, &people).await?;
    // Not the first nor the last of them: answers and events leave in some order.
    let speaker = usize::try_from(setting.seed(0).below(wish.members.into()))?;
    let mut figures = Figures::default();
    let times = Rc::new(RefCell::new(Times::default()));
    let publisher = Publisher {
        member: members.swap_remove(speaker),
        next_message: setting.message_ids(0),
        filler: setting.seed(0).words(TEXT_BYTES - TIME_DIGITS),
        clock: setting.clock,
        in_flight: BTreeMap::new(),
        messages,
        times: Rc::clone(&times),
    };
    let mut tasks = JoinSet::new();
    for member in members {
        tasks.spawn_local(listen(member, messages, setting.clock, Rc::clone(&times)));
    }
    let syncs = match &setting.server {
        Server::Own(own) => {
            let every = Duration::from_secs(1) / SYNCS_PER_SECOND;
            let beat = setting.clock.beat(every, wish.seconds.saturating_mul(SYNCS_PER_SECOND))?;
            let file = File::create(own.folder().join("syncs"))?;
            let clock = setting.clock;
            Some(spawn_blocking(move || time_syncs(file, clock, beat)))
        }
        Server::Given(_) => None,
    };
    let before = setting.snapshot()?;
    let beat = setting.clock.beat(Duration::from_secs(1) / wish.rate, messages)?;
    tasks.spawn_local(publisher.publish(beat));
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let after = setting.snapshot()?;
    let times = times.take();
    let deliveries = u64::from(messages) * u64::from(wish.members);
    let told = times.delivery.len();
    ensure!(u64::try_from(told) == Ok(deliveries), "{told} deliveries instead of {deliveries}");
    times.delivery.tell("delivery", &mut figures);
    times.ack.tell("ack", &mut figures);
    times.late.tell("generator_late", &mut figures);
    if let Some(syncs) = syncs {
        syncs.await??.tell("disk_sync", &mut figures);
    }
    after.tell_cpu(&before, "delivery", as_f64(deliveries), &mut figures);
    after.tell_cores(&before, &mut figures);
    Ok(figures)
}

/// Takes `messages` messages, each exactly once and in order.
async fn listen(
    mut member: Member,
    messages: u32,
    clock: Clock,
    times: Rc<RefCell<Times>>,
) -> Result<()> {
    let mut heard = 0;
    while heard < messages {
        let frame = member.link.next().await?;
        match frame.body.context("an empty frame")? {
            server_frame::Body::RoomEvent(event) => {
                if let Some(text) = member.take(event)? {
                    times.borrow_mut().delivery.add(clock.now() - due_of(&text)?);
                    heard += 1;
                }
            }
            server_frame::Body::Probe(_) => {}
            other => return Err(refusal(other)),
        }
    }
    Ok(())
}

impl Publisher {
    async fn publish(mut self, mut beat: mpsc::Receiver<Duration>) -> Result<()> {
        let (mut heard, mut acked) = (0, 0);
        while heard < self.messages || acked < self.messages {
            let frame = tokio::select! {
                biased;
                Some(due) = beat.recv() => {
                    self.say(due).await?;
                    continue;
                }
                frame = self.member.link.next() => frame?,
            };
            match frame.body.context("an empty frame")? {
                server_frame::Body::Send(_) => {
                    let due = self.in_flight.remove(&frame.request_id).context("an odd answer")?;
                    self.times.borrow_mut().ack.add(self.clock.now() - due);
                    acked += 1;
                }
                server_frame::Body::RoomEvent(event) => {
                    if let Some(text) = self.member.take(event)? {
                        let wait = self.clock.now() - due_of(&text)?;
                        self.times.borrow_mut().delivery.add(wait);
                        heard += 1;
                    }
                }
                server_frame::Body::Probe(_) => {}
                other => return Err(refusal(other)),
            }
        }
        Ok(())
    }

    async fn say(&mut self, due: Duration) -> Result<()> {
        let nanos = u64::try_from(due.as_nanos())?;
        let text = format!("{nanos:0TIME_DIGITS$x}{}", self.filler);
        let (id, frame) = self.member.message(self.next_message, text);
        self.next_message += 1;
        self.in_flight.insert(id, due);
        self.times.borrow_mut().late.add(self.clock.now() - due);
        self.member.link.write(frame).await
    }
}

fn due_of(text: &str) -> Result<Duration> {
    let digits = text.get(..TIME_DIGITS).context("a text without a time")?;
    Ok(Duration::from_nanos(u64::from_str_radix(digits, 16)?))
}

/// How long the disk takes to keep what a commit writes.
fn time_syncs(mut file: File, clock: Clock, mut beat: mpsc::Receiver<Duration>) -> Result<Samples> {
    let mut samples = Samples::default();
    while beat.blocking_recv().is_some() {
        let start = clock.now();
        file.write_all(&[0x5a; COMMIT_BYTES])?;
        file.sync_data()?;
        samples.add(clock.now() - start);
    }
    Ok(samples)
}
