//! One connection to the daemon, and the two ways to end it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

/// How long the daemon may take to close its side after we have closed ours.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A byte stream to the daemon.
#[derive(Debug)]
pub(crate) enum Link {
    Tls(Box<TlsStream<TcpStream>>),
    Unix(UnixStream),
}

impl Link {
    /// The client closed: so do we, in order. With TLS that is a close_notify, on the Unix
    /// socket an end between two frames.
    ///
    /// What the daemon still says is read and dropped: a socket that is closed with unread bytes
    /// in it is reset, and a reset looks like a loss.
    pub(crate) async fn close(mut self) {
        let closing = async {
            self.shutdown().await?;
            while self.read(&mut [0; 1024]).await? > 0 {}
            io::Result::Ok(())
        };
        // Whether the daemon heard it in time or not, the connection ends here.
        drop(timeout(CLOSE_TIMEOUT, closing).await);
    }

    /// The client was lost: let the daemon see that. With TLS the stream ends without a
    /// close_notify; the Unix socket has no such thing, so there it ends inside a frame.
    pub(crate) fn abandon(self) {
        if let Self::Unix(unix) = self {
            // A full socket buffer may refuse the byte; then the loss looks like a close.
            drop(unix.try_write(&[0]));
        }
    }
}

impl AsyncRead for Link {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
            Self::Unix(unix) => Pin::new(unix).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Link {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
            Self::Unix(unix) => Pin::new(unix).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
            Self::Unix(unix) => Pin::new(unix).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
            Self::Unix(unix) => Pin::new(unix).poll_shutdown(cx),
        }
    }
}
