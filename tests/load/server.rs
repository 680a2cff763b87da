//! The server that is measured: processes of our own, or somebody else's address.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use parlor_proto::client::ServerUrl;
use rusqlite::OpenFlags;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::args::{Args, Door, Scenario};

const CONFIG_FILE: &str = "parlord.toml";

/// Limits are off: everything comes from one address and one machine. Hashing is as cheap as
/// argon2 allows, for throw-away passwords.
const CONFIG: &str = r#"
search.per_minute = "off"
[registration]
mode = "open"

[send]
burst = 1000000
per_second = "off"

[limits]
connections = 100000
connections_per_address = 100000
handshakes = 100000
signed_out = 100000
connect_burst = 1000000
connect_per_second = "off"
login_burst = 1000000
login_per_minute = "off"
members_per_room = 100000
rooms_per_minute = "off"
"#;

/// Limits that older daemons do not know: of a variable they only warn.
const LIMITS_OFF: &[&str] = &[
    "PARLORD_LIMITS_REGISTER_PER_HOUR",
    "PARLORD_LIMITS_REGISTER_PER_TEN_MINUTES",
    "PARLORD_LIMITS_REQUESTS_PER_SECOND",
    "PARLORD_LIMITS_PAGES_PER_SECOND",
    "PARLORD_LIMITS_JOINS_PER_MINUTE",
    "PARLORD_LIMITS_LISTS_PER_SECOND",
    "PARLORD_SEND_KIB_PER_SECOND",
];

/// How large files may be, in the same way.
const FILE_SIZES: &[&str] =
    &["PARLORD_FILES_PER_FILE", "PARLORD_FILES_PER_USER", "PARLORD_FILES_TOTAL"];
const FILE_SIZE: &str = "64GiB";

const CHEAP_PASSWORDS: &str = "
[password]
queue = 4096
memory_kib = 8
passes = 1
";

/// The server that is measured.
pub(crate) enum Server {
    Own(Box<Own>),
    Given(ServerUrl),
}

/// A daemon of our own, and perhaps a bridge.
pub(crate) struct Own {
    daemon: Process,
    bridge: Option<Process>,
    // Removed after the processes have ended.
    folder: TempDir,
    binaries: PathBuf,
}

/// Killed when dropped.
struct Process {
    child: Child,
    url: ServerUrl,
}

impl Server {
    /// A fresh one for each run, unless one is given.
    pub(crate) fn for_run(args: &Args, scenario: &Scenario) -> Result<Self> {
        if let Some(url) = &args.server {
            return Ok(Self::Given(url.clone()));
        }
        let binaries = match &args.binaries {
            Some(folder) => folder.canonicalize().context("the folder of the binaries")?,
            None => beside_us()?,
        };
        let bridge = match scenario {
            Scenario::Bridge(_) => true,
            Scenario::Files(it) => it.door() != Door::Tcp,
            _ => args.bridge,
        };
        Ok(Self::Own(Box::new(Own::start(binaries, args.folder.as_deref(), bridge)?)))
    }

    /// Where clients connect to.
    pub(crate) fn url(&self) -> &ServerUrl {
        match self {
            Self::Own(own) => &own.bridge.as_ref().unwrap_or(&own.daemon).url,
            Self::Given(url) => url,
        }
    }

    /// The processes that can be looked into.
    pub(crate) fn pids(&self) -> Vec<(&'static str, u32)> {
        let Self::Own(own) = self else { return Vec::new() };
        let bridge = own.bridge.as_ref().map(|bridge| ("bridge", bridge.child.id()));
        [("daemon", own.daemon.child.id())].into_iter().chain(bridge).collect()
    }

    /// Ours, for what cannot be done to somebody else's.
    pub(crate) fn own(&mut self) -> Result<&mut Own> {
        match self {
            Self::Own(own) => Ok(own),
            Self::Given(_) => bail!("this needs a daemon of our own: leave out --server"),
        }
    }
}

impl Own {
    fn start(binaries: PathBuf, folder: Option<&Path>, bridge: bool) -> Result<Self> {
        let folder = match folder {
            Some(folder) => tempfile::tempdir_in(folder)?,
            None => tempfile::tempdir()?,
        };
        fs::write(folder.path().join(CONFIG_FILE), format!("{CONFIG}{CHEAP_PASSWORDS}"))?;
        let daemon = start_daemon(&binaries, folder.path(), 0)?;
        let mut own = Self { daemon, bridge: None, folder, binaries };
        if bridge {
            own.bridge = Some(own.start_bridge()?);
        }
        Ok(own)
    }

    /// One more daemon on this machine, whose configuration begins with this.
    pub(crate) fn another(&self, config: &str) -> Result<Self> {
        let beside = self.folder.path().parent().context("the folder is in no other")?;
        let folder = tempfile::tempdir_in(beside)?;
        let config = format!("{config}{CONFIG}{CHEAP_PASSWORDS}");
        fs::write(folder.path().join(CONFIG_FILE), config)?;
        let daemon = start_daemon(&self.binaries, folder.path(), 0)?;
        Ok(Self { daemon, bridge: None, folder, binaries: self.binaries.clone() })
    }

    /// Stops the daemon as an operator does, and starts it again on the same port.
    pub(crate) fn restart(&mut self) -> Result<()> {
        self.stop()?;
        self.start_again()
    }

    /// The same, with passwords that cost what they cost by default.
    pub(crate) fn restart_with_costly_passwords(&mut self) -> Result<()> {
        fs::write(self.folder.path().join(CONFIG_FILE), CONFIG)?;
        self.restart()
    }

    /// Returns when the daemon has ended.
    pub(crate) fn stop(&mut self) -> Result<()> {
        let child = &mut self.daemon.child;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.context("no process")?, Signal::TERM)?;
        let status = child.wait()?;
        ensure!(status.success(), "the daemon did not stop well: {status}");
        Ok(())
    }

    /// Returns when the daemon serves.
    pub(crate) fn start_again(&mut self) -> Result<()> {
        let port = self.daemon.url.port;
        self.daemon = start_daemon(&self.binaries, self.folder.path(), port)?;
        Ok(())
    }

    /// A bridge that has not done anything yet, at another address.
    pub(crate) fn replace_bridge(&mut self) -> Result<()> {
        self.bridge = None;
        self.bridge = Some(self.start_bridge()?);
        Ok(())
    }

    pub(crate) fn binary(&self, name: &str) -> Result<PathBuf> {
        binary(&self.binaries, name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How many transactions the daemon has committed, by its own count.
    pub(crate) fn commits(&self) -> Result<u64> {
        let file = self.folder.path().join("data/parlor.db");
        let database = rusqlite::Connection::open_with_flags(
            &file,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        let commits: i64 = database.query_row("SELECT commits FROM meta", (), |row| row.get(0))?;
        Ok(u64::try_from(commits)?)
    }

    fn start_bridge(&self) -> Result<Process> {
        let mut command = Command::new(binary(&self.binaries, "parlor-bridge")?);
        command.args(["--clients-max", "100000", "--clients-per-address-max", "100000"]);
        command.args(["--listen", "127.0.0.1:0", "--upstream"]);
        command.arg(format!("unix:{}", socket(self.folder.path()).display()));
        Process::start(command, &self.folder.path().join("bridge.log"))
    }
}

fn start_daemon(binaries: &Path, folder: &Path, port: u16) -> Result<Process> {
    let mut command = Command::new(binary(binaries, "parlord")?);
    command.arg("--config").arg(folder.join(CONFIG_FILE));
    command.arg("--data-dir").arg(folder.join("data"));
    command.arg("--listen").arg(SocketAddr::from((Ipv4Addr::LOCALHOST, port)).to_string());
    command.arg("--bridge-listen").arg(format!("unix:{}", socket(folder).display()));
    command.envs(LIMITS_OFF.iter().map(|name| (name, "off")));
    command.envs(FILE_SIZES.iter().map(|name| (name, FILE_SIZE)));
    Process::start(command, &folder.join("parlord.log"))
}

impl Process {
    /// Returns when it serves.
    fn start(mut command: Command, log: &Path) -> Result<Self> {
        let program = command.get_program().display().to_string();
        let log_file = File::options().create(true).append(true).open(log)?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log_file)
            .spawn()
            .with_context(|| program.clone())?;
        let mut lines = BufReader::new(child.stdout.take().context("no stdout")?).lines();
        while let Some(line) = lines.next().transpose()? {
            if let Some(Ok(url)) = line.strip_prefix("ready ").map(str::parse) {
                return Ok(Self { child, url });
            }
        }
        let status = child.wait()?;
        let log = fs::read_to_string(log).unwrap_or_default();
        bail!("{program} has ended instead of serving: {status}\n{log}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already; there is nothing to be done about anything else.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("bridge.sock")
}

fn beside_us() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.parent().context("no folder of our own")?.to_owned())
}

fn binary(binaries: &Path, name: &str) -> Result<PathBuf> {
    let path = binaries.join(name);
    let folder = binaries.display();
    ensure!(path.exists(), "no {name} in {folder}: cargo build --release, or --binaries FOLDER");
    Ok(path)
}
