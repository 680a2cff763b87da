//! Logins by password, far more than there is CPU to hash for, while a room talks on: what that
//! costs the room. Each comes on a connection of its own, with a name that nobody has, which
//! costs the daemon as much as a wrong password.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use parlor_proto::codes::Reason;
use tokio::sync::mpsc;

use super::TEXT_BYTES;
use crate::args::Flood;
use crate::open::{Open, Pace};
use crate::report::Figures;
use crate::samples::Percentile;
use crate::setting::{Setting, as_f64};
use crate::shape::Shape;
use crate::swarm::Entrance;
use crate::venue::Venue;

/// Logins that wait for their answers: the daemon's queue, and those that are refused.
const WAITING_MAX: usize = 96;

/// Said before anything counts, and until the flood is at its height, in seconds.
const WARM_UP_SECONDS: u32 = 2;

const PASSWORD: &str = "eight loud herons over a fast canal";

/// What has become of the logins.
#[derive(Debug, Default)]
struct Tally {
    asked: AtomicU64,
    /// There was no room in the queue.
    busy: AtomicU64,
    /// The password was looked at.
    wrong: AtomicU64,
    /// The account, or the address, has tried too often.
    limited: AtomicU64,
    /// No answer, or another one.
    failed: AtomicU64,
}

/// The ones who come by password.
struct Crowd {
    tally: Arc<Tally>,
    threads: Vec<JoinHandle<()>>,
}

type Beat = Arc<Mutex<mpsc::Receiver<Duration>>>;

pub(super) async fn run(wish: &Flood, setting: &mut Setting) -> Result<Vec<Figures>> {
    let messages = wish.rate.checked_mul(wish.seconds).context("too many messages")?;
    let pace = Pace { per_second: wish.rate, messages };
    let warm_up = Pace { messages: wish.rate * WARM_UP_SECONDS, ..pace };
    let shape = Shape { rooms: 1, members: wish.members, publishers: 1 };
    // Made cheaply; their tokens outlive the restart.
    let people = Venue::people(setting, "flood", shape).await?;
    setting.server.own()?.restart_with_costly_passwords()?;
    let mut venue = Venue::of(setting, shape, &people)?;
    let text = setting.seed(0).words(TEXT_BYTES);
    let mut open = Open::new(&venue, text, setting.message_ids(0))?;
    open.run(&mut venue, setting.clock, warm_up)?;
    let mut runs = Vec::new();
    for _ in 0..setting.runs {
        let mut figures = Figures::default();
        let calm = open.run(&mut venue, setting.clock, pace)?.delivery.sorted();
        let crowd = Crowd::gather(wish, setting)?;
        open.run(&mut venue, setting.clock, warm_up)?;
        let (before, asked) = (setting.snapshot()?, crowd.tally.asked.load(Ordering::Relaxed));
        let times = open.run(&mut venue, setting.clock, pace)?;
        let (after, asked_after) = (setting.snapshot()?, crowd.tally.asked.load(Ordering::Relaxed));
        let flooded = times.delivery.sorted();
        calm.tell("calm", &mut figures);
        flooded.tell("flooded", &mut figures);
        let p99 = Percentile::P99;
        figures.add("flooded_p99_to_calm", "x", flooded.at(p99) / calm.at(p99));
        times.late.tell("generator_late", &mut figures);
        let rate = as_f64(asked_after - asked) / after.seconds_since(&before);
        figures.add("logins_per_second", "1/s", rate);
        after.tell_cores(&before, &mut figures);
        crowd.end(&mut figures)?;
        runs.push(figures);
    }
    Ok(runs)
}

impl Crowd {
    /// They come as long as the room is measured.
    fn gather(wish: &Flood, setting: &Setting) -> Result<Self> {
        let count = wish.logins.saturating_mul(wish.seconds + WARM_UP_SECONDS);
        let beat = setting.clock.beat(Duration::from_secs(1) / wish.logins, count)?;
        let beat = Arc::new(Mutex::new(beat));
        let entrance = Entrance::of(&setting.target)?;
        let (tally, prefix) = (Arc::<Tally>::default(), setting.prefix("flood"));
        let mut threads = Vec::new();
        for _ in 0..WAITING_MAX {
            let (beat, entrance) = (Arc::clone(&beat), entrance.clone());
            let (tally, prefix) = (Arc::clone(&tally), prefix.clone());
            // Nobody twice: an account that has failed too often is refused for nothing.
            let name = move |number| format!("{prefix}-nobody-{number}");
            let come = move || come_one_by_one(&beat, &entrance, &tally, name);
            threads.push(thread::Builder::new().name("login".into()).spawn(come)?);
        }
        Ok(Self { tally, threads })
    }

    /// Waits for all of them.
    fn end(self, figures: &mut Figures) -> Result<()> {
        for thread in self.threads {
            thread.join().map_err(|_| anyhow!("a login fell over"))?;
        }
        let mut tell = |name: &str, count: &AtomicU64| {
            figures.add(name, "", as_f64(count.load(Ordering::Relaxed)));
        };
        tell("logins", &self.tally.asked);
        tell("logins_refused_busy", &self.tally.busy);
        tell("logins_wrong_password", &self.tally.wrong);
        tell("logins_rate_limited", &self.tally.limited);
        tell("logins_otherwise", &self.tally.failed);
        Ok(())
    }
}

fn come_one_by_one(beat: &Beat, entrance: &Entrance, tally: &Tally, name: impl Fn(u64) -> String) {
    loop {
        let due = beat.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        if due.is_none() {
            return;
        }
        let number = tally.asked.fetch_add(1, Ordering::Relaxed);
        let count = match entrance.knock(name(number), PASSWORD) {
            Ok(Some(reason)) if reason == Reason::BadCredentials.as_str() => &tally.wrong,
            Ok(Some(reason)) if reason == Reason::LoginQueueFull.as_str() => &tally.busy,
            Ok(Some(reason)) if reason == Reason::RateLimited.as_str() => &tally.limited,
            Ok(_) | Err(_) => &tally.failed,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}
