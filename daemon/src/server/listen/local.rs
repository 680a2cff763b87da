//! The one socket that is not for clients: where only this machine can connect.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use socket2::Socket;
use tokio::net::{TcpListener, UnixListener};

use super::{BoundUnix, SocketFile, bind_tcp, bind_unix, explained};
use crate::config::LocalAddress;
use crate::server::failure::Failure;

/// Connections that wait: whoever watches a daemon is one or two.
const BACKLOG: i32 = 16;

/// Taken, and not yet open.
#[derive(Debug)]
pub(in crate::server) enum BoundLocal {
    Unix(BoundUnix),
    Tcp(Socket),
}

/// Open.
#[derive(Debug)]
pub(in crate::server) enum LocalListener {
    Unix(UnixListener, SocketFile),
    Tcp(TcpListener),
}

/// As it would stand in the configuration; with the port that port 0 has become.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::server) enum LocalPlace {
    Unix(PathBuf),
    Tcp(SocketAddr),
}

pub(in crate::server) fn bind(address: &LocalAddress) -> Result<BoundLocal, Failure> {
    match address {
        LocalAddress::Unix(path) => bind_unix(path).map(BoundLocal::Unix),
        LocalAddress::Tcp(address) => {
            let taken =
                |error| Failure::Unavailable(format!("listener {address}: {}", explained(&error)));
            bind_tcp(*address, &[]).map(BoundLocal::Tcp).map_err(taken)
        }
    }
}

impl BoundLocal {
    /// Must be called on the runtime that accepts.
    pub(in crate::server) fn listen(self) -> Result<LocalListener, Failure> {
        let failed = |error| Failure::Unavailable(format!("listener: {error}"));
        match self {
            Self::Unix(BoundUnix { socket, file }) => {
                socket.listen(BACKLOG).map_err(failed)?;
                let listener = UnixListener::from_std(socket.into()).map_err(failed)?;
                Ok(LocalListener::Unix(listener, file))
            }
            Self::Tcp(socket) => {
                socket.listen(BACKLOG).map_err(failed)?;
                TcpListener::from_std(socket.into()).map(LocalListener::Tcp).map_err(failed)
            }
        }
    }
}

impl LocalListener {
    pub(in crate::server) fn place(&self) -> Result<LocalPlace, Failure> {
        match self {
            Self::Unix(_, file) => Ok(LocalPlace::Unix(file.path.clone())),
            Self::Tcp(listener) => {
                let unknown = |error| Failure::Internal(format!("listener: {error}"));
                listener.local_addr().map(LocalPlace::Tcp).map_err(unknown)
            }
        }
    }
}

impl fmt::Display for LocalPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => write!(f, "{address}"),
        }
    }
}
