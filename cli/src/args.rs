//! What was typed, as types. Touches neither files nor the network.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{ColorChoice, Parser, Subcommand};
use clap_complete::Shell;
use parlor_proto::client::Pin;
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::limits::PAGE_ROWS_MAX;
use parlor_proto::name::Name;
use uuid::Uuid;

use self::account::AccountCommand;
use self::admin::ServerCommand;
use self::file::FileCommand;
use self::message::{Manner, MessageCommand};
use self::place::{InRoomCommand, PlaceCommand, RoomsArgs, WhoArgs};
use self::value::{parse_duration, parse_name, parse_seq};
use self::webhook::WebhookCommand;

pub(crate) mod account;
pub(crate) mod admin;
pub(crate) mod file;
pub(crate) mod message;
pub(crate) mod place;
mod value;
pub(crate) mod webhook;

/// Messages that `tail` and `history` show if nobody says how many.
const ROWS: u32 = 20;

const AFTER_HELP: &str = "\
ROOM is a name (lobby, or '#lobby' in quotes), a numeric id, or @USER[,@USER] for the
direct room with these people.
stdout is data, stderr is talk; --json prints one object per line.

Exit codes: 0 ok, 1 failure, 2 usage, 3 network or server unavailable, 4 authentication,
5 rate limited or busy, 6 not found or not permitted, 7 certificate not trusted,
124 --timeout reached, 130 interrupted.";

/// The client for Parlor: scriptable commands and a line-by-line conversation.
#[derive(Debug, Parser)]
#[command(name = "parlor", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What goes with every command.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options for every command")]
pub(crate) struct Global {
    /// parlor://HOST[:7275][?pin=sha256:HEX], ws(s)://HOST[:PORT], or http(s)://HOST[:PORT] for
    /// commands that come and go [default: what `login` remembered]
    #[arg(long, global = true, value_name = "URL", env = "PARLOR_SERVER")]
    pub(crate) server: Option<String>,
    /// Which of several remembered sign-ins to use
    #[arg(long, global = true, value_name = "NAME", env = "PARLOR_PROFILE")]
    pub(crate) profile: Option<String>,
    /// Trust only the server whose public key has this fingerprint
    #[arg(long, global = true, value_name = "sha256:HEX")]
    pub(crate) pin: Option<Pin>,
    /// Trust servers that the authorities in this PEM file vouch for
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Print one JSON object per line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Use colors; auto: on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN")]
    pub(crate) color: Option<ColorChoice>,
    /// Give up after this long (500ms, 30s, 5m), with exit code 124
    /// [default: 30s; none for chat, a following tail, register and login]
    #[arg(long, global = true, value_name = "DURATION", value_parser = parse_duration)]
    pub(crate) timeout: Option<Duration>,
    /// Allow ws:// and http://, without TLS, to another machine: everybody on the way can read the
    /// password
    #[arg(long, global = true)]
    pub(crate) insecure: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an account and sign in
    Register {
        #[command(flatten)]
        who: Who,
        /// An invite, where the server needs one: its URL, or its secret alone
        #[arg(long, value_name = "URL")]
        invite: Option<String>,
    },
    /// Sign in with a password; the other commands go on from there
    Login {
        #[command(flatten)]
        who: Who,
        /// Sign in a bot with the API token in this file (else $PARLOR_TOKEN_FILE)
        #[arg(long, value_name = "FILE", conflicts_with_all = ["user", "password_stdin"])]
        token_file: Option<PathBuf>,
    },
    /// End the session at once, here and in every other terminal that uses it
    Logout {
        /// Let this device sign in again without a password
        #[arg(long)]
        keep_device: bool,
    },
    /// Show who is signed in, and where
    Whoami,
    /// List the rooms of the server, and those that you have to yourselves
    Rooms(RoomsArgs),
    #[command(flatten)]
    InRoom(InRoomCommand),
    /// Send a message; `-` reads it from stdin. Exits 0 once the server has stored it
    Send {
        /// A name or an id
        room: RoomArg,
        /// The message, or `-`; after `--` it may begin with a dash
        #[arg(required_unless_present = "file", value_name = "TEXT")]
        text: Vec<String>,
        /// A file that goes with it; up to eight times
        #[arg(long, value_name = "PATH")]
        file: Vec<PathBuf>,
        /// The message's own id: repeated with the same id, it is stored once
        #[arg(long, value_name = "UUID")]
        id: Option<Uuid>,
        #[command(flatten)]
        manner: Manner,
    },
    /// Show the last messages of rooms and follow them
    Tail {
        /// [default: all rooms that you are in]
        #[arg(value_name = "ROOM")]
        rooms: Vec<RoomArg>,
        /// How many to begin with, of each room
        #[arg(short = 'n', value_name = "N", default_value_t = ROWS)]
        rows: u32,
        /// Begin after this seq instead
        #[arg(long, value_name = "SEQ", value_parser = parse_seq, conflicts_with = "rows")]
        since: Option<Seq>,
        /// Go on where the last run with this name stopped; the server keeps the place, which
        /// moves once what is before it has been shown
        #[arg(long, value_name = "NAME", conflicts_with = "since")]
        cursor: Option<String>,
        /// Stop when everything that is there has been shown
        #[arg(long)]
        no_follow: bool,
    },
    /// Show a page of a room's log
    History {
        /// A name or an id
        room: RoomArg,
        /// Only what is older than this seq
        #[arg(long, value_name = "SEQ", value_parser = parse_seq)]
        before: Option<Seq>,
        /// Only what is newer than this seq, the oldest first
        #[arg(long, value_name = "SEQ", value_parser = parse_seq, conflicts_with = "before")]
        after: Option<Seq>,
        /// How many
        #[arg(short = 'n', value_name = "N", default_value_t = ROWS,
              value_parser = clap::value_parser!(u32).range(1..))]
        rows: u32,
    },
    /// Find messages in the rooms that you are in, the best first
    ///
    /// All words must be in the message, whatever their case and accents. "In quotes" words
    /// follow one another; -WORD must not be there; from:USER, in:ROOM, in:@USER,
    /// after:2026-11-01 and before:2026-12-01 narrow it down.
    Search {
        /// What to look for; a minus in front needs `--` before it
        #[arg(required = true, value_name = "QUERY")]
        query: Vec<String>,
        /// How many
        #[arg(short = 'n', value_name = "N", default_value_t = ROWS,
              value_parser = clap::value_parser!(u32).range(1..))]
        rows: u32,
    },
    #[command(flatten)]
    Message(MessageCommand),
    /// Show the members of a room, whether they are there, and why
    Who(WhoArgs),
    #[command(flatten)]
    Account(AccountCommand),
    #[command(flatten)]
    Server(ServerCommand),
    #[command(flatten)]
    Place(PlaceCommand),
    #[command(flatten)]
    Webhook(WebhookCommand),
    #[command(flatten)]
    File(FileCommand),
    /// Talk in a room, line by line
    Chat {
        /// A name or an id
        room: RoomArg,
    },
    /// Print a script that completes commands and options: source <(parlor completions bash)
    Completions {
        /// Which shell it is for
        shell: Shell,
    },
    /// Print the man page, or write one for each command
    Man {
        /// Where to write parlor.1, parlor-send.1 and so on, instead of printing the first
        #[arg(value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

/// Who signs in, and how the password comes.
#[derive(Debug, clap::Args)]
pub(crate) struct Who {
    /// [default: the last one, or you are asked]
    #[arg(value_name = "USER", value_parser = parse_name)]
    pub(crate) user: Option<Name>,
    /// Read the password from stdin (else $PARLOR_PASSWORD_FILE, else a prompt without echo)
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// What others see of where you are [default: this machine's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) device: Option<String>,
    /// Do not make this installation a device: when the session has ended, a password is needed
    #[arg(long)]
    pub(crate) no_device: bool,
}

/// A room as people name it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum RoomArg {
    Name(Name),
    Id(RoomId),
    /// The direct room of oneself and these.
    People(place::People),
}

impl FromStr for RoomArg {
    type Err = String;

    /// Digits alone are an id; with `#` in front they are a name. `@ann,@bob` is a direct room.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('@') {
            return place::parse_people(text).map(Self::People);
        }
        match text.parse() {
            Ok(0) => Err("ids begin at 1".to_owned()),
            Ok(id) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Self::Id(RoomId(id))),
            Ok(_) | Err(_) => parse_name(text).map(Self::Name),
        }
    }
}

impl std::fmt::Display for RoomArg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Id(id) => id.fmt(f),
            Self::People(people) => people.fmt(f),
        }
    }
}

impl Command {
    /// Whether its session may end before the command does.
    pub(crate) fn stays(&self) -> bool {
        matches!(
            self,
            Self::Tail { .. } | Self::Chat { .. } | Self::Message(MessageCommand::Wait { .. })
        )
    }

    /// How long the command may take if nobody says. People read and type in the others.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        match self {
            Self::Register { .. }
            | Self::Account(AccountCommand::Passwd { .. })
            | Self::Login { .. }
            | Self::Chat { .. }
            | Self::Server(ServerCommand::ResetPassword { .. }) => None,
            Self::Message(command) => command.timeout(),
            Self::File(command) => command.timeout(),
            Self::Send { file, .. } => file.is_empty().then_some(TIMEOUT),
            Self::Tail { no_follow, .. } => no_follow.then_some(TIMEOUT),
            Self::Logout { .. }
            | Self::Whoami
            | Self::Rooms(_)
            | Self::InRoom(_)
            | Self::History { .. }
            | Self::Search { .. }
            | Self::Account(_)
            | Self::Who(_)
            | Self::Server(_)
            | Self::Place(_)
            | Self::Webhook(_)
            | Self::Completions { .. }
            | Self::Man { .. } => Some(TIMEOUT),
        }
    }
}

/// See [`Command::timeout`].
const TIMEOUT: Duration = Duration::from_secs(30);

/// Rows of the next page, if `rows` are still wanted.
pub(crate) fn page_rows(rows: u32) -> u32 {
    rows.min(PAGE_ROWS_MAX)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use clap::error::ErrorKind;

    use super::*;

    fn parse(line: &str) -> Result<Args, ErrorKind> {
        let words = line.split(' ').filter(|word| !word.is_empty());
        Args::try_parse_from(["parlor"].into_iter().chain(words)).map_err(|error| error.kind())
    }

    #[track_caller]
    fn check(line: &str, expect: &str) {
        let got = match parse(line) {
            Ok(args) => format!("{:?}", args.command),
            Err(kind) => format!("{kind:?}"),
        };
        assert_eq!(got, expect, "{line}");
    }

    /// The commands below this one, each with the words that lead to it.
    fn tree(path: &str, command: &clap::Command) -> Vec<(String, clap::Command)> {
        let path = format!("{path} {}", command.get_name()).trim_start().to_owned();
        let below = command.get_subcommands().flat_map(|each| tree(&path, each));
        let mut all: Vec<_> = below.collect();
        all.push((path, command.clone()));
        all
    }

    #[test]
    fn every_command_and_every_argument_says_what_it_is() {
        let mut root = Args::command();
        root.build();
        let mut mute = Vec::new();
        for (path, command) in tree("", &root) {
            if command.get_about().is_none() {
                mute.push(path.clone());
            }
            for argument in command.get_arguments() {
                if argument.get_help().is_none_or(|help| help.to_string().is_empty()) {
                    mute.push(format!("{path}: {}", argument.get_id()));
                }
            }
        }
        assert!(mute.is_empty(), "no help: {mute:#?}");
    }

    fn room(text: &str) -> Result<RoomArg, String> {
        text.parse()
    }

    #[test]
    fn the_declaration_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_room_is_a_name_or_an_id() {
        assert_eq!(room("lobby"), Ok(RoomArg::Name(Name::parse("lobby").unwrap())));
        assert_eq!(room("#Lobby"), Ok(RoomArg::Name(Name::parse("lobby").unwrap())));
        assert_eq!(room("42"), Ok(RoomArg::Id(RoomId(42))));
        let people = |names: &[&str]| {
            place::People(names.iter().map(|name| Name::parse(name).unwrap()).collect())
        };
        assert_eq!(room("@Ann"), Ok(RoomArg::People(people(&["ann"]))));
        assert_eq!(room("@ann,@bob"), Ok(RoomArg::People(people(&["ann", "bob"]))));
        assert_eq!(room("#42"), Ok(RoomArg::Name(Name::parse("42").unwrap())));
        for bad in ["", "#", "@", "@ann,", "##lobby", "a b", "0", "+1", "lobby\u{202e}", "änn", "-"]
        {
            assert!(room(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn words_of_a_message_and_the_dash() {
        check(
            "send lobby hello world",
            r#"Send { room: Name(Name("lobby")), text: ["hello", "world"], file: [], id: None, manner: Manner { markdown: false, emote: false } }"#,
        );
        check(
            "send 7 -",
            r#"Send { room: Id(RoomId(7)), text: ["-"], file: [], id: None, manner: Manner { markdown: false, emote: false } }"#,
        );
        check(
            "send 7 -- -x --id",
            r#"Send { room: Id(RoomId(7)), text: ["-x", "--id"], file: [], id: None, manner: Manner { markdown: false, emote: false } }"#,
        );
        check("send lobby", "MissingRequiredArgument");
        check("send lobby hi --id nonsense", "ValueValidation");
    }

    #[test]
    fn what_excludes_each_other() {
        check("history lobby --before 3 --after 5", "ArgumentConflict");
        check("history lobby -n 0", "ValueValidation");
        check("tail lobby -n 5 --since 3", "ArgumentConflict");
        check("tail lobby --since -3", "UnknownArgument");
        check("frobnicate", "InvalidSubcommand");
        check("login ann hunter2", "UnknownArgument");
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        for line in ["--json --timeout 2s rooms", "rooms --timeout 2 --json"] {
            let global = parse(line).unwrap().global;
            assert!(global.json);
            assert_eq!(global.timeout, Some(Duration::from_secs(2)));
        }
    }
}
