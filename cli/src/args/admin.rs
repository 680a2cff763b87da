//! What is typed about the server as a whole: administration, invites, bots.

use std::time::Duration;

use clap::Subcommand;
use parlor_proto::name::Name;

use super::{Who, parse_duration, parse_name};

#[derive(Debug, Subcommand)]
pub(crate) enum ServerCommand {
    /// Manage the server: for its administrators
    #[command(subcommand)]
    Admin(Admin),
    /// Invite people to the server
    #[command(subcommand)]
    Invites(Invites),
    /// Manage accounts of programs, which belong to you
    #[command(subcommand)]
    Bot(Bot),
    /// Set a new password with a one-time code from an administrator, and sign in
    ResetPassword {
        #[command(flatten)]
        who: Who,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Become the first administrator, with the code that a fresh server logs
    Claim {
        /// As the server's log has it
        #[arg(value_name = "CODE")]
        code: String,
    },
    /// List all accounts
    Users,
    /// End somebody's sessions and let nobody sign in to the account
    Suspend {
        /// Who: the name of the account
        #[arg(value_name = "USER", value_parser = parse_name)]
        user: Name,
    },
    /// Let somebody sign in again
    Restore {
        /// Who: the name of the account
        #[arg(value_name = "USER", value_parser = parse_name)]
        user: Name,
    },
    /// Make somebody an administrator, or one no more
    Role {
        /// Who: the name of the account
        #[arg(value_name = "USER", value_parser = parse_name)]
        user: Name,
        /// What they are from now on
        #[arg(value_name = "ROLE")]
        role: RoleArg,
    },
    /// Print a one-time code for `parlor reset-password`
    ResetCode {
        /// Who: the name of the account
        #[arg(value_name = "USER", value_parser = parse_name)]
        user: Name,
    },
    /// End all sessions of somebody
    EndSessions {
        /// Who: the name of the account
        #[arg(value_name = "USER", value_parser = parse_name)]
        user: Name,
    },
    /// Show who did what that matters for security, the newest last
    Audit {
        /// How many
        #[arg(short = 'n', value_name = "N", default_value_t = super::ROWS,
              value_parser = clap::value_parser!(u32).range(1..=AUDIT_ROWS_MAX))]
        rows: u32,
        /// Only what came before this entry
        #[arg(long, value_name = "ENTRY", default_value_t = 0, hide_default_value = true)]
        before: u64,
    },
}

/// What is held in memory, to be shown in order.
const AUDIT_ROWS_MAX: i64 = 10_000;

/// What somebody may do on the whole server.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum RoleArg {
    Admin,
    User,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Invites {
    /// Print a URL with which somebody can register: `parlor register --invite URL`
    Create {
        /// Accounts that can be made with it
        #[arg(long, value_name = "N", default_value_t = 1,
              value_parser = clap::value_parser!(u32).range(1..))]
        uses: u32,
        /// How long it is good for
        #[arg(long, value_name = "DURATION", default_value = "72h", value_parser = parse_duration)]
        expires: Duration,
    },
    /// List the invites that hold: your own, or all if you are an administrator
    List,
    /// Take an invite back
    Revoke {
        /// As the list has it
        #[arg(value_name = "INVITE")]
        invite: u64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bot {
    /// Make an account for a program and print its API token, once
    Create {
        /// The bot's account: 2 to 32 characters out of a-z, 0-9, '.', '_', '-'
        #[arg(value_name = "NAME", value_parser = parse_name)]
        name: Name,
        /// What people see beside the name
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        display_name: String,
        /// What the token is called
        #[arg(long, value_name = "LABEL", default_value = "first")]
        token: String,
    },
    /// List your bots and their tokens, or all if you are an administrator
    List,
    /// Print one more API token of a bot, once
    Token {
        /// As the list has it
        #[arg(value_name = "BOT", value_parser = parse_name)]
        bot: Name,
        /// What the token is called
        #[arg(long, value_name = "LABEL", default_value = "", hide_default_value = true)]
        name: String,
    },
    /// Void an API token; the sessions that it opened end
    Revoke {
        /// As the list has it
        #[arg(value_name = "TOKEN")]
        token: u64,
    },
}
