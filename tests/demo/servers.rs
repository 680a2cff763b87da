//! The daemon and the bridge, as somebody would start them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// Longer than anything takes, on a slow machine that is busy with something else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The real `main.rs` of each process, which Cargo has just built.
pub(crate) fn binary(name: &str) -> PathBuf {
    match name {
        "parlord" => env!("CARGO_BIN_EXE_test-parlord"),
        "parlor-bridge" => env!("CARGO_BIN_EXE_test-parlor-bridge"),
        _ => env!("CARGO_BIN_EXE_test-parlor"),
    }
    .into()
}

/// Both, running.
pub(crate) struct Servers {
    daemon: Server,
    bridge: Server,
}

struct Server {
    name: &'static str,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    url: String,
    log: PathBuf,
}

impl Servers {
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let data = folder.join("data");
        let socket = format!("unix:{}", folder.join("bridge.sock").display());
        let mut daemon = Command::new(binary("parlord"));
        daemon.arg("--data-dir").arg(&data).args(["--listen", "127.0.0.1:0"]);
        daemon.args(["--bridge-listen", &socket, "--registration", "open"]);
        let mut daemon = Server::spawn("parlord", daemon, folder)?;
        daemon.until_ready("parlor://", 2).await?;

        let mut bridge = Command::new(binary("parlor-bridge"));
        bridge.args(["--upstream", &socket, "--listen", "127.0.0.1:0"]);
        let mut bridge = Server::spawn("parlor-bridge", bridge, folder)?;
        bridge.until_ready("ws://", 1).await?;
        Ok(Self { daemon, bridge })
    }

    pub(crate) fn daemon_url(&self) -> &str {
        &self.daemon.url
    }

    pub(crate) fn bridge_url(&self) -> &str {
        &self.bridge.url
    }

    /// Waits until one of them has ended, which nobody has asked for.
    pub(crate) async fn ended(&mut self) -> Result<()> {
        tokio::select! {
            ended = self.daemon.child.wait() => bail!("parlord has ended: {}", ended?),
            ended = self.bridge.child.wait() => bail!("parlor-bridge has ended: {}", ended?),
        }
    }

    /// Asks both to stop, and waits. The bridge goes first, so that it can say why.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        self.bridge.stop().await?;
        self.daemon.stop().await
    }

    pub(crate) fn show_logs(&self) {
        for Server { name, log, .. } in [&self.daemon, &self.bridge] {
            let text = fs::read_to_string(log).unwrap_or_default();
            eprintln!("\n--- log of {name} ---\n{text}");
        }
    }
}

impl Server {
    fn spawn(name: &'static str, mut command: Command, folder: &Path) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log)?);
        // Ctrl-C is for the demo, which stops the others in order.
        command.process_group(0).kill_on_drop(true).current_dir(folder);
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("PARLOR") {
                command.env_remove(variable);
            }
        }
        let mut child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        Ok(Self { name, child, lines: BufReader::new(stdout).lines(), url: String::new(), log })
    }

    /// Reads the lines that say `ready`, and keeps the URL among them.
    async fn until_ready(&mut self, scheme: &str, lines: usize) -> Result<()> {
        for _ in 0..lines {
            let line = timeout(PATIENCE, self.lines.next_line()).await;
            let line = line.with_context(|| format!("{} does not become ready", self.name))??;
            let Some(place) = line.as_deref().and_then(|line| line.strip_prefix("ready ")) else {
                let log = fs::read_to_string(&self.log).unwrap_or_default();
                bail!("{} is not ready: {line:?}\n{log}", self.name);
            };
            if place.starts_with(scheme) {
                place.clone_into(&mut self.url);
            }
        }
        Ok(())
    }

    async fn stop(&mut self) -> Result<()> {
        let Some(pid) = self.child.id() else { return Ok(()) };
        if let Some(pid) = Pid::from_raw(i32::try_from(pid)?) {
            kill_process(pid, Signal::TERM)?;
        }
        let ended = timeout(PATIENCE, self.child.wait()).await;
        let status = ended.with_context(|| format!("{} does not stop", self.name))??;
        if !status.success() {
            bail!("{} has stopped with an error: {status}", self.name);
        }
        Ok(())
    }
}
