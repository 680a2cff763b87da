//! What systemd would be told: a socket for `NOTIFY_SOCKET`.

use std::collections::VecDeque;
use std::path::PathBuf;

use tempfile::TempDir;
use tokio::net::UnixDatagram;

use crate::within;

const DATAGRAM_BYTES_MAX: usize = 4096;

/// Listens to what a service says of itself.
#[derive(Debug)]
pub struct Supervisor {
    folder: TempDir,
    socket: UnixDatagram,
    heard: VecDeque<String>,
}

impl Supervisor {
    /// Opens the socket.
    #[must_use]
    pub fn listen() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        Self { folder, socket, heard: VecDeque::new() }
    }

    /// What `NOTIFY_SOCKET` is set to.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("notify")
    }

    /// The next line that the service says: `READY=1`.
    pub async fn line(&mut self) -> String {
        while self.heard.is_empty() {
            let mut datagram = vec![0; DATAGRAM_BYTES_MAX];
            let len = within("news for systemd", self.socket.recv(&mut datagram)).await.unwrap();
            datagram.truncate(len);
            let text = String::from_utf8(datagram).unwrap();
            self.heard.extend(text.lines().map(str::to_owned));
        }
        self.heard.pop_front().unwrap_or_default()
    }

    /// Waits for a line that begins so, past all others.
    pub async fn hear(&mut self, beginning: &str) -> String {
        loop {
            let line = self.line().await;
            if line.starts_with(beginning) {
                return line;
            }
        }
    }

    /// Forgets what has been said and not been looked at.
    pub fn forget(&mut self) {
        self.heard.clear();
        let mut datagram = vec![0; DATAGRAM_BYTES_MAX];
        while self.socket.try_recv(&mut datagram).is_ok() {}
    }
}
