//! Parlor's client: commands for scripts, and a line-by-line conversation.
//!
//! In order: what was typed (`args`), what it means (`config`, from `profile`), who the server
//! is (`connect`, `trust`, `password`, `terminal`), what is done (`commands`, `feed`; `manual` needs no server), what is
//! shown (`record`, `show`, `escape`, `when`, `out`), and how it ends (`failure`). Only `out`
//! prints, and only `terminal` asks.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;

use crate::args::Args;
use crate::config::Config;
use crate::connect::{Context, GOODBYE, interrupt};
use crate::failure::{Exit, Failure, Result};
use crate::out::Out;
use crate::when::spell;

mod args;
mod config;
mod profile;

mod connect;
mod password;
mod terminal;
mod trust;

mod commands;
mod feed;
mod manual;

mod escape;
mod out;
mod record;
mod show;
mod when;

mod failure;

/// Every command by the words that are typed: what the tests must have run.
pub fn command_names() -> impl Iterator<Item = String> {
    manual::command_names().into_iter()
}

/// Runs the command that was typed, from its arguments to its exit code.
#[must_use]
pub fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            drop(error.print()); // Nobody may be reading; the code tells the same.
            return if error.use_stderr() { Exit::Usage } else { Exit::Ok }.into();
        }
    };
    let config = Config::load(&args.global);
    let color = config.as_ref().map_or(clap::ColorChoice::Auto, |config| config.color);
    let mut out = Out::of_process(args.global.json, color);
    let ended = manual::run(&args.command, &mut out)
        .unwrap_or_else(|| config.and_then(|config| execute(args, config, &mut out)));
    match ended {
        Ok(()) => Exit::Ok.into(),
        Err(failure) => {
            out.failure(&failure);
            failure.exit.into()
        }
    }
}

fn execute(args: Args, config: Config, out: &mut Out) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failure, format!("starting: {error}")))?;
    let timeout = args.global.timeout.or_else(|| args.command.timeout());
    let stays = args.command.stays();
    let mut context = Context { config, out, again: None };
    let command = Box::pin(commands::run(args.command, &mut context));
    let ended = runtime.block_on(until(timeout, command));
    // A thread that still waits for a line from a terminal must not keep the process.
    runtime.shutdown_background();
    ended.map_err(|failure| match (failure.exit, context.again) {
        _ if failure.hint.is_some() => failure,
        (Exit::Authentication, _) if stays => failure.hint(context.config.login_command()),
        (Exit::Unavailable | Exit::TimedOut | Exit::Interrupted, Some(again)) => {
            failure.hint(again)
        }
        _ => failure,
    })
}

/// Runs until the command, the time or the person's patience ends.
async fn until(
    timeout: Option<Duration>,
    mut command: impl Future<Output = Result<()>> + Unpin,
) -> Result<()> {
    tokio::select! {
        biased;
        interrupt = interrupt() => {
            // Commands hear of it too; they may want to say goodbye.
            let ended = tokio::time::timeout(GOODBYE + GOODBYE, command).await;
            ended.unwrap_or(Err(interrupt))
        }
        ended = &mut command => ended,
        failure = out_of_time(timeout) => Err(failure),
    }
}

async fn out_of_time(timeout: Option<Duration>) -> Failure {
    let Some(timeout) = timeout else { return std::future::pending().await };
    tokio::time::sleep(timeout).await;
    Failure::new(Exit::TimedOut, format!("not done within {}", spell(timeout)))
}
