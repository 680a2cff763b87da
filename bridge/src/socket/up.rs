//! From the client to the daemon.

use futures_util::StreamExt as _;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, WriteHalf};
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::dialect::{Dialect, Meant};
use super::pulse::Pulse;
use super::{Ended, Receiver};
use crate::metrics::traffic::Way;
use crate::upstream::Link;

/// Takes messages one after the other, and gives on what they mean.
pub(super) async fn copy<S>(
    (receiver, writer): (&mut Receiver<S>, &mut WriteHalf<Link>),
    dialect: &impl Dialect,
    pulse: &Pulse,
    way: &Way,
) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        pulse.listen();
        let message = receiver.next().await;
        pulse.hear();
        let meant = match message {
            Some(Ok(message @ (Message::Binary(_) | Message::Text(_)))) => {
                let bytes = message.len();
                dialect.read(message).map(|meant| (meant, bytes))
            }
            Some(Ok(Message::Close(_))) => return Ended::ByClient,
            // tungstenite answers pings itself. A raw frame is never read.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
            Some(Err(error)) => return blame(&error),
            None => return Ended::ClientLost,
        };
        let (frames, bytes) = match meant {
            Ok((Meant::Frames(frames), bytes)) => (frames, bytes),
            Ok((Meant::Nothing(answer), _)) => {
                // It waits for the client to take the one before.
                pulse.listen();
                dialect.answer(answer).await;
                continue;
            }
            Err(broken) => return broken,
        };
        let waiting = way.begin();
        // Flushed, because a TLS stream may keep what it was given.
        let written = async {
            writer.write_all(&frames).await?;
            writer.flush().await
        };
        if written.await.is_err() {
            return Ended::ByUpstream;
        }
        waiting.passed(bytes);
    }
}

/// What an error in reading says about the client.
#[expect(clippy::wildcard_enum_match_arm, reason = "the other errors are of other uses")]
pub(crate) fn blame(error: &Error) -> Ended {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => {
            Ended::broke(CloseCode::Size, "a message is too long")
        }
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Ended::ClientLost,
        Error::Protocol(_) => Ended::broke(CloseCode::Protocol, "not WebSocket (RFC 6455)"),
        Error::Utf8(_) => Ended::broke(CloseCode::Invalid, "text is not UTF-8"),
        _ => Ended::ClientLost,
    }
}
