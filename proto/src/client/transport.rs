//! Two ways for frames to travel: over TLS, or as binary messages of a WebSocket. Both are
//! polled in place by one task; neither knows what is in a frame.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::{fmt, io};

use bytes::{Buf as _, BytesMut};
use futures_util::{Sink as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message};

use super::Error;
use crate::frame::FrameDecoder;

mod connector;
mod dial;

pub use self::connector::Connector;
pub(super) use self::dial::Dialer;

/// Bytes that are taken from a socket at once.
const READ_BYTES: usize = 16 * 1024;

/// How long a polite end may take. A server that is well answers at once.
const CLOSE_MAX: Duration = Duration::from_millis(500);

/// A stream of bytes, whatever protects it.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Duplex for T {}

/// An open connection.
pub(super) enum Connection {
    /// Frames follow each other.
    Stream(Box<dyn Duplex>),
    /// A binary message holds one or more whole frames.
    Messages(Box<WebSocketStream<Box<dyn Duplex>>>),
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stream(_) => "Stream",
            Self::Messages(_) => "Messages",
        })
    }
}

impl Connection {
    /// Reads what there is. Ready without an error if bytes came.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut FrameDecoder,
    ) -> Poll<Result<(), Error>> {
        match self {
            Self::Stream(stream) => {
                let mut bytes = [0; READ_BYTES];
                let mut buf = ReadBuf::new(&mut bytes);
                ready!(Pin::new(stream).poll_read(cx, &mut buf)).map_err(|error| lost(&error))?;
                if buf.filled().is_empty() {
                    return Poll::Ready(Err(closed("")));
                }
                into.extend(buf.filled());
                Poll::Ready(Ok(()))
            }
            Self::Messages(socket) => loop {
                match ready!(socket.poll_next_unpin(cx)) {
                    Some(Ok(Message::Binary(bytes))) => {
                        into.extend(&bytes);
                        return Poll::Ready(Ok(()));
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                    Some(Ok(Message::Text(_))) => {
                        let why = "a text message came over the WebSocket".to_owned();
                        return Poll::Ready(Err(Error::Protocol(why)));
                    }
                    Some(Ok(Message::Close(frame))) => {
                        return Poll::Ready(Err(
                            frame.map_or_else(|| closed(""), |frame| closed_with(&frame))
                        ));
                    }
                    Some(Err(error)) => return Poll::Ready(Err(error.into())),
                    None => return Poll::Ready(Err(closed(""))),
                }
            },
        }
    }

    /// Writes whole frames. Ready once all of it is on its way.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        out: &mut BytesMut,
    ) -> Poll<Result<(), Error>> {
        match self {
            Self::Stream(stream) => {
                while !out.is_empty() {
                    let written = ready!(Pin::new(&mut *stream).poll_write(cx, out));
                    match written.map_err(|error| lost(&error))? {
                        0 => return Poll::Ready(Err(closed(""))),
                        len => out.advance(len),
                    }
                }
                Pin::new(stream).poll_flush(cx).map_err(|error| lost(&error))
            }
            Self::Messages(socket) => {
                let mut socket = Pin::new(&mut **socket);
                if !out.is_empty() {
                    ready!(socket.as_mut().poll_ready(cx)).map_err(Error::from)?;
                    let message = Message::Binary(out.split().freeze());
                    socket.as_mut().start_send(message).map_err(Error::from)?;
                }
                socket.poll_flush(cx).map_err(Error::from)
            }
        }
    }

    /// Sends what is left and says good-bye, so that the server can tell this from a
    /// connection that was lost. What still comes is read and dropped: to close over unread
    /// bytes would cut the connection before the good-bye is read.
    pub(super) async fn close(mut self, mut out: BytesMut) {
        let polite = async {
            std::future::poll_fn(|cx| self.poll_write(cx, &mut out)).await?;
            match &mut self {
                Self::Stream(stream) => farewell(stream).await,
                Self::Messages(socket) => {
                    socket.close(None).await.map_err(Error::from)?;
                    while let Some(Ok(_)) = socket.next().await {}
                    farewell(socket.get_mut()).await
                }
            }
        };
        // Whether it was heard or not, the connection ends here.
        drop(tokio::time::timeout(CLOSE_MAX, polite).await);
    }
}

/// TLS: `close_notify`; TCP: end of stream; then the same from the server.
async fn farewell(stream: &mut Box<dyn Duplex>) -> Result<(), Error> {
    stream.shutdown().await.map_err(|error| lost(&error))?;
    let mut rest = vec![0; READ_BYTES];
    while stream.read(&mut rest).await.is_ok_and(|len| len > 0) {}
    Ok(())
}

/// What a bridge says by its close code (`PROTOCOL.md`, section 2), in words for people.
fn closed_with(frame: &CloseFrame) -> Error {
    if frame.code == CloseCode::Again {
        return Error::Unreachable("the bridge cannot reach the server".into());
    }
    let is_news = frame.code != CloseCode::Restart;
    closed(&if is_news { format!(": {}", frame.code) } else { String::new() })
}

fn closed(why: &str) -> Error {
    Error::Unreachable(format!("the server closed the connection{why}"))
}

/// In words for people: by which missing bytes a library noticed the end is not news.
fn lost(error: &io::Error) -> Error {
    let is_news = error.kind() != io::ErrorKind::UnexpectedEof;
    let why = if is_news { format!(": {error}") } else { String::new() };
    Error::Unreachable(format!("connection lost{why}"))
}

impl From<tungstenite::Error> for Error {
    fn from(error: tungstenite::Error) -> Self {
        use tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;

        if let tungstenite::Error::Io(error) = &error {
            return lost(error);
        }
        if matches!(error, tungstenite::Error::Protocol(ResetWithoutClosingHandshake)) {
            return Self::Unreachable("connection lost".into());
        }
        Self::Unreachable(format!("connection lost: {error}"))
    }
}
