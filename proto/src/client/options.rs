//! What a client is told before it connects, and what it holds once somebody is signed in.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroize as _;

use super::{Connector, DeviceKey, ServerUrl, Trust};
use crate::ids::{Epoch, RoomId, Seq, SessionId};
use crate::limits::TOKEN_BYTES;
use crate::v1;

/// How long a connection may take from the first packet until somebody is signed in.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Where to connect, whom to trust, and how to behave.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the server is.
    pub server: ServerUrl,
    /// Which certificates are believed.
    pub trust: Trust,
    /// The program, for the server's logs: `parlor`.
    pub client_name: String,
    /// Its version.
    pub client_version: String,
    /// What people see of where somebody is: `laptop`.
    pub device: String,
    /// The session's timeout that is asked for; zero: the server's default.
    pub session_timeout: Duration,
    /// A program asks and nobody is at the keys, until [`Client::set_activity`] says otherwise:
    /// nobody becomes online by it.
    ///
    /// [`Client::set_activity`]: super::Client::set_activity
    pub idle: bool,
    /// From the first packet until somebody is signed in.
    pub connect_timeout: Duration,
    /// Come back by itself when the connection is lost. The first attempt is made only once
    /// either way.
    pub reconnect: bool,
    /// By `http://` and `https://`, where calls are answered and nothing is pushed: follow the
    /// rooms that are asked for, as server-sent events. Others always do.
    pub follows: bool,
    /// The key of this installation: when the session has ended, by silence or while nobody was
    /// connected, a new one is opened with it, and everything goes on where it was.
    pub device_key: Option<DeviceKey>,
    /// Makes connections in place of [`server`](Self::server) and [`trust`](Self::trust), which
    /// then are only words in messages.
    pub connector: Option<Connector>,
    /// Allow `ws://`, which hides nothing from the network, beyond loopback.
    pub allow_insecure_ws: bool,
}

impl Options {
    /// The usual behavior: stays connected, comes back, default timeouts.
    #[must_use]
    pub fn new(server: ServerUrl, trust: Trust) -> Self {
        Self {
            server,
            trust,
            client_name: env!("CARGO_PKG_NAME").to_owned(),
            client_version: env!("CARGO_PKG_VERSION").to_owned(),
            device: String::new(),
            session_timeout: Duration::ZERO,
            idle: false,
            connect_timeout: CONNECT_TIMEOUT,
            reconnect: true,
            follows: false,
            device_key: None,
            connector: None,
            allow_insecure_ws: false,
        }
    }
}

/// As whom to connect.
#[derive(Clone)]
pub enum SignIn {
    /// As nobody: only `hello` is said.
    Nobody,
    /// Makes an account.
    Register {
        /// The name wished for.
        user_name: String,
        /// The password to be.
        password: String,
        /// The secret of an invite; may be empty.
        invite: String,
    },
    /// Opens a new session.
    Login {
        /// Whose account.
        user_name: String,
        /// Its password.
        password: String,
    },
    /// Opens a new session of a bot.
    Token {
        /// The API token.
        api_token: String,
    },
    /// Sets a new password with a one-time code, and opens a new session.
    Reset {
        /// Whose account.
        user_name: String,
        /// From an administrator.
        code: String,
        /// The password to be.
        new_password: String,
    },
    /// Opens a new session with [`Options::device_key`].
    Device,
    /// Attaches to a session that is alive.
    Resume {
        /// The session's token.
        token: Token,
    },
}

// Passwords never reach a log.
impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("Nobody"),
            Self::Register { user_name, .. } => write!(f, "Register({user_name:?})"),
            Self::Login { user_name, .. } => write!(f, "Login({user_name:?})"),
            Self::Token { .. } => f.write_str("Token"),
            Self::Reset { user_name, .. } => write!(f, "Reset({user_name:?})"),
            Self::Device => f.write_str("Device"),
            Self::Resume { .. } => f.write_str("Resume"),
        }
    }
}

/// The secret of a session. Shown to nobody, wiped when dropped.
#[derive(Clone, Eq, PartialEq)]
pub struct Token([u8; TOKEN_BYTES]);

impl Token {
    /// The secret itself, to be stored where only its owner can read.
    #[must_use]
    pub fn expose(&self) -> &[u8; TOKEN_BYTES] {
        &self.0
    }
}

impl From<[u8; TOKEN_BYTES]> for Token {
    fn from(bytes: [u8; TOKEN_BYTES]) -> Self {
        Self(bytes)
    }
}

impl TryFrom<&[u8]> for Token {
    type Error = std::array::TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// The session that this connection is attached to.
    pub session_id: SessionId,
    /// Whose it is.
    pub user: v1::User,
    /// Opens further connections to the same session.
    pub token: Token,
    /// What the server granted.
    pub session_timeout: Duration,
}

/// What to be told of.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SyncPlan {
    /// The last seq processed in each room; rooms without one begin after their head.
    pub cursors: Vec<(RoomId, Seq)>,
    /// Only these rooms; empty: all.
    pub rooms: Vec<RoomId>,
    /// Whether presence is wanted.
    pub presence: bool,
    /// The epoch that the cursors belong to; `None`: the one that the server told in `hello`.
    pub epoch: Option<Epoch>,
}
