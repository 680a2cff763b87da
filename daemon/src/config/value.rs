//! How one setting is read, from a file or from a word on the command line, and shown again.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::duration::{parse_duration, parse_size, show_duration, show_size};

/// What somebody wrote for a setting.
#[derive(Clone, Debug)]
pub(super) enum Given<'a> {
    /// From the environment or a flag: not yet of any type.
    Word(&'a str),
    Text(&'a str),
    Integer(i64),
    Boolean(bool),
    List(Vec<Self>),
    /// Something that no setting is; the word says what.
    Other(&'static str),
}

impl<'a> Given<'a> {
    fn text(&self) -> Result<&'a str, String> {
        match self {
            Self::Word(text) | Self::Text(text) => Ok(text),
            Self::Integer(_) | Self::Boolean(_) | Self::List(_) | Self::Other(_) => {
                Err(self.instead_of("a string"))
            }
        }
    }

    fn instead_of(&self, wanted: &str) -> String {
        let found = match self {
            Self::Word(_) | Self::Text(_) => "a string",
            Self::Integer(_) => "a number",
            Self::List(_) => "a list",
            Self::Boolean(_) => "true or false",
            Self::Other(found) => found,
        };
        format!("must be {wanted}, not {found}")
    }
}

/// Something that can be configured.
pub(super) trait Setting: Sized {
    fn read(given: &Given<'_>) -> Result<Self, String>;

    /// As it would stand in the file.
    fn show(&self) -> String;
}

/// A string as TOML; Rust's own escapes are not TOML's.
fn quote(text: &str) -> String {
    toml::Value::from(text).to_string()
}

impl Setting for String {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        given.text().map(Self::from)
    }

    fn show(&self) -> String {
        quote(self)
    }
}

impl Setting for u32 {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        let refused = |number: &dyn std::fmt::Display| format!("must be a whole number: {number}");
        match given {
            Given::Word(word) => word.parse().map_err(|_| refused(word)),
            Given::Integer(number) => Self::try_from(*number).map_err(|_| refused(number)),
            Given::Text(_) | Given::Boolean(_) | Given::List(_) | Given::Other(_) => {
                Err(given.instead_of("a whole number"))
            }
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for bool {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        match given {
            Given::Boolean(yes) => Ok(*yes),
            Given::Word("true") => Ok(true),
            Given::Word("false") => Ok(false),
            Given::Word(_)
            | Given::Text(_)
            | Given::Integer(_)
            | Given::List(_)
            | Given::Other(_) => Err(given.instead_of("true or false")),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Setting for Duration {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        let wanted = "a length of time such as \"45s\"";
        parse_duration(given.text().map_err(|_| given.instead_of(wanted))?)
    }

    fn show(&self) -> String {
        quote(&show_duration(*self))
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Size(pub(crate) u64);

impl Setting for Size {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        let wanted = "a size such as \"256KiB\"";
        parse_size(given.text().map_err(|_| given.instead_of(wanted))?).map(Self)
    }

    fn show(&self) -> String {
        quote(&show_size(self.0))
    }
}

/// A number, or a word in its place: `None` stands for the word.
fn number_or(word: &str, given: &Given<'_>) -> Result<Option<u32>, String> {
    match given {
        Given::Word(text) | Given::Text(text) if *text == word => Ok(None),
        Given::Word(_) | Given::Integer(_) => u32::read(given).map(Some),
        Given::Text(_) | Given::Boolean(_) | Given::List(_) | Given::Other(_) => {
            Err(given.instead_of(&format!("a whole number or {word:?}")))
        }
    }
}

/// How often something may be done; `None` is "off": as often as anybody likes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Rate(pub(crate) Option<u32>);

impl Setting for Rate {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        number_or("off", given).map(Self)
    }

    fn show(&self) -> String {
        self.0.map_or_else(|| quote("off"), |rate| rate.to_string())
    }
}

/// For how long something is kept; `None` is "forever".
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Keep(pub(crate) Option<Duration>);

impl Setting for Keep {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        let wanted = "a length of time such as \"90d\", or \"forever\"";
        match given.text().map_err(|_| given.instead_of(wanted))? {
            "forever" => Ok(Self(None)),
            text => parse_duration(text).map(|kept| Self(Some(kept))),
        }
    }

    fn show(&self) -> String {
        quote(&self.0.map_or_else(|| "forever".to_owned(), show_duration))
    }
}

/// How many threads; `None` is "auto": by the number of cores.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Threads(pub(crate) Option<u32>);

impl Setting for Threads {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        number_or("auto", given).map(Self)
    }

    fn show(&self) -> String {
        self.0.map_or_else(|| quote("auto"), |threads| threads.to_string())
    }
}

impl Setting for Option<PathBuf> {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        let text = given.text()?;
        Ok((!text.is_empty()).then(|| PathBuf::from(text)))
    }

    fn show(&self) -> String {
        quote(&self.as_deref().unwrap_or_else(|| "".as_ref()).to_string_lossy())
    }
}

impl Setting for Vec<SocketAddr> {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        let address = |text: &str| {
            let hint = "not ADDRESS:PORT with a numeric address, such as 127.0.0.1:7275";
            text.trim().parse().map_err(|_| format!("{hint}: {text:?}"))
        };
        match given {
            Given::Word("") => Ok(Self::new()),
            Given::Word(words) => words.split(',').map(address).collect(),
            Given::List(list) => list
                .iter()
                .map(|one| address(one.text().map_err(|_| one.instead_of("a string"))?))
                .collect(),
            Given::Text(_) | Given::Integer(_) | Given::Boolean(_) | Given::Other(_) => {
                Err(given.instead_of("a list of strings"))
            }
        }
    }

    fn show(&self) -> String {
        let quoted: Vec<String> = self.iter().map(|address| quote(&address.to_string())).collect();
        format!("[{}]", quoted.join(", "))
    }
}

/// A path that is written `unix:PATH`, so that nobody takes it for a host.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UnixPath(pub(crate) Option<PathBuf>);

impl Setting for UnixPath {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        match given.text()? {
            "" => Ok(Self(None)),
            text => match text.strip_prefix("unix:") {
                Some(path) if path.starts_with('/') => Ok(Self(Some(path.into()))),
                Some(path) => Err(format!("needs an absolute path: {path:?}")),
                None => Err(format!("not unix:PATH: {text:?}")),
            },
        }
    }

    fn show(&self) -> String {
        self.0.as_ref().map_or_else(|| quote(""), |path| quote(&format!("unix:{}", path.display())))
    }
}

/// Where only this machine can connect; `None`: nowhere.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Local(pub(crate) Option<LocalAddress>);

/// A socket in the file system, or one on loopback.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum LocalAddress {
    Unix(PathBuf),
    Tcp(SocketAddr),
}

impl Setting for Local {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        let text = given.text()?;
        if text.is_empty() || text.starts_with("unix:") {
            let UnixPath(path) = UnixPath::read(given)?;
            return Ok(Self(path.map(LocalAddress::Unix)));
        }
        let address: SocketAddr = text
            .parse()
            .map_err(|_| format!("neither unix:PATH nor a loopback ADDRESS:PORT: {text:?}"))?;
        if !address.ip().to_canonical().is_loopback() {
            return Err(format!("must be on loopback, or others could read it: {address}"));
        }
        Ok(Self(Some(LocalAddress::Tcp(address))))
    }

    fn show(&self) -> String {
        quote(&match &self.0 {
            None => String::new(),
            Some(LocalAddress::Unix(path)) => format!("unix:{}", path.display()),
            Some(LocalAddress::Tcp(address)) => address.to_string(),
        })
    }
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Registration {
    /// Open while only this machine can connect, else by invite.
    Auto,
    Open,
    Invite,
    Closed,
}

impl Setting for Registration {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        Ok(match given.text()? {
            "auto" => Self::Auto,
            "open" => Self::Open,
            "invite" => Self::Invite,
            "closed" => Self::Closed,
            text => {
                return Err(format!("not \"auto\", \"open\", \"invite\" or \"closed\": {text:?}"));
            }
        })
    }

    fn show(&self) -> String {
        quote(match self {
            Self::Auto => "auto",
            Self::Open => "open",
            Self::Invite => "invite",
            Self::Closed => "closed",
        })
    }
}

/// Who may invite people to the server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum InvitesBy {
    Users,
    Admins,
}

impl Setting for InvitesBy {
    fn read(given: &Given<'_>) -> Result<Self, String> {
        Ok(match given.text()? {
            "users" => Self::Users,
            "admins" => Self::Admins,
            text => return Err(format!("not \"users\" or \"admins\": {text:?}")),
        })
    }

    fn show(&self) -> String {
        quote(match self {
            Self::Users => "users",
            Self::Admins => "admins",
        })
    }
}
