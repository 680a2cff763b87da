//! The client's commands, run as somebody would type them, at home in a throw-away folder.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::process::{Process, binary};
use crate::terminal::Terminal;
use crate::within;

/// Somebody's computer: what one command remembers, the next finds.
#[derive(Debug)]
pub struct Cli {
    home: TempDir,
    server: Option<String>,
}

/// A command that is being put together.
#[derive(Debug)]
#[must_use]
pub struct Run {
    command: Command,
    line: String,
    stdin: Vec<u8>,
    log: PathBuf,
}

/// A command that has ended.
#[derive(Debug)]
pub struct Finished {
    line: String,
    /// What the process would tell a shell; 128 and the signal if it was killed.
    pub code: i32,
    /// Data.
    pub stdout: String,
    /// Talk.
    pub stderr: String,
}

/// A command that goes on: `tail`, `chat`.
pub type Running = Process;

impl Cli {
    /// A computer where `PARLOR_SERVER` names a server.
    #[must_use]
    pub fn new(server: &impl ToString) -> Self {
        Self { home: tempfile::tempdir().unwrap(), server: Some(server.to_string()) }
    }

    /// A computer that knows no server.
    #[must_use]
    pub fn without_server() -> Self {
        Self { home: tempfile::tempdir().unwrap(), server: None }
    }

    /// The home folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A command: `cli.run(&["send", "lobby", "hi"]).success().await`.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let home = self.home.path();
        let mut command = Command::new(binary("test-parlor"));
        command.args(arguments).env_clear().kill_on_drop(true).current_dir(home);
        command.env("HOME", home).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for (name, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "runtime"),
        ] {
            command.env(name, home.join(folder));
        }
        if let Some(server) = &self.server {
            command.env("PARLOR_SERVER", server);
        }
        let line = format!("parlor {}", arguments.join(" "));
        Run { command, line, stdin: Vec::new(), log: home.join("stderr.log") }
    }

    /// Makes an account and stays signed in.
    pub async fn register(&self, user_name: &str, password: &str) -> Finished {
        let run = self.run(&["register", user_name, "--password-stdin"]);
        run.stdin(format!("{password}\n")).success().await
    }
}

impl Run {
    /// What the command reads.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end.
    pub async fn finish(mut self) -> Finished {
        use std::os::unix::process::ExitStatusExt as _;
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let typed = self.stdin;
        let output = within(&self.line, async {
            // A command that does not read its input is no fault.
            let typing = async move {
                let _unread = stdin.write_all(&typed).await.is_err();
            };
            tokio::join!(typing, child.wait_with_output()).1.unwrap()
        })
        .await;
        let status = output.status;
        Finished {
            line: self.line,
            code: status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs it; it must succeed.
    pub async fn success(self) -> Finished {
        self.fails_with(0).await
    }

    /// Runs it; it must end with this code.
    pub async fn fails_with(self, code: i32) -> Finished {
        let finished = self.finish().await;
        assert_eq!(finished.code, code, "{finished:#?}");
        finished
    }

    /// Starts it and lets it go on.
    #[must_use]
    pub fn start(self) -> Running {
        Process::spawn(&self.line, self.command, &self.log)
    }

    /// Starts it before somebody's eyes.
    #[must_use]
    pub fn on_terminal(self) -> Terminal {
        Terminal::start(self.command)
    }
}

impl Finished {
    /// Checks what it printed, to the letter.
    #[track_caller]
    #[expect(clippy::must_use_candidate, reason = "a check that goes on with what it checked")]
    pub fn stdout(self, expect: &str) -> Self {
        assert_eq!(self.stdout, expect, "{self:#?}");
        self
    }

    /// Checks that it said something to the person.
    #[track_caller]
    #[expect(clippy::must_use_candidate, reason = "a check that goes on with what it checked")]
    pub fn says(self, part: &str) -> Self {
        assert!(self.stderr.contains(part), "{part:?} is not in {self:#?}");
        self
    }

    /// What it printed, one JSON object a line.
    #[must_use]
    pub fn json(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What was typed.
    #[must_use]
    pub fn line(&self) -> &str {
        &self.line
    }
}
