//! Where the page is: a socket in the file system, or one on loopback.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::{fmt, net};

use tokio::net::{TcpListener, UnixListener};

/// Whoever collects figures is in the group.
const SOCKET_MODE: u32 = 0o660;

/// As it was configured; shown with the port that port 0 has become.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Unix(PathBuf),
    Tcp(SocketAddr),
}

#[derive(Debug)]
pub(super) enum Listener {
    Unix(UnixListener, SocketFile),
    Tcp(TcpListener),
}

/// Removed when dropped, if it is still ours.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl Place {
    /// Refuses what others than this machine could reach.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            if !path.starts_with('/') {
                return Err(format!("metrics-listen needs an absolute path: {text:?}"));
            }
            return Ok(Self::Unix(path.into()));
        }
        let address: SocketAddr = text.parse().map_err(|_| {
            format!("metrics-listen is neither unix:PATH nor a loopback ADDRESS:PORT: {text:?}")
        })?;
        if !address.ip().to_canonical().is_loopback() {
            let why = "must be on loopback, or others could read it";
            return Err(format!("metrics-listen {why}: {address}"));
        }
        Ok(Self::Tcp(address))
    }

    /// Must be called on the runtime that accepts.
    pub(super) fn bind(&self) -> io::Result<Listener> {
        match self {
            Self::Unix(path) => {
                make_way(path)?;
                let listener = UnixListener::bind(path)?;
                let file = SocketFile { path: path.clone(), inode: fs::metadata(path)?.ino() };
                fs::set_permissions(path, Permissions::from_mode(SOCKET_MODE))?;
                Ok(Listener::Unix(listener, file))
            }
            Self::Tcp(address) => {
                let listener = net::TcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                TcpListener::from_std(listener).map(Listener::Tcp)
            }
        }
    }
}

/// Removes a socket that nobody listens on any more; whatever else is there stays.
fn make_way(path: &Path) -> io::Result<()> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(io::Error::new(
            ErrorKind::AlreadyExists,
            "there is something that is no socket",
        ));
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) => Err(error),
        Ok(_) => Err(io::Error::new(ErrorKind::AddrInUse, "somebody else listens there")),
    }
}

impl Listener {
    pub(super) fn place(&self) -> io::Result<Place> {
        match self {
            Self::Unix(_, file) => Ok(Place::Unix(file.path.clone())),
            Self::Tcp(listener) => listener.local_addr().map(Place::Tcp),
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_ours = fs::symlink_metadata(&self.path).is_ok_and(|file| file.ino() == self.inode);
        if is_ours && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "socket left behind");
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => write!(f, "{address}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let shown = Place::parse(text).map_or_else(|why| why, |place| place.to_string());
        assert!(shown.contains(expect), "{shown}");
    }

    #[test]
    fn only_this_machine_can_be_told() {
        check("unix:/run/figures.sock", "unix:/run/figures.sock");
        check("127.0.0.1:7278", "127.0.0.1:7278");
        check("[::1]:7278", "[::1]:7278");
        check("[::ffff:127.0.0.1]:7278", "127.0.0.1");
        check("0.0.0.0:7278", "must be on loopback");
        check("192.0.2.1:7278", "must be on loopback");
        check("unix:figures.sock", "absolute path");
        check("localhost:7278", "neither unix:PATH nor");
    }

    #[tokio::test]
    async fn what_a_killed_bridge_left_is_replaced_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("figures.sock");
        let place = Place::Unix(path.clone());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let listener = place.bind().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o660);
        assert!(place.bind().unwrap_err().to_string().contains("somebody else"));
        drop(listener);
        assert!(!path.exists());
        fs::write(&path, "precious").unwrap();
        assert!(place.bind().unwrap_err().to_string().contains("no socket"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    }
}
