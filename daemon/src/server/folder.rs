//! Where the daemon keeps what it must remember, and who is told where it listens.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::host;
use super::tls::Pin;
use crate::config::Config;

/// In the data folder: what the ready lines say, for commands that run beside the daemon.
const LISTENERS_FILE: &str = "listeners";

/// The data folder; need not exist yet.
pub(crate) fn data_dir(config: &Config) -> Result<PathBuf, Failure> {
    config.top.data_dir.clone().or_else(|| default_data_dir(|name| env::var_os(name))).ok_or_else(
        || {
            Failure::Configuration(
                "no data folder: give --data-dir, or set $STATE_DIRECTORY or $HOME".to_owned(),
            )
        },
    )
}

fn default_data_dir(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    // systemd separates several with colons; ours is the first.
    let state = set("STATE_DIRECTORY").and_then(|dirs| env::split_paths(&dirs).next());
    let absolute = |path: &PathBuf| path.is_absolute();
    state.or_else(|| {
        // A relative one is to be ignored, says the XDG specification.
        let data = set("XDG_DATA_HOME").map(PathBuf::from).filter(absolute);
        let home = || set("HOME").map(|home| PathBuf::from(home).join(".local/share"));
        Some(data.or_else(home)?.join("parlord"))
    })
}

/// Where clients connect: what stands after `ready `.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Places(Vec<String>);

impl Places {
    pub(super) fn new(
        tls: &[SocketAddr],
        bridge: Option<&Path>,
        configured: &str,
        pin: Pin,
    ) -> Self {
        let url = |address: &SocketAddr| {
            let host = host::shown(*address, configured);
            format!("parlor://{host}:{}?pin={pin}", address.port())
        };
        let socket = bridge.map(|path| format!("unix:{}", path.display()));
        Self(tls.iter().map(url).chain(socket).collect())
    }

    /// One line each, for whoever has started us. Nobody need read it.
    pub(super) fn announce(&self, mut out: impl io::Write) {
        let lines: String = self.0.iter().map(|place| format!("ready {place}\n")).collect();
        if let Err(error) = out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
            tracing::debug!(%error, "nobody reads the ready lines");
        }
    }

    pub(super) fn write(&self, dir: &Path) -> io::Result<()> {
        let new = dir.join(format!("{LISTENERS_FILE}.new"));
        let mut file = File::create(&new)?;
        for place in &self.0 {
            writeln!(file, "{place}")?;
        }
        fs::rename(new, dir.join(LISTENERS_FILE))
    }

    /// What the last daemon in this folder wrote; empty if there was none.
    pub(super) fn read(dir: &Path) -> io::Result<Self> {
        match fs::read_to_string(dir.join(LISTENERS_FILE)) {
            Ok(text) => Ok(Self(text.lines().map(str::to_owned).collect())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self(Vec::new())),
            Err(error) => Err(error),
        }
    }

    /// Nobody listens any more.
    pub(super) fn remove(dir: &Path) {
        if let Err(error) = fs::remove_file(dir.join(LISTENERS_FILE)) {
            tracing::debug!(%error, "the list of listeners is gone already");
        }
    }

    /// The URL to give to people: one from beyond this machine if there is one.
    pub(super) fn for_people(&self) -> Option<&str> {
        let urls = || self.0.iter().map(String::as_str).filter(|url| url.starts_with("parlor://"));
        let is_local = |url: &&str| {
            let host = url.trim_start_matches("parlor://");
            ["127.", "[::1]", "localhost"].iter().any(|local| host.starts_with(local))
        };
        urls().find(|url| !is_local(url)).or_else(|| urls().next())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], expect: Option<&str>) {
        let variable = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        };
        assert_eq!(default_data_dir(variable), expect.map(PathBuf::from));
    }

    #[test]
    fn the_data_folder_is_where_the_system_wants_it() {
        let home = ("HOME", "/people/ann");
        check(&[home], Some("/people/ann/.local/share/parlord"));
        check(&[home, ("XDG_DATA_HOME", "/data")], Some("/data/parlord"));
        check(&[home, ("XDG_DATA_HOME", "data")], Some("/people/ann/.local/share/parlord"));
        check(&[home, ("XDG_DATA_HOME", "")], Some("/people/ann/.local/share/parlord"));
        check(&[home, ("STATE_DIRECTORY", "/var/lib/parlord")], Some("/var/lib/parlord"));
        check(&[("STATE_DIRECTORY", "/var/lib/a:/var/lib/b")], Some("/var/lib/a"));
        check(&[], None);
    }

    fn places(tls: &[&str], bridge: Option<&str>) -> Places {
        let tls: Vec<SocketAddr> = tls.iter().map(|address| address.parse().unwrap()).collect();
        Places::new(&tls, bridge.map(Path::new), "", Pin::from([0xab; 32]))
    }

    #[test]
    fn there_is_one_line_for_each_listener() {
        let places = places(&["127.0.0.1:7275", "[::1]:1"], Some("/run/bridge.sock"));
        let mut out = Vec::new();
        places.announce(&mut out);
        let pin = "ab".repeat(32);
        let expect = format!(
            "ready parlor://127.0.0.1:7275?pin=sha256:{pin}\n\
             ready parlor://[::1]:1?pin=sha256:{pin}\n\
             ready unix:/run/bridge.sock\n"
        );
        assert_eq!(String::from_utf8(out).unwrap(), expect);
    }

    #[test]
    fn commands_beside_the_daemon_find_where_it_listens() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Places::read(dir.path()).unwrap().len(), 0);
        let places = places(&["127.0.0.1:7275"], Some("/run/bridge.sock"));
        places.write(dir.path()).unwrap();
        assert_eq!(Places::read(dir.path()).unwrap(), places);
        Places::remove(dir.path());
        assert_eq!(Places::read(dir.path()).unwrap().len(), 0);
    }

    #[test]
    fn people_are_given_an_address_that_they_can_reach() {
        let check = |tls: &[&str], expect: Option<&str>| {
            let places = places(tls, Some("/run/bridge.sock"));
            let host = places.for_people().map(|url| url.split('?').next().unwrap().to_owned());
            assert_eq!(host.as_deref(), expect);
        };
        check(&["127.0.0.1:1", "192.0.2.7:2"], Some("parlor://192.0.2.7:2"));
        check(&["[::1]:1", "127.0.0.1:2"], Some("parlor://[::1]:1"));
        check(&[], None);
    }
}
