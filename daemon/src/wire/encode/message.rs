//! Answers about messages.

use parlor_proto::v1::{self, server_frame::Body};

use crate::chat::{MessageAnswer, ReactionBy, Typist};

pub(super) fn answer(answer: &MessageAnswer) -> Body {
    match *answer {
        MessageAnswer::Sent { room, seq, at, duplicate } => {
            Body::Send(v1::SendResponse { seq: seq.0, time_ms: at.0, duplicate, room_id: room.0 })
        }
    }
}

pub(super) fn reaction(by: &ReactionBy) -> v1::Reaction {
    v1::Reaction {
        reaction: by.reaction.as_ref().to_owned(),
        user_id: by.user.0,
        user_name: (&by.name).into(),
    }
}

pub(super) fn typist(typist: &Typist) -> v1::Typist {
    v1::Typist {
        room_id: typist.room.0,
        user_id: typist.user.0,
        user_name: (&typist.name).into(),
        stopped: typist.stopped,
    }
}
