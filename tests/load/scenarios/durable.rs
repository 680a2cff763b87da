//! Closed loop: every connection keeps its window of messages in flight, and a message counts
//! when it is acknowledged, which the daemon does after its fsync. Senders get their own
//! messages back, as in any room.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::BytesMut;
use parlor_proto::v1::server_frame;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::TEXT_BYTES;
use crate::args::Durable;
use crate::clock::Clock;
use crate::crowd::{self, Member};
use crate::link::refusal;
use crate::report::Figures;
use crate::samples::Samples;
use crate::setting::{Setting, as_f64};

/// Before anything counts: windows fill, caches warm.
const WARM_UP: Duration = Duration::from_secs(1);

/// What all senders share.
struct Tally {
    phase: Cell<Phase>,
    acked: Cell<u64>,
    waits: RefCell<Samples>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    WarmUp,
    Counts,
    /// What is in flight is waited for, and nothing more is sent.
    Over,
}

struct Sender {
    member: Member,
    window: usize,
    next_message: u128,
    text: String,
    clock: Clock,
    in_flight: VecDeque<(u32, Duration)>,
    tally: Rc<Tally>,
}

pub(super) async fn run(wish: &Durable, setting: &Setting) -> Result<Figures> {
    let prefix = setting.prefix("durable");
    let rooms = wish.rooms();
    let people =
        crowd::gather(&setting.target, &prefix, wish.connections, |n| Some(n % rooms)).await?;
    let members = crowd::connect(&setting.target, &people).await?;
    let tally = Rc::new(Tally {
        phase: Cell::new(Phase::WarmUp),
        acked: Cell::new(0),
        waits: RefCell::default(),
    });
    let mut senders = JoinSet::new();
    for (number, member) in (0..).zip(members) {
        let sender = Sender {
            member,
            window: usize::try_from(wish.window)?,
            next_message: setting.message_ids(number),
            text: setting.seed(number.into()).words(TEXT_BYTES),
            clock: setting.clock,
            in_flight: VecDeque::new(),
            tally: Rc::clone(&tally),
        };
        senders.spawn_local(sender.send());
    }
    let mut figures = Figures::default();
    tokio::select! {
        measured = measure(wish, setting, &tally, &mut figures) => measured?,
        // Nobody ends before it is over, except by an error.
        Some(ended) = senders.join_next() => ended??,
    }
    tally.phase.set(Phase::Over);
    while let Some(ended) = senders.join_next().await {
        ended??;
    }
    tally.waits.take().tell("ack", &mut figures);
    Ok(figures)
}

async fn measure(
    wish: &Durable,
    setting: &Setting,
    tally: &Tally,
    figures: &mut Figures,
) -> Result<()> {
    let commits = || match &setting.server {
        crate::server::Server::Own(own) => own.commits().map(Some),
        crate::server::Server::Given(_) => Ok(None),
    };
    sleep(WARM_UP).await;
    let (before, commits_before) = (setting.snapshot()?, commits()?);
    tally.phase.set(Phase::Counts);
    sleep(Duration::from_secs(wish.seconds.into())).await;
    let (after, commits_after, acked) = (setting.snapshot()?, commits()?, tally.acked.get());
    let acked = as_f64(acked);
    let seconds = after.seconds_since(&before);
    figures.add("acked_per_second", "1/s", acked / seconds);
    if let (Some(after), Some(before)) = (commits_after, commits_before) {
        let commits = as_f64(after - before);
        figures.add("commits_per_second", "1/s", commits / seconds);
        figures.add("messages_per_commit", "", acked / commits);
    }
    after.tell_cpu(&before, "message", acked, figures);
    after.tell_cores(&before, figures);
    Ok(())
}

impl Sender {
    async fn send(mut self) -> Result<()> {
        loop {
            let is_over = self.tally.phase.get() == Phase::Over;
            if !is_over {
                self.fill_window().await?;
            } else if self.in_flight.is_empty() {
                return Ok(());
            }
            let mut frame = Some(self.member.link.next().await?);
            while let Some(some) = frame {
                match some.body.context("an empty frame")? {
                    server_frame::Body::Send(_) => self.count(some.request_id)?,
                    server_frame::Body::RoomEvent(event) => drop(self.member.take(event)?),
                    server_frame::Body::Probe(_) => {}
                    other => return Err(refusal(other)),
                }
                frame = self.member.link.next_at_hand()?;
            }
        }
    }

    async fn fill_window(&mut self) -> Result<()> {
        let mut batch = BytesMut::new();
        let now = self.clock.now();
        while self.in_flight.len() < self.window {
            let (id, frame) = self.member.message(self.next_message, self.text.clone());
            self.next_message += 1;
            self.in_flight.push_back((id, now));
            batch.extend_from_slice(&frame);
        }
        if !batch.is_empty() {
            self.member.link.write(batch.freeze()).await?;
        }
        Ok(())
    }

    fn count(&mut self, answered: u32) -> Result<()> {
        let (id, at) = self.in_flight.pop_front().context("an answer to nothing")?;
        ensure!(id == answered, "request {answered} was answered before {id}");
        if self.tally.phase.get() == Phase::Counts {
            self.tally.acked.update(|acked| acked + 1);
            self.tally.waits.borrow_mut().add(self.clock.now() - at);
        }
        Ok(())
    }
}
