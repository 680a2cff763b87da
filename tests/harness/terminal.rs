//! A command that somebody sees and types into: on a terminal of its own.

use std::fs::File;
use std::process::{ExitStatus, Stdio};

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::within;

const ROWS: u16 = 24;
const COLUMNS: u16 = 80;

/// A terminal of 80 columns with a process on it, which is killed when this is dropped.
#[derive(Debug)]
pub struct Terminal {
    // Before the terminal, whose end lets a reader go.
    child: Child,
    screen: tokio::fs::File,
    shown: String,
}

impl Terminal {
    pub(crate) fn start(mut command: Command) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize { ws_row: ROWS, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let open =
            || File::from(rustix::fs::open(&*name, flags, rustix::fs::Mode::empty()).unwrap());
        command.stdin(open()).stdout(open()).stderr(Stdio::from(open())).kill_on_drop(true);
        command.env("TERM", "xterm");
        let child = command.spawn().unwrap();
        let screen = tokio::fs::File::from_std(File::from(master));
        Self { child, screen, shown: String::new() }
    }

    /// Types keys.
    pub async fn strike(&mut self, keys: &str) {
        self.screen.write_all(keys.as_bytes()).await.unwrap();
        self.screen.flush().await.unwrap();
    }

    /// Waits until this has been shown; gives what was before it, and forgets both.
    pub async fn shows(&mut self, text: &str) -> String {
        loop {
            if let Some((before, rest)) = self.shown.split_once(text) {
                let (before, rest) = (before.to_owned(), rest.to_owned());
                self.shown = rest;
                return before;
            }
            let what = format!("{text:?} on the screen; there is {:?}", self.shown);
            let mut bytes = [0; 1024];
            let count = within(&what, self.screen.read(&mut bytes)).await.unwrap_or(0);
            assert!(count > 0, "it ended before it showed {text:?}: {:?}", self.shown);
            self.shown.push_str(&String::from_utf8_lossy(bytes.get(..count).unwrap()));
        }
    }

    /// Waits for its end.
    pub async fn exit(&mut self) -> ExitStatus {
        within("the end of a command on a terminal", self.child.wait()).await.unwrap()
    }
}
