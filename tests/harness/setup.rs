//! How a daemon is to be started: configuration, arguments, environment.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::process::{Process, binary};

/// No limits on how often: tests hurry, and all come from one address.
const UNHURRIED: &str = r#"
limits.connections_per_address = 4096
limits.connect_per_second = "off"
limits.login_per_minute = "off"
limits.rooms_per_minute = "off"
search.per_minute = "off"
limits.joins_per_minute = "off"
limits.invitations_per_minute = "off"
limits.room_changes_per_second = "off"
limits.lists_per_second = "off"
limits.syncs_per_second = "off"
limits.account_changes_per_minute = "off"
send.changes_per_second = "off"
limits.register_per_hour = "off"
limits.register_per_ten_minutes = "off"
limits.requests_per_second = "off"
limits.pages_per_second = "off"
send.per_second = "off"
send.kib_per_second = "off"
send.marks_per_second = "off"
"#;

/// How a daemon is to be started.
#[derive(Clone, Debug)]
pub struct Setup {
    pub(super) config: String,
    pub(super) arguments: Vec<String>,
    pub(super) environment: Vec<(String, String)>,
    pub(super) registration: Option<String>,
    pub(super) bridge_socket: bool,
    pub(super) default_listener: bool,
    pub(super) wrapper: Vec<String>,
    pub(super) data: Option<PathBuf>,
    pub(super) names_data: bool,
    pub(super) config_file: Option<PathBuf>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            config: String::new(),
            arguments: Vec::new(),
            environment: Vec::new(),
            registration: Some("open".to_owned()),
            bridge_socket: false,
            default_listener: true,
            wrapper: Vec::new(),
            data: None,
            names_data: true,
            config_file: None,
        }
    }
}

impl Setup {
    /// Registration open, one TLS listener, no bridge socket, no limits on how often.
    #[must_use]
    pub fn new() -> Self {
        Self::default().config(UNHURRIED)
    }

    /// As an operator has it who configures nothing.
    #[must_use]
    pub fn untouched() -> Self {
        Self { registration: None, ..Self::default() }
    }

    /// Adds lines to the configuration file.
    #[must_use]
    pub fn config(mut self, toml: &str) -> Self {
        writeln!(self.config, "{toml}").unwrap();
        self
    }

    /// Replaces what the configuration file says so far.
    #[must_use]
    pub fn only_config(mut self, toml: &str) -> Self {
        toml.clone_into(&mut self.config);
        self
    }

    /// Adds an argument.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Leaves it to the daemon, or says who may register.
    #[must_use]
    pub fn registration(mut self, mode: Option<&str>) -> Self {
        self.registration = mode.map(str::to_owned);
        self
    }

    /// Opens the socket for bridges too.
    #[must_use]
    pub fn bridge_socket(mut self) -> Self {
        self.bridge_socket = true;
        self
    }

    /// Does not say where to listen.
    #[must_use]
    pub fn no_listener(mut self) -> Self {
        self.default_listener = false;
        self
    }

    /// Runs the daemon under another command: a tracer, a limit.
    #[must_use]
    pub fn under(mut self, wrapper: &[&str]) -> Self {
        self.wrapper = wrapper.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// Keeps the data in a given folder: on a disk that can be filled.
    #[must_use]
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self
    }

    /// Names another configuration file, which the harness does not write.
    #[must_use]
    pub fn config_file(mut self, file: &Path) -> Self {
        self.config_file = Some(file.to_owned());
        self
    }

    /// Does not say where the data is kept.
    #[must_use]
    pub fn no_data(mut self) -> Self {
        self.names_data = false;
        self
    }

    /// Starts it without waiting for anything: for those that are to refuse.
    #[must_use]
    pub fn spawn(&self, folder: &Path, port: u16) -> Process {
        Process::spawn("parlord", self.command(folder, port), &folder.join("parlord.log"))
    }

    fn command(&self, folder: &Path, port: u16) -> Command {
        let daemon = binary("test-parlord").into_os_string();
        let mut words = self.wrapper.iter().map(Into::into).chain([daemon]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words);
        let config_file = self.config_file.clone().unwrap_or_else(|| {
            let file = folder.join("parlord.toml");
            fs::write(&file, &self.config).unwrap();
            file
        });
        command.arg("--config").arg(config_file);
        if self.names_data {
            let data = self.data.clone().unwrap_or_else(|| folder.join("data"));
            command.arg("--data-dir").arg(data);
        }
        if self.default_listener {
            command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        }
        if self.bridge_socket {
            let socket = folder.join("bridge.sock");
            command.arg("--bridge-listen").arg(format!("unix:{}", socket.display()));
        }
        if let Some(mode) = &self.registration {
            command.args(["--registration", mode]);
        }
        command.args(&self.arguments);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("RUST_BACKTRACE", "1").env("HOME", folder);
        command.envs(self.environment.iter().cloned());
        command.current_dir(folder);
        command
    }
}
