//! Frames as they are: a message is one or more of them. Looks at nothing but where they end.

use std::future;

use bytes::BytesMut;
use parlor_proto::codes;
use parlor_proto::frame::encode_frame;
use parlor_proto::v1::server_frame::Body;
use parlor_proto::v1::{GoAwayCode, ServerFrame};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::dialect::{Dialect, Meant};
use super::{Ended, MESSAGE_BYTES_AIM};
use crate::frames;

/// Knows nothing, keeps nothing.
#[derive(Debug)]
pub(crate) struct Binary;

impl Dialect for Binary {
    fn read(&self, message: Message) -> Result<Meant, Ended> {
        let Message::Binary(frames) = message else {
            return Err(Ended::broke(CloseCode::Unsupported, "messages must be binary"));
        };
        match frames::whole_frames(&frames, usize::MAX) {
            Ok(whole) if whole == frames.len() && whole > 0 => Ok(Meant::Frames(frames)),
            Ok(_) => Err(Ended::broke(
                CloseCode::Protocol,
                "a message must be one or more whole frames, each after its length",
            )),
            Err(frames::TooLong) => Err(Ended::too_long()),
        }
    }

    fn write(&self, sent: &mut BytesMut) -> Result<Option<Message>, Ended> {
        let frames = frames::take(sent, MESSAGE_BYTES_AIM);
        Ok(frames.map_err(|frames::TooLong| Ended::UpstreamBroke)?.map(Message::Binary))
    }

    fn go_away(&self) -> Message {
        Message::Binary(encode_frame(&go_away()))
    }

    /// There are none: all that a client hears is from the daemon.
    async fn answer(&self, _: Message) {}

    async fn answered(&self) -> Message {
        future::pending().await
    }
}

/// The only frame that the bridge makes for everybody.
pub(crate) fn go_away() -> ServerFrame {
    let go_away = codes::go_away(GoAwayCode::Draining, "the bridge is stopping");
    ServerFrame { request_id: 0, body: Some(Body::GoAway(go_away)) }
}
