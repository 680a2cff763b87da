//! A daemon: the real binary, on a free port, with a folder of its own.

use std::fs;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use parlor_proto::client::ServerUrl;
use tempfile::TempDir;
use tokio::process::Command;

use crate::port::free_port;
use crate::process::{Process, Signal, binary};
use crate::setup::Setup;

/// How every file of SQLite begins.
const SQLITE_MAGIC: &[u8; 15] = b"SQLite format 3";

/// A running daemon.
#[derive(Debug)]
pub struct Daemon {
    // Before the folder, which holds its log.
    process: Process,
    setup: Setup,
    folder: TempDir,
    port: u16,
    ready: Vec<String>,
}

impl Daemon {
    /// A daemon as most tests want it.
    pub async fn start() -> Self {
        Self::with(Setup::new()).await
    }

    /// Starts a daemon and waits until it serves.
    pub async fn with(setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let process = setup.spawn(folder.path(), port);
        let mut daemon = Self { setup, folder, port, process, ready: Vec::new() };
        daemon.wait_until_ready().await;
        daemon
    }

    /// How to reach it over TLS, pin included.
    #[must_use]
    pub fn url(&self) -> ServerUrl {
        let line = self.ready.iter().find(|line| line.starts_with("parlor://")).unwrap();
        line.parse().unwrap()
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The socket for bridges.
    #[must_use]
    pub fn bridge_socket(&self) -> PathBuf {
        self.folder.path().join("bridge.sock")
    }

    /// What it printed when it began to serve, without `ready `.
    #[must_use]
    pub fn ready(&self) -> &[String] {
        &self.ready
    }

    /// Its throw-away folder, which holds `parlord.toml`, `parlord.log` and `data`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where its database and certificate are.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.setup.data.clone().unwrap_or_else(|| self.folder().join("data"))
    }

    /// The database's file, which is not that of the search index.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        let files = fs::read_dir(self.data()).unwrap().map(|entry| entry.unwrap().path());
        let is_database = |path: &PathBuf| {
            let mut head = [0; SQLITE_MAGIC.len()];
            let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
            let is_index = path.file_name().is_some_and(|name| name == "search.db");
            read.is_ok() && head == *SQLITE_MAGIC && !is_index
        };
        files.into_iter().find(is_database).unwrap()
    }

    /// The process itself.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// The process's number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Everything it has logged, over restarts.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Waits for a piece of text in the log.
    pub async fn logged(&self, text: &str) {
        self.process.logged(text).await;
    }

    /// Kills it without a warning.
    pub async fn kill9(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.exit().await;
    }

    /// Asks it to stop, and waits until it has.
    pub async fn term(&mut self) -> ExitStatus {
        self.process.signal(Signal::TERM);
        self.process.exit().await
    }

    /// Asks it to read configuration and certificates again.
    pub fn hup(&self) {
        self.process.signal(Signal::HUP);
    }

    /// Writes another configuration file; takes effect at the next reload or start.
    pub fn write_config(&mut self, toml: &str) {
        toml.clone_into(&mut self.setup.config);
        fs::write(self.folder().join("parlord.toml"), toml).unwrap();
    }

    /// Starts it again on the same port and folder, after it has ended.
    pub async fn restart(&mut self) {
        assert!(self.process.has_ended(), "stop it first");
        self.process = self.setup.spawn(self.folder.path(), self.port);
        self.wait_until_ready().await;
    }

    /// Runs one of the daemon's own commands beside it: `invite`.
    pub async fn command(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = Command::new(binary("test-parlord"));
        command.arg("--config").arg(self.folder().join("parlord.toml"));
        command.arg("--data-dir").arg(self.data()).args(arguments).kill_on_drop(true);
        crate::within("a command of the daemon", command.output()).await.unwrap()
    }

    async fn wait_until_ready(&mut self) {
        self.ready.clear();
        let expected = usize::from(self.setup.default_listener)
            + usize::from(self.setup.bridge_socket)
            + self.setup.arguments.iter().filter(|word| *word == "--listen").count();
        while self.ready.len() < expected.max(1) {
            let Some(line) = self.process.line().await else {
                let status = self.process.exit().await;
                panic!("the daemon has ended instead of serving: {status}");
            };
            let Some(place) = line.strip_prefix("ready ") else { panic!("not ready: {line}") };
            self.ready.push(place.to_owned());
        }
    }
}
