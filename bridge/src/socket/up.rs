//! From the client to the daemon.

use futures_util::StreamExt as _;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, WriteHalf};
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::pulse::Pulse;
use super::{Ended, Receiver};
use crate::frames;
use crate::metrics::traffic::Way;
use crate::upstream::Link;

/// Copies messages that are whole frames, one after the other.
pub(super) async fn copy<S>(
    receiver: &mut Receiver<S>,
    writer: &mut WriteHalf<Link>,
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
        let frames = match message {
            Some(Ok(Message::Binary(frames))) => frames,
            Some(Ok(Message::Text(_))) => {
                return Ended::ClientBroke(CloseCode::Unsupported, "messages must be binary");
            }
            Some(Ok(Message::Close(_))) => return Ended::ByClient,
            // tungstenite answers pings itself. A raw frame is never read.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
            Some(Err(error)) => return blame(&error),
            None => return Ended::ClientLost,
        };
        if let Err(broken) = check(&frames) {
            return broken;
        }
        let waiting = way.begin();
        // Flushed, because a TLS stream may keep what it was given.
        let written = async {
            writer.write_all(&frames).await?;
            writer.flush().await
        };
        if written.await.is_err() {
            return Ended::ByUpstream;
        }
        waiting.passed(frames.len());
    }
}

/// A message is one or more whole frames and nothing else.
fn check(message: &[u8]) -> Result<(), Ended> {
    match frames::whole_frames(message, usize::MAX) {
        Ok(whole) if whole == message.len() && whole > 0 => Ok(()),
        Ok(_) => Err(Ended::ClientBroke(
            CloseCode::Protocol,
            "a message must be one or more whole frames, each after its length",
        )),
        Err(frames::TooLong) => Err(Ended::ClientBroke(CloseCode::Size, "a frame is too long")),
    }
}

/// What an error in reading says about the client.
#[expect(clippy::wildcard_enum_match_arm, reason = "the other errors are of other uses")]
fn blame(error: &Error) -> Ended {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => {
            Ended::ClientBroke(CloseCode::Size, "a message is too long")
        }
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Ended::ClientLost,
        Error::Protocol(_) => Ended::ClientBroke(CloseCode::Protocol, "not WebSocket (RFC 6455)"),
        Error::Utf8(_) => Ended::ClientBroke(CloseCode::Invalid, "text is not UTF-8"),
        _ => Ended::ClientLost,
    }
}
