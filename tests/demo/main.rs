//! `cargo demo`: a daemon, a bridge, and two people who talk, one over TLS TCP and one through
//! the bridge. Stays until Ctrl-C, so that others can join; `cargo demo --once` ends after the
//! conversation, as does this test among others. It fails if the conversation did not happen.
//!
//! Everything here is the real thing, run as a person would. Nothing of ours is linked.
#![expect(clippy::print_stdout, reason = "what a demo is for")]
#![expect(clippy::print_stderr, reason = "for the person whose demo has failed")]

mod people;
mod servers;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use people::Person;
use servers::Servers;
use tokio::signal::ctrl_c;
use tokio::signal::unix::{SignalKind, signal};

/// Where they talk.
const ROOM: &str = "lobby";

/// The argument that the alias `cargo demo` gives.
const STAY: &str = "stay";

/// What they say.
const CONVERSATION: &[(Who, &str)] = &[
    (Who::Ann, "Hello bob! I talk to the daemon itself, over TLS."),
    (Who::Bob, "Hello ann! I am on a WebSocket, and the bridge passes it on."),
    (Who::Ann, "What you read has been written to disk before you saw it."),
    (Who::Bob, "And I saw it at once. Café? 你好! 👋"),
];

#[derive(Clone, Copy)]
enum Who {
    Ann,
    Bob,
}

/// What the arguments ask for.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Mode {
    Stay,
    Once,
    /// A test run that wants other tests, or only their names.
    Nothing,
}

fn main() -> ExitCode {
    let mode = mode(env::args().skip(1));
    if mode == Mode::Nothing {
        return ExitCode::SUCCESS;
    }
    match run(mode == Mode::Stay) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nthe demo has failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn mode(arguments: impl Iterator<Item = String>) -> Mode {
    let arguments: Vec<String> = arguments.collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    // A word is a filter for names of tests.
    let filtered_out = arguments.iter().any(|argument| {
        !argument.starts_with('-') && argument != STAY && !"demo".contains(argument.as_str())
    });
    match () {
        () if has("--list") || filtered_out => Mode::Nothing,
        () if has(STAY) && !has("--once") => Mode::Stay,
        () => Mode::Once,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn run(stay: bool) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("parlor-demo-").tempdir()?;
    // What was started is killed when it is dropped, so Ctrl-C leaves nothing behind.
    let (mut servers, ann) = tokio::select! {
        met = converse(folder.path()) => met?,
        () = interrupted() => bail!("interrupted"),
    };
    if stay {
        tokio::select! {
            ended = stay_until_something_ends(folder.path(), &mut servers, &ann) => return ended,
            () = interrupted() => println!(),
        }
    }
    servers.stop().await
}

async fn interrupted() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        // An error means that Ctrl-C cannot be waited for, which is a reason to stop too.
        _stopped = ctrl_c() => {}
        _stopped = terminate.recv() => {}
    }
}

async fn converse(folder: &Path) -> Result<(Servers, Person)> {
    let servers = Servers::start(folder).await?;
    match talk(folder, &servers).await {
        Ok(ann) => Ok((servers, ann)),
        Err(error) => {
            servers.show_logs();
            Err(error)
        }
    }
}

/// The conversation, each message shown when the other one has it. Ann remains.
async fn talk(folder: &Path, servers: &Servers) -> Result<Person> {
    println!("\nparlord         {}", servers.daemon_url());
    println!("parlor-bridge   {}\n", servers.bridge_url());
    let mut ann = Person::register("ann", servers.daemon_url(), folder).await?;
    ann.run(&["create", ROOM]).await?;
    let mut bob = Person::register("bob", servers.bridge_url(), folder).await?;
    bob.run(&["join", ROOM]).await?;
    ann.listen(ROOM)?;
    bob.listen(ROOM)?;
    for (who, text) in CONVERSATION {
        let (from, to, way) = match who {
            Who::Ann => (&mut ann, &mut bob, "TLS TCP  "),
            Who::Bob => (&mut bob, &mut ann, "WebSocket"),
        };
        from.run(&["send", ROOM, text]).await?;
        let heard = to.hear(text).await.with_context(|| {
            format!("{} did not get what {} said: {text:?}", to.name(), from.name())
        })?;
        ensure!(heard == from.name(), "{heard} said it, not {}", from.name());
        println!("  {:<4} {way}  {text}", from.name());
        // Everybody sees what they said themselves, too.
        from.hear(text).await?;
    }
    ann.rest().await?;
    bob.rest().await?;
    println!("\nEach message was stored, and seen by both, before the next one was said.");
    Ok(ann)
}

/// Two more are there for whoever wants to join, one at each door.
async fn stay_until_something_ends(
    folder: &Path,
    servers: &mut Servers,
    ann: &Person,
) -> Result<()> {
    let carol = Person::register("carol", servers.daemon_url(), folder).await?;
    let dave = Person::register("dave", servers.bridge_url(), folder).await?;
    println!(
        "\nJoin from other terminals, as carol over TLS TCP, or as dave through the bridge:\n"
    );
    for person in [&carol, &dave] {
        person.run(&["join", ROOM]).await?;
        println!("  {} chat {ROOM}", person.command_file(folder)?.display());
    }
    println!("\nOther commands work too: who, history {ROOM}, --help.");
    println!(
        "What is said in {ROOM} is shown here. Ctrl-C ends it all and leaves nothing behind.\n"
    );
    let mut show = ann.show(ROOM)?;
    tokio::select! {
        ended = servers.ended() => ended,
        ended = show.wait() => bail!("parlor tail has ended: {}", ended?),
    }
}
