//! REST: closed loop, one call in flight on each connection.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::task::JoinSet;

use super::super::TEXT_BYTES;
use crate::args::Bridge;
use crate::calls::Calls;
use crate::clock::Clock;
use crate::crowd::{self, Person};
use crate::report::Figures;
use crate::samples::Samples;
use crate::setting::{Setting, as_f64};

/// Messages on a page.
const PAGE_ROWS: u32 = 50;

#[derive(Clone, Copy)]
enum What {
    Send,
    Page,
}

/// Somebody with a connection and a room of their own.
struct Caller {
    calls: Calls,
    room: u64,
    next_message: u128,
    text: String,
}

/// Sends, and then pages, each for so many seconds.
pub(super) async fn run(wish: &Bridge, setting: &Setting) -> Result<Figures> {
    let prefix = setting.prefix("rest");
    let people = crowd::gather(&setting.target, &prefix, wish.senders, Some).await?;
    let mut callers = Vec::new();
    for (number, person) in (0..).zip(&people) {
        callers.push(Caller::come(setting, number, person).await?);
    }
    // So that there is a page; and connections to the daemon, which are made when first needed.
    for caller in &mut callers {
        for _ in 0..PAGE_ROWS {
            caller.call(What::Send).await?;
        }
    }
    let mut figures = Figures::default();
    for (name, what) in [("send", What::Send), ("page", What::Page)] {
        let before = setting.snapshot()?;
        let end = setting.clock.now() + Duration::from_secs(wish.seconds.into());
        let mut running = JoinSet::new();
        for caller in callers.drain(..) {
            running.spawn_local(caller.call_until(what, end, setting.clock));
        }
        let mut samples = Samples::default();
        while let Some(ended) = running.join_next().await {
            let (caller, times) = ended??;
            callers.push(caller);
            samples.extend(times);
        }
        let after = setting.snapshot()?;
        let count = as_f64(u64::try_from(samples.len())?);
        let rate = count / after.seconds_since(&before);
        figures.add(&format!("{name}s_per_second"), "1/s", rate);
        after.tell_cpu(&before, name, count, &mut figures);
        samples.tell(name, &mut figures);
    }
    Ok(figures)
}

impl Caller {
    async fn come(setting: &Setting, number: u32, person: &Person) -> Result<Self> {
        Ok(Self {
            calls: Calls::open(&setting.target.url, &person.token).await?,
            room: person.room(),
            next_message: setting.message_ids(number),
            text: setting.seed(number.into()).words(TEXT_BYTES),
        })
    }

    async fn call_until(
        mut self,
        what: What,
        end: Duration,
        clock: Clock,
    ) -> Result<(Self, Samples)> {
        let mut samples = Samples::default();
        let mut now = clock.now();
        while now < end {
            self.call(what).await?;
            let then = std::mem::replace(&mut now, clock.now());
            samples.add(now - then);
        }
        Ok((self, samples))
    }

    async fn call(&mut self, what: What) -> Result<()> {
        let Self { calls, room, next_message, text } = self;
        match what {
            What::Send => {
                *next_message += 1;
                let id = uuid(*next_message);
                let path = format!("PUT /v1/rooms/{room}/messages/by-client-id/{id}");
                calls.call(&path, &format!(r#"{{"text":"{text}"}}"#)).await?;
            }
            What::Page => {
                let path = format!("GET /v1/rooms/{room}/events?page_size={PAGE_ROWS}");
                let page = calls.call(&path, "").await?;
                ensure!(page.len() > TEXT_BYTES * 50, "a page of {} bytes", page.len());
            }
        }
        Ok(())
    }
}

/// As it is written down.
fn uuid(id: u128) -> String {
    let hex = format!("{id:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    parts.map(|part| hex.get(part).unwrap_or_default().to_owned()).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_like_what_they_are() {
        assert_eq!(uuid(0x1234_5678 << 96 | 9), "12345678-0000-0000-0000-000000000009");
    }
}
