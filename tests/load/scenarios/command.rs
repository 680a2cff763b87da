//! `parlor send` as a script would use it: a process each time, from its start to its exit,
//! which comes after the acknowledgement.

use std::path::Path;
use std::process::{Command as Process, Stdio};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::args::Command;
use crate::clock;
use crate::report::Figures;
use crate::samples::Samples;
use crate::setting::Setting;

const PASSWORD: &str = "seven quiet herons over a slow canal";

/// Somebody's computer.
struct Home<'a> {
    folder: TempDir,
    program: &'a Path,
    server: String,
}

pub(super) fn run(wish: &Command, setting: &mut Setting) -> Result<Figures> {
    let server = setting.server.url().to_string();
    let program = setting.server.own()?.binary("parlor")?;
    let home = Home { folder: tempfile::tempdir()?, program: &program, server };
    let word = format!("command-{:x}", clock::fresh_number()?);
    home.parlor(&["register", &word, "--password-stdin"])?;
    home.parlor(&["create", &word])?;
    let (mut version, mut whoami, mut send) = <(Samples, Samples, Samples)>::default();
    for _ in 0..wish.times {
        for (arguments, samples) in [
            (&["--version"][..], &mut version),
            (&["whoami"], &mut whoami),
            (&["send", &word, "seven quiet herons"], &mut send),
        ] {
            let start = setting.clock.now();
            home.parlor(arguments)?;
            samples.add(setting.clock.now() - start);
        }
    }
    let mut figures = Figures::default();
    send.tell("send", &mut figures);
    // Beside it: what a process costs that does not connect, and one that does and sends nothing.
    whoami.tell("whoami", &mut figures);
    version.tell("version", &mut figures);
    Ok(figures)
}

impl Home<'_> {
    fn parlor(&self, arguments: &[&str]) -> Result<()> {
        use std::io::Write as _;
        let home = self.folder.path();
        let mut command = Process::new(self.program);
        command.args(arguments).env_clear().env("HOME", home).env("PARLOR_SERVER", &self.server);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let mut stdin = child.stdin.take().context("no stdin")?;
        // A command that does not read its input is no fault.
        stdin.write_all(format!("{PASSWORD}\n").as_bytes()).ok();
        drop(stdin);
        let output = child.wait_with_output()?;
        let talk = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "parlor {}: {talk}", arguments.join(" "));
        Ok(())
    }
}
