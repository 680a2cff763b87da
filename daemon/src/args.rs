//! What was typed, and what becomes of it: an exit code.

use std::env;
use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

use crate::config::{Flag, Sources, parse_duration};
use crate::server::{self, Failure, Terms};

use self::beside::{Admin, Audit};

mod beside;

/// More than anybody will still remember what it was for.
const INVITE_USES_MAX: i64 = 10_000;

/// Parlor's daemon: accounts, sessions, rooms, messages and presence over TLS.
#[derive(Debug, Parser)]
#[command(name = "parlord", version)]
struct Args {
    /// Configuration file (TOML); none is needed.
    #[arg(long, value_name = "FILE", env = "PARLORD_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// Folder for database, certificate and lock.
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<String>,
    /// Listen here for clients; may be given more than once.
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Vec<String>,
    /// Listen here for bridges.
    #[arg(long, value_name = "unix:PATH")]
    bridge_listen: Option<String>,
    /// Who may make an account: open, invite, closed, or auto.
    #[arg(long, value_name = "MODE")]
    registration: Option<String>,
    /// Say whether the configuration is good, and do nothing else.
    #[arg(long)]
    check_config: bool,
    /// Print the configuration as it is in force, with reasons, and do nothing else.
    #[arg(long)]
    print_config: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a URL with which somebody can make an account. Works beside a running daemon.
    Invite {
        /// Accounts that can be made with it.
        #[arg(long, value_name = "N", default_value_t = 1,
              value_parser = clap::value_parser!(u32).range(1..=INVITE_USES_MAX))]
        uses: u32,
        /// How long it is good for.
        #[arg(long, value_name = "DURATION", default_value = "72h", value_parser = parse_duration)]
        expires: Duration,
    },
    /// Make the files small and rid of what was deleted. The daemon must be stopped.
    Compact,
    /// Manage administrators. Works beside a running daemon, which obeys within a second.
    #[command(subcommand)]
    Admin(Admin),
    /// Look after the log of what matters for security.
    #[command(subcommand)]
    Audit(Audit),
}

/// Does what the command line says. All of `main`.
#[must_use]
pub fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(usage) => {
            // Help and version come this way too. If nobody reads it, that is their choice.
            usage.print().ok();
            return u8::try_from(usage.exit_code()).unwrap_or(2).into();
        }
    };
    match obey(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure);
            ExitCode::from(&failure)
        }
    }
}

fn obey(args: &Args) -> Result<(), Failure> {
    let sources = args.sources();
    let loaded = sources.load()?;
    if args.print_config {
        return print(&loaded.config.print());
    }
    if args.check_config {
        return server::check(&loaded.config);
    }
    match &args.command {
        Some(Command::Invite { uses, expires }) => {
            let dir = server::data_dir(&loaded.config)?;
            let url = server::invite(&dir, Terms { uses: *uses, expires_in: *expires })?;
            print(&format!("{url}\n"))
        }
        Some(Command::Compact) => server::compact(&loaded.config),
        Some(Command::Admin(wish)) => {
            print(&server::admin(&server::data_dir(&loaded.config)?, &wish.into())?)
        }
        Some(Command::Audit(Audit::Verify)) => {
            print(&server::audit_verify(&server::data_dir(&loaded.config)?)?)
        }
        None => server::serve(sources, loaded),
    }
}

impl Args {
    fn sources(&self) -> Sources {
        let flag =
            |name, key, value: &Option<String>| Some(Flag { name, key, value: value.clone()? });
        let listen = (!self.listen.is_empty()).then(|| self.listen.join(","));
        let flags = [
            flag("--data-dir", "data_dir", &self.data_dir),
            flag("--listen", "listen.tls", &listen),
            flag("--bridge-listen", "listen.bridge", &self.bridge_listen),
            flag("--registration", "registration.mode", &self.registration),
        ];
        let ours = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            let name = name.into_string().ok().filter(|name| name.starts_with("PARLORD_"))?;
            Some((name, value.to_string_lossy().into_owned()))
        };
        Sources {
            file: self.config.clone(),
            environment: env::vars_os().filter_map(ours).collect(),
            flags: flags.into_iter().flatten().collect(),
        }
    }
}

/// One line for people. Before and after logging, so not through it.
fn complain(failure: &dyn Display) {
    // If stderr is gone there is nobody left to tell.
    writeln!(io::stderr().lock(), "parlord: {failure}").ok();
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Storage(format!("standard output: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn flags_become_settings() {
        let words = "parlord --data-dir /d --listen 127.0.0.1:1 --listen [::1]:2 \
                     --bridge-listen unix:/b --registration closed";
        let args = Args::try_parse_from(words.split_whitespace()).unwrap();
        let mut sources = args.sources();
        sources.environment.clear();
        let config = sources.load().unwrap().config;
        assert_eq!(config.top.data_dir, Some("/d".into()));
        assert_eq!(config.listen.tls.len(), 2);
        assert_eq!(config.listen.bridge.0, Some("/b".into()));
    }

    #[test]
    fn an_invite_has_bounds() {
        let parse = |words: &str| Args::try_parse_from(words.split_whitespace());
        assert!(parse("parlord invite --data-dir /d --uses 3 --expires 7d").is_ok());
        assert!(parse("parlord --data-dir /d invite").is_ok());
        assert!(parse("parlord invite --uses 0").is_err());
        assert!(parse("parlord invite --uses 10001").is_err());
        assert!(parse("parlord invite --expires soon").is_err());
    }
}
