//! A client's TCP connection, which ends when the client takes nothing for too long of what it
//! is sent, whether TCP gives up on it or not. Who takes a little now and then is not in its way.
//!
//! A WebSocket has rules of its own for that, by what the client says: once a connection has
//! become one, this is a plain socket.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// See the module.
pub(super) struct Wire {
    tcp: TcpStream,
    limit: Duration,
    freedom: Freedom,
    is_free: bool,
    /// Until then some of what waits must have been taken.
    waiting: Option<Pin<Box<Sleep>>>,
}

/// Lifts the limit of a wire.
#[derive(Clone, Debug, Default)]
pub(super) struct Freedom(Arc<AtomicBool>);

impl Freedom {
    pub(super) fn give(&self) {
        self.0.store(true, Relaxed);
    }
}

impl Wire {
    /// The limit is the kernel's as well: what it has taken from us counts for nothing if the
    /// client never gets it.
    pub(super) fn new(tcp: TcpStream, limit: Duration, freedom: Freedom) -> io::Result<Self> {
        SockRef::from(&tcp).set_tcp_user_timeout(Some(limit))?;
        Ok(Self { tcp, limit, freedom, is_free: false, waiting: None })
    }

    /// Counts how long the client has taken nothing.
    fn pace<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() || self.is_free {
            self.waiting = None;
            return written;
        }
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(self.limit)));
        ready!(waiting.as_mut().poll(cx));
        let why = "the client takes nothing of what it is sent";
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)))
    }

    fn notice_freedom(&mut self) -> io::Result<()> {
        if !self.is_free && self.freedom.0.load(Relaxed) {
            self.is_free = true;
            SockRef::from(&self.tcp).set_tcp_user_timeout(None)?;
        }
        Ok(())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.notice_freedom()?;
        Pin::new(&mut this.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.tcp).poll_write(cx, buf);
        this.pace(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.tcp).poll_write_vectored(cx, bufs);
        this.pace(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_shutdown(cx)
    }
}
