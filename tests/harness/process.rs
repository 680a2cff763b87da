//! One process of ours: its lines, its log, its signals, its end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::{until, within};

/// A running process. Killed when dropped; if the test has failed, its log is shown.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    pid: Pid,
    lines: Option<Lines<BufReader<ChildStdout>>>,
    stdin: Option<ChildStdin>,
    log: PathBuf,
}

/// The binary of this workspace that Cargo has just built for the tests.
pub(crate) fn binary(name: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(format!("CARGO_BIN_EXE_{name}")) {
        return path.into();
    }
    // A test that is run without Cargo: it lies in deps/, the binaries one folder above.
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join(name);
    assert!(path.exists(), "not built: {}", path.display());
    path
}

impl Process {
    /// Starts it; stderr goes to the file `log`, after what is there.
    #[must_use]
    pub fn spawn(name: &str, mut command: Command, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).unwrap();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(file).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let pid = Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
        let lines = Some(BufReader::new(child.stdout.take().unwrap()).lines());
        let stdin = child.stdin.take();
        Self { name: name.to_owned(), child, pid, lines, stdin, log: log.to_owned() }
    }

    /// The process's number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// The next line of stdout; `None` if it is closed.
    pub async fn line(&mut self) -> Option<String> {
        let what = format!("a line from {}; its log:\n{}", self.name, self.log());
        within(&what, self.lines.as_mut()?.next_line()).await.unwrap()
    }

    /// Every line of stdout up to its end.
    pub async fn rest(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.line().await {
            lines.push(line);
        }
        lines
    }

    /// Closes the reading side of stdout.
    pub fn end_output(&mut self) {
        self.lines = None;
    }

    /// Types a line.
    pub async fn type_line(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        stdin.flush().await.unwrap();
    }

    /// Ends stdin.
    pub fn end_input(&mut self) {
        self.stdin = None;
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Waits for its end.
    pub async fn exit(&mut self) -> ExitStatus {
        let what = format!("the end of {}; its log:\n{}", self.name, self.log());
        within(&what, self.child.wait()).await.unwrap()
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// What it has written to stderr so far.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Waits for a piece of text in the log.
    pub async fn logged(&self, text: &str) {
        let what = format!("{text:?} in the log of {}", self.name);
        until(&what, || self.log().contains(text).then_some(())).await;
    }
}

impl Drop for Process {
    #[expect(clippy::print_stderr, reason = "for the person who looks at a failed test")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- log of {} ---\n{}---", self.name, self.log());
        }
    }
}
