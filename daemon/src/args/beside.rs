//! Commands of the daemon's own that whoever may read its data folder runs beside it.

use clap::Subcommand;
use parlor_proto::name::Name;

use crate::server::AdminWish;

#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Make somebody an administrator.
    Grant {
        /// The user's name.
        #[arg(value_parser = user)]
        user: Name,
    },
    /// Make somebody an administrator no more.
    Revoke {
        /// The user's name.
        #[arg(value_parser = user)]
        user: Name,
    },
    /// Print a one-time code for `parlor passwd --reset`, for somebody who has lost the password.
    ResetCode {
        /// The user's name.
        #[arg(value_parser = user)]
        user: Name,
    },
    /// Print the names of all administrators.
    List,
}

#[derive(Debug, Subcommand)]
pub(super) enum Audit {
    /// Say whether an entry was changed or cut out.
    Verify,
}

impl From<&Admin> for AdminWish {
    fn from(admin: &Admin) -> Self {
        match admin {
            Admin::Grant { user } => Self::Grant(user.clone()),
            Admin::Revoke { user } => Self::Revoke(user.clone()),
            Admin::ResetCode { user } => Self::ResetCode(user.clone()),
            Admin::List => Self::List,
        }
    }
}

fn user(text: &str) -> Result<Name, String> {
    Name::parse(text).map_err(|bad| bad.to_string())
}
