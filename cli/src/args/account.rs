//! What is typed about one's own account: sessions, devices, password, status, name.

use std::time::Duration;

use clap::Subcommand;
use parlor_proto::ids::DeviceId;

use super::value::{parse_device, parse_duration};

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// List your sessions, or end some
    Sessions {
        #[command(subcommand)]
        action: Option<SessionsAction>,
    },
    /// List your devices, which sign in without a password, or change them
    Devices {
        #[command(subcommand)]
        action: Option<DevicesAction>,
    },
    /// Set another password; all other sessions end, all other devices are removed
    Passwd {
        /// Read the old and the new password from stdin, a line each (else prompts without echo)
        #[arg(long)]
        password_stdin: bool,
    },
    /// Say something of yourself that others see beside your name
    Status {
        /// At most 256 bytes
        #[arg(required_unless_present = "clear")]
        text: Option<String>,
        /// Until so long from now (30m, 2h)
        #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
        duration: Option<Duration>,
        /// Say nothing any more
        #[arg(long, conflicts_with_all = ["text", "duration"])]
        clear: bool,
    },
    /// Set the name that others see beside your user name; empty: none
    Profile {
        /// What others see; '' for none
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionsAction {
    /// End a session, or all but this one. Its device can sign in again: remove it to keep it out
    End {
        /// As `parlor sessions` lists it
        #[arg(value_name = "SESSION", required_unless_present = "others")]
        session: Option<u64>,
        /// All but this one
        #[arg(long, conflicts_with = "session")]
        others: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DevicesAction {
    /// Give a device another name
    Rename {
        /// As `parlor devices` lists it
        #[arg(value_name = "DEVICE", value_parser = parse_device)]
        device: DeviceId,
        /// What it is called from now on
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Put a device out at once: its sessions end, its key opens nothing
    Remove {
        /// As `parlor devices` lists it
        #[arg(value_name = "DEVICE", value_parser = parse_device)]
        device: DeviceId,
    },
}
