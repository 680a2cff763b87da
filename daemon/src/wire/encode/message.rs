//! Answers about messages.

use parlor_proto::v1::{self, server_frame::Body};

use crate::chat::MessageAnswer;

pub(super) fn answer(answer: &MessageAnswer) -> Body {
    match *answer {
        MessageAnswer::Sent { room, seq, at, duplicate } => {
            Body::Send(v1::SendResponse { seq: seq.0, time_ms: at.0, duplicate, room_id: room.0 })
        }
    }
}
