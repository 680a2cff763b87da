//! What it costs the server that somebody comes: the TLS handshake, sign-in by token and sync;
//! at the floor the handshake and joining nothing.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::args::Connect;
use crate::clock::Clock;
use crate::crowd::{self, Person};
use crate::floor::Floor;
use crate::report::Figures;
use crate::samples::Samples;
use crate::setting::{Setting, as_f64};
use crate::swarm::{Entrance, Greeting};
use crate::usage::Usage;

/// For the server to be done with the last of them.
const SETTLE: Duration = Duration::from_millis(300);

pub(super) async fn run(wish: &Connect, setting: &Setting) -> Result<Vec<Figures>> {
    let floor = Floor::start()?;
    let count = wish.connections;
    let prefix = setting.prefix("connect");
    let people = crowd::gather(&setting.target, &prefix, count, |_| None).await?;
    let entrance = Entrance::of(&setting.target)?;
    let nobody = Person { token: bytes::Bytes::new(), rooms: Vec::new() };
    let nobodies = vec![nobody; people.len()];
    let mut runs = Vec::new();
    for _ in 0..setting.runs {
        let mut figures = Figures::default();
        let before = (setting.clock.now(), Usage::of(floor.pid())?);
        let below = all_come(&floor.entrance, &nobodies, wish.at_once, setting.clock).await?;
        let seconds = (setting.clock.now() - before.0).as_secs_f64();
        sleep(SETTLE).await;
        let cpu = Usage::of(floor.pid())?.cpu - before.1.cpu;
        let floor_cpu = cpu.as_secs_f64() * 1e6 / as_f64(count.into());
        figures.add("floor_connects_per_second", "1/s", as_f64(count.into()) / seconds);
        figures.add("floor_cpu_per_connect", "us", floor_cpu);
        below.tell("floor_connect", &mut figures);

        let before = setting.snapshot()?;
        let above = all_come(&entrance, &people, wish.at_once, setting.clock).await?;
        let there = setting.snapshot()?;
        sleep(SETTLE).await;
        let after = setting.snapshot()?;
        let seconds = there.seconds_since(&before);
        figures.add("connects_per_second", "1/s", as_f64(count.into()) / seconds);
        after.tell_cpu(&before, "connect", as_f64(count.into()), &mut figures);
        above.tell("connect", &mut figures);
        runs.push(figures);
    }
    Ok(runs)
}

/// Everybody comes, so many at a time, and stays until all are there. Nobody who has a token
/// is somebody at the floor.
async fn all_come(
    entrance: &Entrance,
    people: &[Person],
    at_once: u32,
    clock: Clock,
) -> Result<Samples> {
    let share = people.len().div_ceil(usize::try_from(at_once)?);
    let mut guests = Vec::new();
    for people in people.chunks(share.max(1)) {
        let (entrance, people) = (entrance.clone(), people.to_vec());
        guests.push(spawn_blocking(move || come(&entrance, &people, clock)));
    }
    let mut samples = Samples::default();
    let mut there = Vec::new();
    for guest in guests {
        let (times, peers) = guest.await.context("somebody fell over")??;
        samples.extend(times);
        there.push(peers);
    }
    Ok(samples)
}

fn come(
    entrance: &Entrance,
    people: &[Person],
    clock: Clock,
) -> Result<(Samples, Vec<impl Send + use<>>)> {
    let (mut samples, mut peers) = (Samples::default(), Vec::new());
    for person in people {
        let start = clock.now();
        let greeting =
            if person.token.is_empty() { Greeting::Rooms(&[]) } else { Greeting::Token(person) };
        let (peer, _) = entrance.come(0, &greeting)?;
        samples.add(clock.now() - start);
        peers.push(peer);
    }
    Ok((samples, peers))
}
