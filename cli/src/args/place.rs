//! What is typed about rooms and who is in them as what.

use std::time::Duration;

use clap::{Subcommand, ValueEnum};
use parlor_proto::name::Name;
use parlor_proto::v1;
use uuid::Uuid;

use super::{RoomArg, parse_duration, parse_name};

#[derive(Debug, Subcommand)]
pub(crate) enum PlaceCommand {
    /// Everything about rooms: what stands alone as well, looking at them, changing them
    #[command(subcommand)]
    Room(RoomCommand),
    /// Send a message to one or more people, in the room that only they are in
    Dm {
        /// Names, with a comma between them
        #[arg(value_name = "USER[,USER]", value_parser = parse_people)]
        people: People,
        /// The message, or `-` for stdin
        #[arg(required = true, value_name = "TEXT")]
        text: Vec<String>,
        /// The message's own id: repeated with the same id, it is stored once
        #[arg(long, value_name = "UUID")]
        id: Option<Uuid>,
    },
}

/// What stands below `room`.
#[derive(Debug, Subcommand)]
pub(crate) enum RoomCommand {
    /// List the rooms of the server, and those that you have to yourselves: `parlor rooms`
    List(RoomsArgs),
    /// Show the members of a room, whether they are there, and why: `parlor who`
    Members(WhoArgs),
    #[command(flatten)]
    InRoom(InRoomCommand),
    #[command(flatten)]
    Rule(RuleCommand),
}

/// What stands below `room` and, for short, alone.
#[derive(Debug, Subcommand)]
pub(crate) enum InRoomCommand {
    /// Make a room and join it
    Create {
        /// 2 to 32 characters out of a-z, 0-9, '.', '_', '-'
        #[arg(value_name = "ROOM", value_parser = parse_name)]
        name: Name,
        /// What the room is about
        #[arg(long, default_value = "", hide_default_value = true)]
        topic: String,
        #[command(flatten)]
        rules: RulesArgs,
    },
    /// Join a room
    Join {
        /// A name or an id
        room: RoomArg,
    },
    /// Leave a room
    Leave {
        /// A name or an id
        room: RoomArg,
    },
    /// List the rooms that you are invited to
    Invitations,
    #[command(flatten)]
    Deed(DeedCommand),
}

/// What is done to a room or to somebody in it.
#[derive(Debug, Subcommand)]
pub(crate) enum DeedCommand {
    /// Invite somebody to a room
    Invite(Whom),
    /// Refuse an invitation, or take one back
    Decline {
        /// A name or an id
        room: RoomArg,
        /// Whose invitation to take back [default: refuse your own]
        #[arg(value_name = "USER", value_parser = parse_name)]
        user: Option<Name>,
    },
    /// Put somebody out of a room, who may come back
    Kick(Whom),
    /// Put somebody out of a room and keep them out
    Ban {
        #[command(flatten)]
        whom: Whom,
        /// For how long (30m, 12h, 7d) [default: for ever]
        #[arg(long = "for", value_name = "DURATION", value_parser = parse_span)]
        span: Option<Duration>,
        /// Why: told to those who keep order in the room, and to nobody else
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// Let somebody come back who was banned
    Unban(Whom),
    /// List who is banned from a room, until when and why
    Bans {
        /// A name or an id
        room: RoomArg,
    },
    /// Let a member say nothing for a while
    Mute {
        #[command(flatten)]
        whom: Whom,
        /// For how long (30m, 12h, 7d)
        #[arg(long = "for", value_name = "DURATION", default_value = "1h",
              value_parser = parse_span)]
        span: Duration,
    },
    /// Let a member speak again
    Unmute(Whom),
    /// Make a member a moderator, or a moderator a member
    Role {
        #[command(flatten)]
        whom: Whom,
        /// What they are from now on
        #[arg(value_name = "ROLE")]
        role: RoleArg,
    },
    /// Show or set what a room is about
    Topic {
        /// A name or an id
        room: RoomArg,
        /// The new topic; '' for none
        #[arg(value_name = "TEXT")]
        text: Vec<String>,
    },
}

/// What a room is, and changing that.
#[derive(Debug, Subcommand)]
pub(crate) enum RuleCommand {
    /// Show a room with its rules, and what you are in it
    Show {
        /// A name or an id
        room: RoomArg,
    },
    /// Set the name or the rules of a room; what is not named stays
    Set {
        /// A name or an id
        room: RoomArg,
        /// The new name
        #[arg(long, value_name = "NAME", value_parser = parse_name)]
        name: Option<Name>,
        #[command(flatten)]
        rules: RulesArgs,
    },
    /// Give a room to another member
    Transfer(Whom),
    /// Close a room for ever: it can only be read
    Archive {
        /// A name or an id
        room: RoomArg,
    },
    /// Say of which messages your clients make noise, and whether the room is at the top
    Notify {
        /// A name or an id
        room: RoomArg,
        /// Which messages
        #[arg(value_name = "LEVEL")]
        level: LevelArg,
        /// At the top of lists
        #[arg(long)]
        pinned: bool,
    },
}

/// Which rooms of the server.
#[derive(Debug, clap::Args)]
pub(crate) struct RoomsArgs {
    /// Only those whose name or topic contains this
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub(crate) search: String,
}

/// Whose presence, and how much of it.
#[derive(Debug, clap::Args)]
pub(crate) struct WhoArgs {
    /// [default: all rooms that you are in]
    pub(crate) room: Option<RoomArg>,
    /// Explain it session by session
    #[arg(long)]
    pub(crate) why: bool,
}

/// A room and somebody.
#[derive(Debug, clap::Args)]
pub(crate) struct Whom {
    /// A name or an id
    pub(crate) room: RoomArg,
    /// Who: the name of their account
    #[arg(value_name = "USER", value_parser = parse_name)]
    pub(crate) user: Name,
}

/// Rules of a room as they are typed.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct RulesArgs {
    /// Who finds the room and comes in: everybody, or who is invited
    #[arg(long, value_name = "WHO")]
    pub(crate) visibility: Option<VisibilityArg>,
    /// By invitation only: short for --visibility private
    #[arg(long, conflicts_with = "visibility")]
    pub(crate) private: bool,
    /// How far back members read
    #[arg(long, value_name = "FROM")]
    pub(crate) history: Option<HistoryArg>,
    /// Whether members invite others
    #[arg(long, value_name = "YES")]
    pub(crate) members_invite: Option<bool>,
    /// Whether members set the topic
    #[arg(long, value_name = "YES")]
    pub(crate) members_set_topic: Option<bool>,
    /// A member's messages are at least so far apart (0 for no matter)
    #[arg(long, value_name = "DURATION", value_parser = parse_pause)]
    pub(crate) slow_mode: Option<Duration>,
    /// How long somebody who has joined waits before the first message (0 for no matter)
    #[arg(long, value_name = "DURATION", value_parser = parse_pause)]
    pub(crate) cooldown: Option<Duration>,
}

impl RulesArgs {
    /// The rules with what was typed; `None` if nothing was.
    pub(crate) fn over(&self, rules: Option<v1::RoomRules>) -> Option<v1::RoomRules> {
        let mut wish = rules.unwrap_or_default();
        let before = wish;
        let visibility = if self.private { Some(VisibilityArg::Private) } else { self.visibility };
        if let Some(visibility) = visibility {
            wish.set_visibility(match visibility {
                VisibilityArg::Public => v1::Visibility::Public,
                VisibilityArg::Private => v1::Visibility::Private,
            });
        }
        if let Some(history) = self.history {
            wish.set_history(match history {
                HistoryArg::All => v1::HistoryRule::All,
                HistoryArg::SinceJoin => v1::HistoryRule::SinceJoin,
            });
        }
        let millis = |pause: Duration| u32::try_from(pause.as_millis()).unwrap_or(u32::MAX);
        wish.members_invite = self.members_invite.unwrap_or(wish.members_invite);
        wish.members_set_topic = self.members_set_topic.unwrap_or(wish.members_set_topic);
        wish.slow_mode_ms = self.slow_mode.map_or(wish.slow_mode_ms, millis);
        wish.cooldown_ms = self.cooldown.map_or(wish.cooldown_ms, millis);
        (wish != before).then_some(wish)
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum VisibilityArg {
    Public,
    Private,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum HistoryArg {
    All,
    SinceJoin,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RoleArg {
    Member,
    Moderator,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LevelArg {
    All,
    Mentions,
    None,
}

/// Who is in a direct room, without oneself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct People(pub(crate) Vec<Name>);

impl std::fmt::Display for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<String> = self.0.iter().map(|name| format!("@{name}")).collect();
        f.write_str(&names.join(","))
    }
}

/// `ann`, `@ann`, `@ann,@bob`.
pub(super) fn parse_people(text: &str) -> Result<People, String> {
    let name = |text: &str| parse_name(text.strip_prefix('@').unwrap_or(text));
    text.split(',').map(name).collect::<Result<_, _>>().map(People)
}

fn parse_pause(text: &str) -> Result<Duration, String> {
    if text == "0" { Ok(Duration::ZERO) } else { parse_span(text) }
}

/// As other durations, and days.
fn parse_span(text: &str) -> Result<Duration, String> {
    match text.strip_suffix('d').map(str::parse::<u32>) {
        Some(Ok(days @ 1..)) => Ok(Duration::from_hours(24 * u64::from(days))),
        _ => parse_duration(text),
    }
}
