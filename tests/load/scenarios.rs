//! What can be measured, one scenario a file.

use anyhow::{Result, bail};

use crate::args::Scenario;
use crate::report::Figures;
use crate::setting::Setting;

mod bridge;
mod command;
mod connect;
mod durable;
mod fanout;
mod files;
mod flood;
mod idle;
mod indexing;
mod latency;
mod reconnect;
mod search;
mod stalled;
mod timing;

/// Bytes of each message.
const TEXT_BYTES: usize = 200;

/// Gives the figures of one run, or of as many as are asked for if they share their connections.
pub(crate) async fn run(scenario: &Scenario, setting: &mut Setting) -> Result<Vec<Figures>> {
    let figures = match scenario {
        Scenario::Fanout(wish) => return fanout::run(wish, setting).await,
        Scenario::Stalled(wish) => return stalled::run(wish, setting).await,
        Scenario::Flood(wish) => return flood::run(wish, setting).await,
        Scenario::Connect(wish) => return connect::run(wish, setting).await,
        Scenario::Latency(wish) => return latency::run(wish, setting).await,
        Scenario::Indexing(wish) => return indexing::run(wish, setting).await,
        Scenario::Timing(wish) => timing::run(wish, setting).await,
        Scenario::Search(wish) => search::run(wish, setting).await,
        Scenario::Durable(wish) => durable::run(wish, setting).await,
        Scenario::Idle(wish) => idle::run(wish, setting).await,
        Scenario::Bridge(wish) => bridge::run(wish, setting).await,
        Scenario::Command(wish) => command::run(wish, setting),
        Scenario::Files(wish) => files::run(wish, setting).await,
        Scenario::Reconnect(wish) => reconnect::run(wish, setting).await,
        Scenario::All | Scenario::FloorServer => bail!("not a scenario by itself"),
    };
    Ok(vec![figures?])
}
