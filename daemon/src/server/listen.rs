//! The sockets that the daemon listens on. Binds first and listens later, so that a port in use
//! is known before anything has begun, and nobody waits in a queue while we start.

pub(super) mod local;

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tokio::net::{TcpListener, UnixListener};

use super::failure::Failure;
use crate::config;

/// Connections that the kernel has accepted and we have not; it may allow fewer.
const BACKLOG: i32 = 1024;

/// Bridges, and whoever collects figures, run as their own user, in the group of the daemon.
const SOCKET_MODE: u32 = 0o660;

/// Taken, and not yet open.
#[derive(Debug)]
pub(super) struct Bound {
    tls: Vec<Socket>,
    bridge: Option<BoundUnix>,
}

#[derive(Debug)]
pub(super) struct BoundUnix {
    socket: Socket,
    file: SocketFile,
}

/// Open.
#[derive(Debug)]
pub(super) struct Listeners {
    pub(super) tls: Vec<TcpListener>,
    pub(super) bridge: Option<(UnixListener, SocketFile)>,
}

/// A socket in the file system; removed when dropped, if it is still ours.
#[derive(Debug)]
pub(super) struct SocketFile {
    pub(super) path: PathBuf,
    inode: u64,
}

pub(super) fn bind(listen: &config::Listen) -> Result<Bound, Failure> {
    let tls = listen
        .tls
        .iter()
        .map(|address| {
            bind_tcp(*address, &listen.tls).map_err(|error| {
                Failure::Unavailable(format!("listener {address}: {}", explained(&error)))
            })
        })
        .collect::<Result<_, _>>()?;
    let bridge = listen.bridge.0.as_deref().map(bind_unix).transpose()?;
    Ok(Bound { tls, bridge })
}

impl Bound {
    /// From here on clients can connect. Must be called on the runtime that accepts.
    pub(super) fn listen(self) -> Result<Listeners, Failure> {
        let failed = |error: &io::Error| Failure::Unavailable(format!("listener: {error}"));
        let mut tls = Vec::new();
        for socket in self.tls {
            socket.listen(BACKLOG).map_err(|error| failed(&error))?;
            tls.push(TcpListener::from_std(socket.into()).map_err(|error| failed(&error))?);
        }
        let mut bridge = None;
        if let Some(BoundUnix { socket, file }) = self.bridge {
            socket.listen(BACKLOG).map_err(|error| failed(&error))?;
            let listener = UnixListener::from_std(socket.into()).map_err(|error| failed(&error))?;
            bridge = Some((listener, file));
        }
        Ok(Listeners { tls, bridge })
    }
}

fn bind_tcp(address: SocketAddr, all: &[SocketAddr]) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // A restart must not wait for connections of the last one to time out.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // [::] takes IPv4 too, unless somebody wants 0.0.0.0 on the same port beside it.
        let twin = |other: &SocketAddr| other.is_ipv4() && other.port() == address.port();
        socket.set_only_v6(!address.ip().is_unspecified() || all.iter().any(twin))?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn bind_unix(path: &Path) -> Result<BoundUnix, Failure> {
    let failed =
        |error: io::Error| Failure::Unavailable(format!("unix:{}: {error}", path.display()));
    make_way(path)?;
    // Under another name until its mode is right, so that nobody else gets in between.
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let bind = || -> io::Result<BoundUnix> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.bind(&SockAddr::unix(&new)?)?;
        fs::set_permissions(&new, Permissions::from_mode(SOCKET_MODE))?;
        let inode = fs::metadata(&new)?.ino();
        fs::rename(&new, path)?;
        Ok(BoundUnix { socket, file: SocketFile { path: path.to_owned(), inode } })
    };
    bind().map_err(|error| {
        // It may never have been made.
        fs::remove_file(&new).ok();
        failed(error)
    })
}

/// Refuses a path at which somebody listens, or something else than a socket stands.
fn make_way(path: &Path) -> Result<(), Failure> {
    let taken = |why: &str| Err(Failure::Unavailable(format!("unix:{}: {why}", path.display())));
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return taken("there is something that is no socket: remove it or take another path");
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(()), // Nobody is there.
        Err(error) => taken(&error.to_string()),
        Ok(_) => taken("somebody else listens there: stop it or take another path"),
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

fn explained(error: &io::Error) -> String {
    let kind = error.kind();
    if kind == ErrorKind::AddrInUse {
        "in use: stop what listens there or take another port".to_owned()
    } else if kind == ErrorKind::AddrNotAvailable {
        "this machine does not have that address".to_owned()
    } else if kind == ErrorKind::PermissionDenied {
        format!("{error}: ports below 1024 need CAP_NET_BIND_SERVICE")
    } else {
        error.to_string()
    }
}

#[cfg(test)]
mod tests;
