//! Connections that do nothing: what each keeps resident, what it costs to open one with a
//! token, and what its keepalives cost.

use std::time::Duration;

use anyhow::{Context as _, Result};
use parlor_proto::limits::KEEP_ALIVE_INTERVAL;
use parlor_proto::v1::{self, client_frame};
use tokio::time::sleep;

use crate::args::Idle;
use crate::crowd;
use crate::report::Figures;
use crate::setting::{Setting, as_f64};

/// For the last answers to be written and their buffers to be given back.
const SETTLE: Duration = Duration::from_secs(1);

pub(super) async fn run(wish: &Idle, setting: &mut Setting) -> Result<Figures> {
    let prefix = setting.prefix("idle");
    let room_of = |number: u32| number.checked_div(wish.room_size);
    let people = crowd::gather(&setting.target, &prefix, wish.connections, room_of).await?;
    if let Ok(own) = setting.server.own() {
        // What the making of accounts has left in its memory is no part of a connection.
        own.restart()?;
    }
    let count = as_f64(wish.connections.into());
    let mut figures = Figures::default();
    let before = setting.snapshot()?;
    let mut members = crowd::connect(&setting.target, &people).await?;
    let connected = setting.snapshot()?;
    sleep(SETTLE).await;
    let settled = setting.snapshot()?;
    settled.tell_memory(&before, count, &mut figures);
    figures.add("connects_per_second", "1/s", count / connected.seconds_since(&before));
    settled.tell_cpu(&before, "connect", count, &mut figures);

    let keep_alives = keep_alives(wish);
    let mut beat = setting.clock.beat(KEEP_ALIVE_INTERVAL / wish.connections, keep_alives)?;
    let mut token = 0;
    let before = setting.snapshot()?;
    'time: loop {
        for member in &mut members {
            if beat.recv().await.is_none() {
                break 'time;
            }
            token += 1;
            let keep_alive = v1::KeepAlive { token, ..Default::default() };
            let asked = member.link.ask(client_frame::Body::KeepAlive(keep_alive));
            asked.await.context("a connection was lost")?;
        }
    }
    let after = setting.snapshot()?;
    after.tell_cores(&before, &mut figures);
    after.tell_cpu(&before, "keep_alive", as_f64(token), &mut figures);
    Ok(figures)
}

/// As many as come in the time, one each interval on every connection.
fn keep_alives(wish: &Idle) -> u32 {
    let interval = u32::try_from(KEEP_ALIVE_INTERVAL.as_secs()).unwrap_or(u32::MAX);
    wish.connections.saturating_mul(wish.seconds) / interval
}
