//! What a bridge costs and adds: WebSockets that do nothing, one message in flight, and full
//! windows, with frames as they are and as JSON; and calls of REST.

mod calls;

use std::time::Duration;

use anyhow::Result;
use parlor_proto::limits::REQUESTS_IN_FLIGHT_MAX;
use tokio::time::sleep;

use super::durable;
use crate::args::{Bridge, Durable};
use crate::crowd::{self, Person};
use crate::link::Flavor;
use crate::report::Figures;
use crate::setting::{Setting, as_f64};

/// For the last answers to be written and their buffers to be given back.
const SETTLE: Duration = Duration::from_secs(1);

pub(super) async fn run(wish: &Bridge, setting: &mut Setting) -> Result<Figures> {
    let prefix = setting.prefix("bridge");
    let people = crowd::gather(&setting.target, &prefix, wish.connections, |_| None).await?;
    let mut figures = Figures::default();
    let flavors = [("binary", Flavor::Binary), ("json", Flavor::Json)];
    // Before anything is said, which would grow the daemon's caches meanwhile.
    for (name, flavor) in flavors {
        setting.speak(flavor)?;
        figures.add_all(name, rest(&people, setting).await?);
    }
    for (name, flavor) in flavors {
        setting.speak(flavor)?;
        for (connections, window) in [(1, 1), (wish.senders, REQUESTS_IN_FLIGHT_MAX)] {
            setting.renew()?;
            let wish = Durable { connections, window, rooms: None, seconds: wish.seconds };
            let name = if window == 1 { format!("{name}_alone") } else { format!("{name}_full") };
            figures.add_all(&name, durable::run(&wish, setting).await?);
        }
    }
    setting.speak(Flavor::Binary)?;
    figures.add_all("rest", calls::run(wish, setting).await?);
    Ok(figures)
}

/// WebSockets at rest, the first that this bridge has seen.
async fn rest(people: &[Person], setting: &Setting) -> Result<Figures> {
    let mut figures = Figures::default();
    let before = setting.snapshot()?;
    let members = crowd::connect(&setting.target, people).await?;
    sleep(SETTLE).await;
    let count = as_f64(u64::try_from(people.len())?);
    setting.snapshot()?.tell_memory(&before, count, &mut figures);
    drop(members);
    Ok(figures)
}
