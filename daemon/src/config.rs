//! What the operator wants: defaults, then a file, then the environment, then flags. Nothing in
//! here looks at the network or makes a file.

mod check;
mod duration;
mod settings;
mod source;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

pub(crate) use self::duration::parse_duration;
pub(crate) use self::settings::{Config, KEYS, Key, Listen, Tls};
#[cfg(test)]
pub(crate) use self::value::UnixPath;
pub(crate) use self::value::{InvitesBy, LocalAddress, Rate, Registration};

/// Where a value was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    File { path: PathBuf, line: usize },
    Environment(String),
    Flag(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Line 0: the file as a whole.
            Self::File { path, line: 0 } => write!(f, "{}", path.display()),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "${name}"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A configuration that cannot be used: where, and why.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{place}: {reason}")]
pub(crate) struct Mistake {
    pub(crate) place: Place,
    pub(crate) reason: String,
}

/// Where to look for settings; a later one wins over an earlier one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// `None`: no file, which is well.
    pub(crate) file: Option<PathBuf>,
    /// Variables that begin with `PARLORD_`.
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) flags: Vec<Flag>,
}

/// A setting that was given as a flag.
#[derive(Clone, Debug)]
pub(crate) struct Flag {
    pub(crate) name: &'static str,
    /// As in [`Key::path`].
    pub(crate) key: &'static str,
    pub(crate) value: String,
}

/// A configuration and where each of its values comes from, if not by default.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    places: BTreeMap<Key, Place>,
    /// Variables that look like ours and are not, for a warning.
    pub(crate) strangers: Vec<String>,
}

impl Sources {
    /// Reads everything, and checks what hangs together.
    pub(crate) fn load(&self) -> Result<Loaded, Mistake> {
        let mut loaded =
            Loaded { config: Config::default(), places: BTreeMap::new(), strangers: Vec::new() };
        if let Some(path) = &self.file {
            source::read_file(&mut loaded, path)?;
        }
        source::read_environment(&mut loaded, &self.environment)?;
        source::read_flags(&mut loaded, &self.flags)?;
        check::check(&loaded)?;
        Ok(loaded)
    }
}

impl Config {
    /// The whole configuration as a file that gives the same again.
    pub(crate) fn print(&self) -> String {
        let mut text = String::new();
        let mut section = settings::TOP;
        for key in KEYS {
            if !text.is_empty() {
                text.push('\n');
            }
            if key.section != section {
                section = key.section;
                text += &format!("[{section}]\n");
            }
            for line in key.reason.split_inclusive(". ").map(str::trim) {
                text += &format!("# {line}\n");
            }
            text += &format!("{} = {}\n", key.name, self.show(*key));
        }
        text
    }

    /// The settings in which two configurations differ.
    pub(crate) fn differences(&self, other: &Self) -> Vec<Key> {
        KEYS.iter().copied().filter(|key| self.show(*key) != other.show(*key)).collect()
    }
}

impl Key {
    /// `section.name`, or only the name above the first section.
    pub(crate) fn path(&self) -> String {
        match self.section {
            settings::TOP => self.name.to_owned(),
            section => format!("{section}.{}", self.name),
        }
    }

    /// The variable of the environment that sets it.
    pub(crate) fn variable(&self) -> String {
        format!("PARLORD_{}", self.path().replace('.', "_").to_uppercase())
    }

    /// The key with this path; `None` if there is none.
    fn find(path: &str) -> Option<Self> {
        KEYS.iter().copied().find(|key| key.path() == path)
    }
}

/// Every setting that there is, as `section.name`: what the operator's page must name.
pub fn config_keys() -> impl Iterator<Item = String> {
    KEYS.iter().map(Key::path)
}

#[cfg(test)]
mod tests;
