//! A large file up and down, over a network that cuts the connection again and again, beside a
//! room that talks on. The file comes and stands still in turn, so that what it costs those who
//! talk is told from what this machine does just then.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use self::gate::Content;
use self::transfer::{Transfer, Way};
use super::TEXT_BYTES;
use crate::args::{Door, Files};
use crate::memory::Watch;
use crate::open::{Open, Pace, Times};
use crate::report::Figures;
use crate::samples::{Percentile, Samples};
use crate::setting::{Setting, as_f64};
use crate::shape::Shape;
use crate::venue::Venue;

mod gate;
mod rest;
mod transfer;

const MIB: u64 = 1024 * 1024;

/// Said before anything counts, and after each change, in parts of a second.
const SETTLE_PER_SECOND: u32 = 2;

/// Those who talk, and how.
struct Talk {
    venue: Venue,
    open: Open,
    slice: Pace,
    settle: Pace,
}

/// What they felt, with the file on its way and without, in turn.
#[derive(Default)]
struct Felt {
    beside: Side,
    alone: Side,
    ratios: Vec<f64>,
}

#[derive(Default)]
struct Side {
    ack: Samples,
    delivery: Samples,
    late: Samples,
}

pub(super) async fn run(wish: &Files, setting: &Setting) -> Result<Figures> {
    let shape = Shape { rooms: 1, members: wish.members, publishers: 1 };
    let pace = |messages| Pace { per_second: wish.rate, messages };
    let venue = Venue::parlor(setting, "files", shape).await?;
    let open = Open::new(&venue, setting.seed(0).words(TEXT_BYTES), setting.message_ids(0))?;
    let (slice, settle) = (pace(wish.rate * wish.slice), pace(wish.rate / SETTLE_PER_SECOND));
    let mut talk = Talk { venue, open, slice, settle };
    let size = u64::from(wish.mib) * MIB;
    let mut url = setting.target.url.clone();
    if wish.door() == Door::Rest {
        url = format!("http://{}", url.authority()).parse()?;
    }
    let (name, content) = (setting.prefix("guest"), Content::new(setting.seed(1).next(), size));
    let cuts = (wish.cuts, setting.seed(2));
    let transfer = Transfer::begin(url, name, content, cuts)?;
    let mut figures = Figures::default();
    for (name, way) in [("up", Way::Up), ("down", Way::Down)] {
        figures.add_all(name, go(wish, setting, (&transfer, way), &mut talk)?);
    }
    let faults = talk.open.faults()?;
    ensure!(faults == (0, 0), "messages missing and doubled: {faults:?}");
    Ok(figures)
}

/// One way, beside the talk.
fn go(
    wish: &Files,
    setting: &Setting,
    (transfer, way): (&Transfer, Way),
    talk: &mut Talk,
) -> Result<Figures> {
    let clock = setting.clock;
    talk.say(setting, talk.settle)?;
    let before = setting.snapshot()?;
    let memory = Watch::begin(&setting.server.pids(), clock)?;
    transfer.go(way)?;
    let (mut felt, mut took, mut is_over) = (Felt::default(), Duration::ZERO, false);
    let mut grown = [0.0; 2];
    let end = clock.now() + Duration::from_secs(wish.way_seconds_max().into());
    while !is_over {
        ensure!(clock.now() < end, "the file has not come after {} s", wish.way_seconds_max());
        transfer.gate.open();
        let (opened, held) = (clock.now(), memory.anonymous()?);
        let beside = talk.say(setting, talk.slice)?;
        took += clock.now() - opened;
        let (held, held_before) = (memory.anonymous()?, held);
        is_over = transfer.is_over()?;
        transfer.gate.close();
        talk.say(setting, talk.settle)?;
        let alone = talk.say(setting, talk.slice)?;
        let growth = [(held_before, held), (held, memory.anonymous()?)];
        for (sum, (then, now)) in grown.iter_mut().zip(growth) {
            *sum += as_f64(now) - as_f64(then);
        }
        // Nobody can tell when in the last slice it was over.
        if !is_over || felt.ratios.is_empty() {
            felt.add(beside, alone);
        }
    }
    let mut figures = Figures::default();
    figures.add("at_least", "MiB/s", as_f64(u64::from(wish.mib)) / took.as_secs_f64());
    memory.end(&mut figures)?;
    // What is said is kept in caches too, which would grow without the file.
    for (name, kib) in ["beside", "alone"].into_iter().zip(grown) {
        figures.add(&format!("anonymous_growth_{name}"), "MiB", kib / 1024.0);
    }
    setting.snapshot()?.tell_cores(&before, &mut figures);
    felt.tell(&mut figures).context("nothing was measured")?;
    Ok(figures)
}

impl Talk {
    fn say(&mut self, setting: &Setting, pace: Pace) -> Result<Times> {
        self.open.run(&mut self.venue, setting.clock, pace)
    }
}

impl Felt {
    fn add(&mut self, beside: Times, alone: Times) {
        let p99 = |times: &Times| times.ack.clone().sorted().at(Percentile::P99);
        self.ratios.push(p99(&beside) / p99(&alone));
        self.beside.add(beside);
        self.alone.add(alone);
    }

    fn tell(mut self, figures: &mut Figures) -> Option<()> {
        self.ratios.sort_by(f64::total_cmp);
        let median = *self.ratios.get(self.ratios.len() / 2)?;
        let pairs = u64::try_from(self.ratios.len()).ok()?;
        let (beside, alone) = (self.beside.ack.sorted(), self.alone.ack.sorted());
        let p99 = Percentile::P99;
        figures.add("p99_beside_to_alone", "x", beside.at(p99) / alone.at(p99));
        figures.add("p99_beside_to_alone_of_pairs", "x", median);
        figures.add("pairs", "", as_f64(pairs));
        alone.tell("ack_alone", figures);
        beside.tell("ack_beside", figures);
        self.alone.delivery.tell("delivery_alone", figures);
        self.beside.delivery.tell("delivery_beside", figures);
        self.alone.late.tell("generator_late_alone", figures);
        self.beside.late.tell("generator_late_beside", figures);
        Some(())
    }
}

impl Side {
    fn add(&mut self, Times { ack, delivery, late }: Times) {
        self.ack.extend(ack);
        self.delivery.extend(delivery);
        self.late.extend(late);
    }
}
