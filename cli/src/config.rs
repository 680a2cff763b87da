//! What was typed, together with the environment, the configuration file and what is
//! remembered, made into what it means. Looks at the world once, before anything else happens.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ColorChoice;
use etcetera::base_strategy::{BaseStrategy as _, Xdg};
use parlor_proto::client::{DeviceKey, Pin, ServerUrl, Transport, Trust};
use parlor_proto::limits::LABEL_BYTES_MAX;
use parlor_proto::name::Name;
use serde::Deserialize;

use crate::args::Global;
use crate::failure::{Exit, Failure, Result};
use crate::profile::{self, Profile, Store};

const PROFILE: &str = "default";

/// What a person may write into `$XDG_CONFIG_HOME/parlor/config.toml`. Flags and environment
/// are stronger.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct File {
    /// The profile to use.
    profile: Option<String>,
    /// The server of profiles that remember none.
    server: Option<String>,
    /// What others see of where you are.
    device: Option<String>,
    color: Option<ColorWhen>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ColorWhen {
    Auto,
    Always,
    Never,
}

/// Whom to talk to, as whom, and whom to trust.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) profile_name: Name,
    pub(crate) profile: Option<Profile>,
    pub(crate) store: Store,
    /// The server of this command; `None` if nothing names one.
    pub(crate) server: Option<ServerUrl>,
    /// Whether the server was named for this command, and not remembered.
    pub(crate) server_named: bool,
    /// As given with this command.
    pub(crate) pin: Option<Pin>,
    /// As given with this command.
    pub(crate) ca: Option<PathBuf>,
    pub(crate) insecure: bool,
    pub(crate) device: String,
    /// The key that signs in at this server without a password.
    pub(crate) device_key: Option<DeviceKey>,
    /// Whether signing in makes this installation a device.
    pub(crate) enrolls: bool,
    pub(crate) color: ColorChoice,
}

/// Whom a command believes to be the server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Belief {
    /// Who shows the key that was named for this command.
    Given(Pin),
    /// Whom these authorities vouch for.
    Authorities(PathBuf),
    /// Who shows the key that was trusted before.
    Stored(Pin),
    /// Whom the system trusts; others, a person may be asked about.
    System,
}

impl From<&Belief> for Trust {
    fn from(belief: &Belief) -> Self {
        let (mut pins, mut ca, mut system_roots) = (Vec::new(), None, false);
        match belief {
            Belief::Given(pin) | Belief::Stored(pin) => pins.push(*pin),
            Belief::Authorities(path) => ca = Some(path.clone()),
            Belief::System => system_roots = true,
        }
        Self { pins, ca, system_roots }
    }
}

impl Config {
    /// Reads the configuration and the profile.
    pub(crate) fn load(global: &Global) -> Result<Self> {
        let folders = Xdg::new().map_err(|error| {
            Failure::new(Exit::Failure, format!("no home folder: {error}"))
                .hint("set HOME to your home folder")
        })?;
        let state = folders.state_dir().unwrap_or_else(|| folders.home_dir().join(".local/state"));
        let file = File::read(&folders.config_dir().join("parlor/config.toml"))?;
        Self::new(global, file, Store::new(state.join("parlor")))
    }

    fn new(global: &Global, file: File, store: Store) -> Result<Self> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let named = given(&global.profile).or(file.profile);
        let profile_name = Name::parse(named.as_deref().unwrap_or(PROFILE)).map_err(|why| {
            let name = named.unwrap_or_default();
            Failure::usage(format!("no name for a profile: {name:?}: {why}"))
        })?;
        let profile = store.profile(&profile_name)?;
        let named = given(&global.server);
        let server_named = named.is_some();
        let remembered = profile.as_ref().map(|profile| profile.server.clone());
        let server = named.or(remembered).or(file.server);
        let server = server.map(|url| url.parse::<ServerUrl>()).transpose()?;
        let device_key = match &server {
            Some(server) => store.device_key(&profile_name, &address(server))?,
            None => None,
        };
        Ok(Self {
            device_key,
            enrolls: true,
            profile_name,
            profile,
            store,
            server,
            server_named,
            pin: global.pin,
            ca: global.ca.clone(),
            insecure: global.insecure,
            device: file.device.unwrap_or_else(machine_name),
            color: global
                .color
                .or_else(|| file.color.map(ColorWhen::into))
                .unwrap_or(ColorChoice::Auto),
        })
    }

    /// The server of this command.
    pub(crate) fn server(&self) -> Result<&ServerUrl> {
        self.server.as_ref().ok_or_else(|| {
            Failure::usage("no server is known yet: say which one")
                .hint("parlor --server parlor://HOST login")
        })
    }

    /// Which certificates this command believes: those of `--pin`, `--ca`, the pin in the URL,
    /// what was trusted at sign-in or when asked; else the system decides.
    pub(crate) fn belief(&self) -> Result<Belief> {
        let server = self.server()?;
        let in_url = if self.ca.is_none() { server.pin } else { None };
        if let Some(pin) = self.pin.or(in_url) {
            return match server.transport {
                Transport::Tcp | Transport::Wss | Transport::Https => Ok(Belief::Given(pin)),
                Transport::Ws | Transport::Http => {
                    let why = "without TLS there is no key to compare with the pin";
                    Err(Failure::usage(why))
                }
            };
        }
        if let Some(ca) = self.ca.as_ref().or(self.remembered_ca()?) {
            return Ok(Belief::Authorities(ca.clone()));
        }
        Ok(self.store.pin(server)?.map_or(Belief::System, Belief::Stored))
    }

    fn remembered_ca(&self) -> Result<Option<&PathBuf>> {
        let address = self.address()?;
        let profile = self.profile.as_ref().filter(|profile| profile.server == address);
        Ok(profile.and_then(|profile| profile.ca.as_ref()))
    }

    /// The server without its pin and invite: as it is remembered and shown.
    pub(crate) fn address(&self) -> Result<String> {
        Ok(address(self.server()?))
    }

    /// The profile if it belongs to the server of this command: a token goes nowhere else.
    pub(crate) fn signed_in(&self) -> Result<&Profile> {
        let address = self.address()?;
        let has_way_in = |profile: &&Profile| profile.token.is_some() || self.device_key.is_some();
        let known = self.profile.as_ref().filter(has_way_in);
        known.filter(|profile| profile.server == address).ok_or_else(|| {
            let elsewhere =
                known.map(|profile| format!(": the profile belongs to {}", profile.server));
            let sentence = format!("not signed in at {address}{}", elsewhere.unwrap_or_default());
            Failure::new(Exit::Authentication, sentence).hint(self.login_command())
        })
    }

    /// What to type to sign in (again) where this command wanted to go.
    pub(crate) fn login_command(&self) -> String {
        let mut command = "parlor".to_owned();
        if self.profile_name.as_str() != PROFILE {
            command.push_str(&format!(" --profile {}", self.profile_name));
        }
        if let (true, Ok(address)) = (self.server_named, self.address()) {
            command.push_str(&format!(" --server {}", quoted(&address)));
        }
        command + " login"
    }
}

impl File {
    fn read(path: &Path) -> Result<Self> {
        let Some(text) = profile::read(path)? else { return Ok(Self::default()) };
        toml::from_str(&text).map_err(|error| {
            Failure::usage(format!("{}: {}", path.display(), error.to_string().trim_end()))
        })
    }
}

impl From<ColorWhen> for ColorChoice {
    fn from(when: ColorWhen) -> Self {
        match when {
            ColorWhen::Auto => Self::Auto,
            ColorWhen::Always => Self::Always,
            ColorWhen::Never => Self::Never,
        }
    }
}

/// A server without its pin and invite.
pub(crate) fn address(server: &ServerUrl) -> String {
    ServerUrl { pin: None, invite: None, ..server.clone() }.to_string()
}

/// A word that the shell takes for one.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,[]".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) && !word.contains(['[', ']']) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The words of this command, to be shown.
pub(crate) fn typed() -> impl Iterator<Item = String> {
    env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned())
}

/// The same command once more, with one more option.
pub(crate) fn again(option: &str, words: impl Iterator<Item = String>) -> String {
    let words: Vec<_> = words.map(|word| quoted(&word)).collect();
    format!("parlor {option} {}", words.join(" "))
}

/// This machine's own name, without its domain; empty if it has none.
fn machine_name() -> String {
    let uname = rustix::system::uname();
    let full = uname.nodename().to_string_lossy();
    let name = full.split('.').next().unwrap_or_default();
    name.chars().filter(char::is_ascii_graphic).take(LABEL_BYTES_MAX).collect()
}

/// A path that means the same from any folder.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf> {
    fs::canonicalize(path).map_err(|error| Failure::file(path, error))
}

/// An environment variable that is set to something.
pub(crate) fn variable(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
