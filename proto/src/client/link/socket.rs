//! The one connection of a client, from dialing to the end, with what was read and not yet
//! looked at and what waits to be written.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};

use crate::client::Error;
use crate::client::transport::{Connection, Dialer};
use crate::frame::FrameDecoder;
use crate::limits::FRAME_BYTES_MAX;

/// What waits to be written before the session is asked for more.
const OUT_BYTES_MAX: usize = FRAME_BYTES_MAX;

/// See the module.
pub(super) enum Socket {
    None,
    Dialing {
        attempt: u64,
        dialing: Dialing,
    },
    Open {
        attempt: u64,
        open: Box<Open>,
    },
    /// Lost, and the session has been told.
    Lost {
        attempt: u64,
    },
}

type Dialing = Pin<Box<dyn Future<Output = Result<Connection, Error>> + Send>>;

pub(super) struct Open {
    connection: Connection,
    decoder: FrameDecoder,
    out: BytesMut,
    /// Everything written is on its way.
    is_flushed: bool,
}

/// What a socket did.
pub(super) enum Progress {
    Connected,
    /// Bytes were read, or everything is written.
    Moved,
    Lost(Error),
}

impl Socket {
    pub(super) fn dial(attempt: u64, dialer: Dialer) -> Self {
        Self::Dialing { attempt, dialing: Box::pin(dialer.dial()) }
    }

    /// Which attempt of the session this is.
    pub(super) fn attempt(&self) -> Option<u64> {
        match self {
            Self::None => None,
            Self::Dialing { attempt, .. } | Self::Open { attempt, .. } | Self::Lost { attempt } => {
                Some(*attempt)
            }
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>, may_read: bool) -> Poll<Progress> {
        let result = match self {
            Self::None | Self::Lost { .. } => return Poll::Pending,
            Self::Dialing { attempt, dialing } => match dialing.as_mut().poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(connection)) => {
                    let open = Box::new(Open::new(connection));
                    *self = Self::Open { attempt: *attempt, open };
                    return Poll::Ready(Progress::Connected);
                }
                Poll::Ready(Err(error)) => Err(error),
            },
            Self::Open { open, .. } => match open.poll(cx, may_read) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(result) => result,
            },
        };
        Poll::Ready(match (result, self.attempt()) {
            (Ok(()), _) | (Err(_), None) => Progress::Moved,
            (Err(error), Some(attempt)) => {
                *self = Self::Lost { attempt };
                Progress::Lost(error)
            }
        })
    }

    /// The next whole frame of those that were read.
    pub(super) fn next_frame(&mut self, frame_bytes_max: usize) -> Result<Option<Bytes>, Error> {
        let Self::Open { open, .. } = self else { return Ok(None) };
        open.decoder.set_frame_bytes_max(frame_bytes_max);
        open.decoder.next_frame().map_err(|error| Error::Protocol(error.to_string()))
    }

    pub(super) fn takes_more(&self) -> bool {
        matches!(self, Self::Open { open, .. } if open.out.len() < OUT_BYTES_MAX)
    }

    /// Adds a frame to what waits to be written.
    pub(super) fn push(&mut self, frame: &[u8]) {
        if let Self::Open { open, .. } = self {
            open.out.extend_from_slice(frame);
            open.is_flushed = false;
        }
    }

    pub(super) async fn close(self) {
        if let Self::Open { open, .. } = self {
            open.connection.close(open.out).await;
        }
    }
}

impl Open {
    fn new(connection: Connection) -> Self {
        let decoder = FrameDecoder::new(FRAME_BYTES_MAX);
        Self { connection, decoder, out: BytesMut::new(), is_flushed: true }
    }

    fn poll(&mut self, cx: &mut Context<'_>, may_read: bool) -> Poll<Result<(), Error>> {
        if !self.is_flushed
            && let Poll::Ready(written) = self.connection.poll_write(cx, &mut self.out)
        {
            self.is_flushed = true;
            if written.is_err() {
                return Poll::Ready(written);
            }
            // Most connections are idle most of the time.
            self.out = BytesMut::new();
            return Poll::Ready(Ok(()));
        }
        if may_read { self.connection.poll_read(cx, &mut self.decoder) } else { Poll::Pending }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Dialing { .. } => "Dialing",
            Self::Open { .. } => "Open",
            Self::Lost { .. } => "Lost",
        })
    }
}
