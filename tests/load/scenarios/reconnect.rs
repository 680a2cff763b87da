//! The daemon is stopped and started again; all its clients come back at once, with full TLS
//! handshakes, and each must get the one message that was sent meanwhile.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use parlor_proto::v1::server_frame;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::args::Reconnect;
use crate::clock::Clock;
use crate::crowd::{self, Member, Person};
use crate::link::{Heads, Target, refusal};
use crate::report::Figures;
use crate::samples::Samples;
use crate::setting::{Setting, as_f64};

/// Between two attempts of one client.
const PAUSE: Duration = Duration::from_millis(50);

/// A client that is away.
struct Away {
    person: Person,
    cursors: Heads,
    target: Target,
    /// How long it waits before it comes.
    wait: Duration,
    clock: Clock,
    tally: Rc<RefCell<Tally>>,
}

#[derive(Debug, Default)]
struct Tally {
    /// From the daemon's being ready to each client's having what it missed.
    back: Samples,
    refused: u64,
}

pub(super) async fn run(wish: &Reconnect, setting: &mut Setting) -> Result<Figures> {
    let prefix = setting.prefix("reconnect");
    let rooms = wish.clients.div_ceil(wish.room_size);
    let people = crowd::gather(&setting.target, &prefix, wish.clients, |n| Some(n % rooms)).await?;
    let members = crowd::connect(&setting.target, &people).await?;
    let cursors = members.iter().map(|member| Heads::from([(member.room, member.cursor)]));
    let cursors: Vec<Heads> = cursors.collect();
    setting.server.own()?.stop()?;
    drop(members);
    setting.server.own()?.start_again()?;
    let speakers = people.iter().take(usize::try_from(rooms)?);
    for (number, speaker) in (0..).zip(speakers) {
        say(setting, speaker, number).await?;
    }

    let before = setting.snapshot()?;
    let tally = Rc::<RefCell<Tally>>::default();
    let mut seed = setting.seed(0);
    let mut clients = JoinSet::new();
    for (person, cursors) in people.into_iter().zip(cursors) {
        let away = Away {
            person,
            cursors,
            target: setting.target.clone(),
            wait: Duration::from_millis(seed.below(u64::from(wish.spread) + 1)),
            clock: setting.clock,
            tally: Rc::clone(&tally),
        };
        clients.spawn_local(away.come_back(setting.clock.now()));
    }
    let mut live = Vec::new();
    while let Some(back) = clients.join_next().await {
        live.push(back??);
    }
    let after = setting.snapshot()?;
    let count = as_f64(wish.clients.into());
    let Tally { back, refused } = tally.take();
    let mut figures = Figures::default();
    figures.add("all_live_after", "s", after.seconds_since(&before));
    figures.add("resumes_per_second", "1/s", count / after.seconds_since(&before));
    back.tell("client_live_after", &mut figures);
    figures.add("attempts_refused", "", as_f64(refused));
    after.tell_cpu(&before, "connect", count, &mut figures);
    after.tell_cores(&before, &mut figures);
    Ok(figures)
}

/// What everybody else in the room misses.
async fn say(setting: &Setting, speaker: &Person, number: u32) -> Result<()> {
    let mut member = Member::come(&setting.target, speaker).await?;
    let (id, frame) = member.message(setting.message_ids(number), "missed".to_owned());
    member.link.write(frame).await?;
    loop {
        let frame = member.link.next().await?;
        if frame.request_id == id {
            let answer = frame.body.context("an empty answer")?;
            let server_frame::Body::Send(_) = answer else { return Err(refusal(answer)) };
            return Ok(());
        }
    }
}

impl Away {
    async fn come_back(self, start: Duration) -> Result<Member> {
        sleep(self.wait).await;
        let mut member = loop {
            match Member::come_back(&self.target, &self.person, &self.cursors).await {
                Ok(member) => break member,
                Err(_) => self.tally.borrow_mut().refused += 1,
            }
            sleep(PAUSE).await;
        };
        loop {
            let frame = member.link.next().await?;
            let answer = frame.body.context("an empty frame")?;
            let server_frame::Body::RoomEvent(event) = answer else { return Err(refusal(answer)) };
            if let Some(text) = member.take(event)? {
                ensure!(text == "missed", "another message: {text}");
                break;
            }
        }
        self.tally.borrow_mut().back.add(self.clock.now() - start);
        Ok(member)
    }
}
