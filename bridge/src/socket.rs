//! A WebSocket and a connection to the daemon, and the bytes between them. What stands in the
//! messages is a [`Dialect`]'s business.
//!
//! Two loops in one task, [`up`] and [`down`]. Each holds at most one message and waits until
//! the other side has taken it, so a slow peer is felt by the one that feeds it: nothing piles
//! up in here. Whichever loop ends first says who ended it, and [`end`] tells the others.

mod binary;
mod dialect;
mod down;
mod parts;
mod pulse;
mod up;

use std::borrow::Cow;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use parlor_proto::limits::{FRAME_BYTES_MAX, PREFIX_BYTES};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tracing::debug;

pub(crate) use self::binary::{Binary, go_away};
pub(crate) use self::dialect::{Dialect, Meant};
#[cfg(feature = "echo")]
pub(crate) use self::parts::Parts;
use self::pulse::Pulse;
#[cfg(feature = "echo")]
pub(crate) use self::up::blame;
use crate::drain::Draining;
use crate::metrics::traffic::Stripe;
use crate::upstream::Link;

/// Frames for a client are joined to messages of about this size; a longer frame goes alone.
const MESSAGE_BYTES_AIM: usize = 16 * 1024;

/// The longest message from a client: several frames, or one of the longest.
const MESSAGE_BYTES_MAX: usize = 2 * (PREFIX_BYTES + FRAME_BYTES_MAX);

/// What tungstenite allocates for reading, at once and for every client.
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// What tungstenite holds that the socket has not taken: the one message that is being sent, a
/// pong and a close, with their headers.
const WRITE_BUFFER_BYTES_MAX: usize = MESSAGE_BYTES_MAX + 1024;

/// What a close may say (RFC 6455, section 5.5.1).
const CLOSE_REASON_BYTES_MAX: usize = 123;

/// How long what the daemon said last may take to reach the client.
const LAST_WORDS_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a client may take to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

type Sender<S> = SplitSink<WebSocketStream<S>, Message>;
type Receiver<S> = SplitStream<WebSocketStream<S>>;

/// Who ended the connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Ended {
    /// The client closed it.
    ByClient,
    /// The client is gone without a word.
    ClientLost,
    /// The client sent what is not allowed.
    ClientBroke(CloseCode, Cow<'static, str>),
    /// The daemon closed it or was lost.
    ByUpstream,
    /// The daemon sent what is not a frame.
    UpstreamBroke,
    /// The bridge is stopping.
    Draining,
    /// The daemon was never reached.
    Unreachable,
}

/// What copying needs besides the two ends.
pub(crate) struct Copying {
    pub(crate) ping_interval: Duration,
    /// For how long a client may take nothing and say nothing.
    pub(crate) answer_timeout: Duration,
    pub(crate) draining: Draining,
    /// Where what passes is counted.
    pub(crate) traffic: Arc<Stripe>,
}

impl Ended {
    /// What figures call it.
    pub(crate) const LABELS: [&str; 7] = [
        "by_client",
        "client_lost",
        "client_broke",
        "by_upstream",
        "upstream_broke",
        "draining",
        "unreachable",
    ];

    /// The client sent what is not allowed, and is told so much of it as a close may say.
    pub(crate) fn broke(code: CloseCode, why: impl Into<Cow<'static, str>>) -> Self {
        let mut why = why.into();
        if why.len() > CLOSE_REASON_BYTES_MAX {
            let end = why.floor_char_boundary(CLOSE_REASON_BYTES_MAX);
            why.to_mut().truncate(end);
        }
        Self::ClientBroke(code, why)
    }

    /// The client sent a frame that no server takes.
    pub(crate) fn too_long() -> Self {
        Self::broke(CloseCode::Size, "a frame is too long")
    }

    /// One of [`Self::LABELS`].
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::ByClient => "by_client",
            Self::ClientLost => "client_lost",
            Self::ClientBroke(..) => "client_broke",
            Self::ByUpstream => "by_upstream",
            Self::UpstreamBroke => "upstream_broke",
            Self::Draining => "draining",
            Self::Unreachable => "unreachable",
        }
    }

    /// The code of the close that the client is sent.
    pub(crate) fn close_code(&self) -> Option<u16> {
        self.close().map(|(code, _)| code.into())
    }

    /// What the client is told.
    pub(crate) fn close(&self) -> Option<(CloseCode, &str)> {
        match self {
            Self::ByClient | Self::ClientLost => None,
            Self::ClientBroke(code, why) => Some((*code, why)),
            Self::ByUpstream => Some((CloseCode::Restart, "the server has closed the connection")),
            Self::UpstreamBroke => Some((CloseCode::Error, "the server sent what is not a frame")),
            Self::Draining => Some((CloseCode::Restart, "the bridge is stopping")),
            Self::Unreachable => Some((CloseCode::Again, "the server cannot be reached")),
        }
    }
}

/// The limits of tungstenite; its own are made for other purposes.
pub(crate) fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX))
}

/// Copies both ways until somebody ends it, and ends it for the others.
pub(crate) async fn copy<S, D>(
    socket: WebSocketStream<S>,
    link: Link,
    dialect: &D,
    Copying { ping_interval, answer_timeout, draining, traffic }: Copying,
) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin,
    D: Dialect,
{
    let (mut sender, mut receiver) = socket.split();
    let (mut reader, mut writer) = tokio::io::split(link);
    let pulse = Pulse::default();
    let ended = {
        let ends = (&mut receiver, &mut writer);
        let mut up = pin!(up::copy(ends, dialect, &pulse, &traffic.up));
        let ends = (&mut reader, &mut sender);
        let until = (ping_interval, answer_timeout, draining);
        let down = down::Down::new(ends, dialect, &pulse, until, &traffic.down);
        let mut down = pin!(down.copy());
        tokio::select! {
            biased; // A close that has come counts before a write that fails because of it.
            ended = &mut up => if ended == Ended::ByUpstream {
                // It takes no more from the client, but may have said why.
                timeout(LAST_WORDS_TIMEOUT, &mut down).await.unwrap_or(ended)
            } else {
                ended
            },
            ended = &mut down => ended,
        }
    };
    debug!(?ended, "the connection ends");
    end(&ended, reader.unsplit(writer), &mut sender, &mut receiver).await;
    ended
}

/// Tells the daemon and the client that it is over, each in its way.
async fn end<S>(ended: &Ended, link: Link, sender: &mut Sender<S>, receiver: &mut Receiver<S>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match ended {
        Ended::ByClient => {
            // The answer to its close is queued and wants to be flushed.
            tokio::join!(link.close(), hang_up(None, sender, receiver));
        }
        Ended::ClientLost => link.abandon(),
        Ended::ByUpstream => {
            drop(link);
            hang_up(ended.close(), sender, receiver).await;
        }
        Ended::ClientBroke(..) | Ended::UpstreamBroke | Ended::Draining | Ended::Unreachable => {
            link.abandon();
            hang_up(ended.close(), sender, receiver).await;
        }
    }
}

/// Closes a WebSocket for which the daemon cannot be reached.
pub(crate) async fn refuse<S>(socket: WebSocketStream<S>) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut sender, mut receiver) = socket.split();
    hang_up(Ended::Unreachable.close(), &mut sender, &mut receiver).await;
    Ended::Unreachable
}

/// Sends a close, or the answer to one, and waits until the client has closed as well.
pub(crate) async fn hang_up<S>(
    close: Option<(CloseCode, &str)>,
    sender: &mut Sender<S>,
    receiver: &mut Receiver<S>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let closing = async {
        match close {
            Some((code, why)) => {
                let frame = CloseFrame { code, reason: why.into() };
                sender.send(Message::Close(Some(frame))).await?;
            }
            None => sender.flush().await?,
        }
        while receiver.next().await.transpose()?.is_some() {}
        Ok::<(), tokio_tungstenite::tungstenite::Error>(())
    };
    // Whether the client heard it in time or not, the connection ends here.
    drop(timeout(CLOSE_TIMEOUT, closing).await);
}
