//! A bridge: the real binary, in front of a daemon.

use std::path::Path;
use std::process::ExitStatus;

use parlor_proto::client::ServerUrl;
use tempfile::TempDir;
use tokio::process::Command;

use crate::daemon::Daemon;
use crate::port::free_port;
use crate::process::{Process, Signal, binary};

/// Which door of the daemon the bridge uses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Upstream {
    /// The socket for bridges, which tells the daemon who the client is.
    Unix,
    /// TLS, like any client.
    Tls,
}

/// A running bridge.
#[derive(Debug)]
pub struct Bridge {
    // Before the folder, which holds its log.
    process: Process,
    arguments: Vec<String>,
    folder: TempDir,
    ready: String,
}

impl Bridge {
    /// A bridge in front of a daemon, without TLS of its own.
    pub async fn start(daemon: &Daemon, upstream: Upstream) -> Self {
        let upstream = match upstream {
            Upstream::Unix => format!("unix:{}", daemon.bridge_socket().display()),
            Upstream::Tls => daemon.url().to_string(),
        };
        Self::with(&["--upstream", &upstream]).await
    }

    /// The same, which also delivers what happens in rooms, to this machine.
    pub async fn start_delivering(daemon: &Daemon) -> Self {
        let socket = daemon.bridge_socket();
        let state = socket.with_file_name("bridge-state");
        std::fs::create_dir(&state).unwrap();
        let upstream = format!("unix:{}", socket.display());
        let state = state.to_str().unwrap();
        let arguments = ["--upstream", &upstream, "--state-dir", state];
        Self::with(&[&arguments[..], &["--hooks-allow", "127.0.0.0/8"]].concat()).await
    }

    /// Starts a bridge with these arguments on a free port and waits until it serves.
    pub async fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        arguments.extend(["--listen".to_owned(), format!("127.0.0.1:{}", free_port())]);
        let process = spawn(&arguments, &folder);
        let mut bridge = Self { arguments, folder, process, ready: String::new() };
        bridge.wait_until_ready().await;
        bridge
    }

    /// Starts a bridge with these arguments and waits for nothing: for those that are to refuse.
    #[must_use]
    pub fn spawn(arguments: &[&str], folder: &Path) -> Process {
        let mut command = Command::new(binary("test-parlor-bridge"));
        command.args(arguments).env_clear();
        Process::spawn("parlor-bridge", command, &folder.join("bridge.log"))
    }

    /// How to reach it.
    #[must_use]
    pub fn url(&self) -> ServerUrl {
        self.ready.parse().unwrap()
    }

    /// `host:port`, for plain HTTP.
    #[must_use]
    pub fn authority(&self) -> String {
        let url = self.url();
        format!("{}:{}", url.host, url.port)
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

    /// The process itself.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Asks it to stop, and waits until it has.
    pub async fn term(&mut self) -> ExitStatus {
        self.process.signal(Signal::TERM);
        self.process.exit().await
    }

    /// Kills it without a warning.
    pub async fn kill9(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.exit().await;
    }

    /// Starts it again on the same port, after it has ended.
    pub async fn restart(&mut self) {
        assert!(self.process.has_ended(), "stop it first");
        self.process = spawn(&self.arguments, &self.folder);
        self.wait_until_ready().await;
    }

    async fn wait_until_ready(&mut self) {
        let Some(line) = self.process.line().await else {
            let status = self.process.exit().await;
            panic!("the bridge has ended instead of serving: {status}");
        };
        let Some(place) = line.strip_prefix("ready ") else { panic!("not ready: {line}") };
        place.clone_into(&mut self.ready);
    }
}

fn spawn(arguments: &[String], folder: &TempDir) -> Process {
    let mut command = Command::new(binary("test-parlor-bridge"));
    command.args(arguments).env_clear().env("RUST_BACKTRACE", "1").current_dir(folder.path());
    Process::spawn("parlor-bridge", command, &folder.path().join("bridge.log"))
}
