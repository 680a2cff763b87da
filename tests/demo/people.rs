//! Somebody with a terminal and a home folder, who types `parlor` commands.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::servers::{PATIENCE, binary};

/// It guards two people who stop existing in a moment.
const PASSWORD: &str = "nine purple otters juggle";

/// One of the two.
pub(crate) struct Person {
    name: &'static str,
    server: String,
    home: PathBuf,
    tail: Option<(Child, Lines<BufReader<ChildStdout>>)>,
}

impl Person {
    /// Makes an account, and stays signed in.
    pub(crate) async fn register(name: &'static str, server: &str, folder: &Path) -> Result<Self> {
        let home = folder.join("home").join(name);
        fs::create_dir_all(&home)?;
        let person = Self { name, server: server.to_owned(), home, tail: None };
        person.type_in(&["register", name, "--password-stdin"], PASSWORD).await?;
        Ok(person)
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<()> {
        self.type_in(arguments, "").await
    }

    async fn type_in(&self, arguments: &[&str], typed: &str) -> Result<()> {
        let line = format!("{}: parlor {}", self.name, arguments.join(" "));
        let running = async {
            let mut child = self.command(arguments).stdin(Stdio::piped()).spawn()?;
            let mut stdin = child.stdin.take().context("stdin is piped")?;
            stdin.write_all(format!("{typed}\n").as_bytes()).await.ok();
            drop(stdin);
            child.wait_with_output().await.context("its output cannot be read")
        };
        let output = timeout(PATIENCE, running).await;
        let output = output.with_context(|| format!("{line}: takes too long"))?;
        let output = output.with_context(|| line.clone())?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{line}: {}: {said}", output.status);
        Ok(())
    }

    /// Follows a room from here on, in the background.
    pub(crate) fn listen(&mut self, room: &str) -> Result<()> {
        let mut command = self.command(&["--json", "tail", room]);
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::inherit()).spawn()?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        self.tail = Some((child, BufReader::new(stdout).lines()));
        Ok(())
    }

    /// Waits until this text comes, and says whose it is.
    pub(crate) async fn hear(&mut self, text: &str) -> Result<String> {
        let Some((_, lines)) = &mut self.tail else { bail!("{} does not listen", self.name) };
        let hearing = async {
            while let Some(line) = lines.next_line().await? {
                let record: Value = serde_json::from_str(&line)?;
                let field = |name| record.get(name).and_then(Value::as_str);
                if field("type") == Some("message") && field("text") == Some(text) {
                    return Ok(field("from").context("nobody said it")?.to_owned());
                }
            }
            bail!("parlor tail has ended")
        };
        timeout(PATIENCE, hearing).await.context("nothing came")?
    }

    /// Ends listening.
    pub(crate) async fn rest(&mut self) -> Result<()> {
        let Some((mut child, _)) = self.tail.take() else { return Ok(()) };
        child.kill().await.with_context(|| format!("{} goes on listening", self.name))
    }

    /// Shows what everybody says from here on, to whoever looks at the demo.
    pub(crate) fn show(&self, room: &str) -> Result<Child> {
        let mut command = self.command(&["tail", room, "-n", "0"]);
        command.stdin(Stdio::null()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
        command.spawn().context("parlor tail cannot be started")
    }

    /// A command with this one's name that is `parlor` in this one's hands.
    pub(crate) fn command_file(&self, folder: &Path) -> Result<PathBuf> {
        let client = folder.join("parlor");
        if !client.exists() {
            symlink(binary("parlor"), &client)?;
        }
        let file = folder.join(self.name);
        let script = format!(
            "#!/bin/sh\nunset XDG_CONFIG_HOME XDG_STATE_HOME\n\
             export HOME={} PARLOR_SERVER={}\nexec {} \"$@\"\n",
            quoted(&self.home.display()),
            quoted(&self.server),
            quoted(&client.display()),
        );
        fs::write(&file, script)?;
        fs::set_permissions(&file, Permissions::from_mode(0o755))?;
        Ok(file)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary("parlor"));
        command.args(arguments).env_clear().env("HOME", &self.home);
        command.env("PARLOR_SERVER", &self.server).current_dir(&self.home);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        command
    }
}

/// One word of a shell.
fn quoted(word: &impl ToString) -> String {
    format!("'{}'", word.to_string().replace('\'', r"'\''"))
}
