//! What can be measured, one scenario a file.

use anyhow::{Result, bail};

use crate::args::Scenario;
use crate::report::Figures;
use crate::setting::Setting;

mod command;
mod durable;
mod idle;
mod latency;
mod reconnect;

/// Bytes of each message.
const TEXT_BYTES: usize = 200;

pub(crate) async fn run(scenario: &Scenario, setting: &mut Setting) -> Result<Figures> {
    match scenario {
        Scenario::Durable(wish) => durable::run(wish, setting).await,
        Scenario::Latency(wish) => latency::run(wish, setting).await,
        Scenario::Idle(wish) => idle::run(wish, setting).await,
        Scenario::Command(wish) => command::run(wish, setting),
        Scenario::Reconnect(wish) => reconnect::run(wish, setting).await,
        Scenario::All => bail!("`all` stands for the others"),
    }
}
