//! A client's socket, either of the two kinds, after its handshake. Never waits, but for
//! [`Stream::ready`], which only the connection's own task may call.

use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{Interest, Ready};
use tokio::net::UnixStream;

use super::tally::Transport;
use super::tls::Tls;
use crate::chat::Ending;

/// What one read takes from a Unix socket; rustls takes as much from TCP.
const READ_BYTES: usize = 4096;

/// Unsent bytes that the kernel holds for one connection: the rest waits in the outbox, where
/// it is counted. Without this it holds 4 MiB for a client that does not read; with it, a
/// smaller `SO_SNDBUF` changes nothing for that one and makes long ways slow.
const NOT_SENT_BYTES: u32 = 64 * 1024;

#[derive(Debug)]
pub(super) enum Stream {
    /// An end without close_notify is a loss.
    Tls(Box<Tls>),
    /// A plain end is a good-bye, unless it is in the middle of a frame.
    Bridge(UnixStream),
}

/// What a read has brought.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Got {
    /// Perhaps bytes; there may be more.
    Some,
    /// Nothing more is there now.
    Nothing,
    End(Ending),
}

/// What has become of bytes to send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Flow {
    /// The kernel has taken all of them.
    Free,
    /// The kernel takes no more before the socket is writable.
    Blocked,
}

impl Stream {
    pub(super) fn transport(&self) -> Transport {
        match self {
            Self::Tls(_) => Transport::Tls,
            Self::Bridge(_) => Transport::Bridge,
        }
    }

    /// Waits for any of what is asked for; wakes up without reason now and then.
    pub(super) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        match self {
            Self::Tls(tls) => tls.tcp().ready(interest).await,
            Self::Bridge(socket) => socket.ready(interest).await,
        }
    }

    /// Hands what has come to `sink`, one record or buffer at a time.
    pub(super) fn read(&self, sink: &mut impl FnMut(&[u8])) -> Got {
        match self {
            Self::Tls(tls) => tls.read(sink),
            Self::Bridge(socket) => read_plain(socket, sink),
        }
    }

    /// Takes bytes to send in as few records and one system call, and says how many it took:
    /// fewer than given, or none and `WouldBlock`, if the socket is full; and whether all it
    /// took has left.
    pub(super) fn send(&self, bytes: &[IoSlice<'_>]) -> io::Result<(usize, Flow)> {
        match self {
            Self::Tls(tls) => tls.send(bytes),
            Self::Bridge(socket) => Ok((socket.try_write_vectored(bytes)?, Flow::Free)),
        }
    }

    /// Sends what was taken and has not left.
    pub(super) fn push_out(&self) -> io::Result<Flow> {
        match self {
            Self::Tls(tls) => tls.push_out(),
            Self::Bridge(_) => Ok(Flow::Free),
        }
    }

    /// Has the kernel forget what it holds for the peer when the socket is closed: nobody takes
    /// it any more. If it cannot, it forgets some minutes later.
    pub(super) fn give_up(&self) {
        if let Self::Tls(tls) = self {
            let _later = SockRef::from(tls.tcp()).set_linger(Some(Duration::ZERO)).is_err();
        }
    }

    /// Says that nothing more will come. May be repeated while it is blocked.
    pub(super) fn finish(&self) -> io::Result<Flow> {
        match self {
            Self::Tls(tls) => tls.finish(),
            Self::Bridge(socket) => {
                SockRef::from(socket).shutdown(Shutdown::Write)?;
                Ok(Flow::Free)
            }
        }
    }
}

/// How we want the kernel to treat a client's connection. Not with `TCP_USER_TIMEOUT`: that
/// also cuts a client that does not read for so long, however alive it is. Whose network is
/// gone is found by silence, and by TCP itself after a quarter of an hour.
pub(super) fn set_tcp_options(socket: &std::net::TcpStream) -> io::Result<()> {
    socket.set_nonblocking(true)?;
    let socket = SockRef::from(socket);
    socket.set_tcp_nodelay(true)?; // What belongs together leaves in one call anyway.
    socket.set_tcp_notsent_lowat(NOT_SENT_BYTES)
}

fn read_plain(socket: &UnixStream, sink: &mut impl FnMut(&[u8])) -> Got {
    let mut buf = [0; READ_BYTES];
    match socket.try_read(&mut buf) {
        Ok(0) => Got::End(Ending::Closed),
        Ok(count) => {
            sink(buf.get(..count).unwrap_or_default());
            Got::Some
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Got::Nothing,
        Err(_) => Got::End(Ending::Lost),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_kernel_does_not_cut_who_is_alive_and_does_not_read() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        set_tcp_options(&socket).unwrap();
        let socket = SockRef::from(&socket);
        assert_eq!(socket.tcp_user_timeout().unwrap().unwrap_or_default(), Duration::ZERO);
        assert_eq!(socket.tcp_notsent_lowat().unwrap(), NOT_SENT_BYTES);
    }
}
