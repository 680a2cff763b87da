//! A message as it is sent: whole, or a long text in parts (RFC 6455, section 5.4).
//!
//! What tungstenite has once held for a message it goes on holding, and a page of history as
//! JSON is several times as long as the frame that it was.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::MESSAGE_BYTES_AIM;

/// What to send one after the other, with nothing but control frames in between.
#[derive(Debug)]
pub(crate) enum Parts {
    Whole(Option<Message>),
    Text { rest: Bytes, opcode: Data },
}

impl Parts {
    pub(crate) fn of(message: Message) -> Self {
        if message.is_text() && message.len() > MESSAGE_BYTES_AIM {
            Self::Text { rest: message.into_data(), opcode: Data::Text }
        } else {
            Self::Whole(Some(message))
        }
    }
}

impl Iterator for Parts {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        match self {
            Self::Whole(message) => message.take(),
            Self::Text { rest, .. } if rest.is_empty() => None,
            Self::Text { rest, opcode } => {
                let part = rest.split_to(rest.len().min(MESSAGE_BYTES_AIM));
                let frame = Frame::message(part, OpCode::Data(*opcode), rest.is_empty());
                *opcode = Data::Continue;
                Some(Message::Frame(frame))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: Message, expect: &[usize]) {
        let length = |part| {
            if let Message::Frame(frame) = &part { frame.payload().len() } else { part.len() }
        };
        let parts: Vec<_> = Parts::of(message).map(length).collect();
        assert_eq!(parts, expect);
    }

    #[test]
    fn only_long_texts_are_cut_and_nothing_of_them_is_lost() {
        check(Message::text(""), &[0]);
        check(Message::text("x".repeat(MESSAGE_BYTES_AIM)), &[MESSAGE_BYTES_AIM]);
        check(Message::text("x".repeat(MESSAGE_BYTES_AIM + 1)), &[MESSAGE_BYTES_AIM, 1]);
        let long = 2 * MESSAGE_BYTES_AIM;
        check(Message::text("x".repeat(long)), &[MESSAGE_BYTES_AIM; 2]);
        check(Message::binary(vec![0; long]), &[long]);
    }

    #[test]
    fn the_first_says_that_it_is_text_and_the_last_that_it_is_the_last() {
        let parts = Parts::of(Message::text("x".repeat(2 * MESSAGE_BYTES_AIM + 1)));
        let head = |part| {
            let Message::Frame(frame) = part else { panic!("not cut: {part:?}") };
            (frame.header().opcode, frame.header().is_final)
        };
        let heads: Vec<_> = parts.map(head).collect();
        let [text, rest] = [Data::Text, Data::Continue].map(OpCode::Data);
        assert_eq!(heads, [(text, false), (rest, false), (rest, true)]);
    }
}
