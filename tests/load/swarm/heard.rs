//! What a frame from a server is, found out as cheaply as it can be: of an event only the
//! numbers are read, and nothing is copied.

use anyhow::{Context as _, Result, bail};
use parlor_proto::v1::{ServerFrame, server_frame};
use prost::Message as _;

use crate::link::refusal;

/// Bytes of a client message id: a number of ours.
const ID_BYTES: usize = 16;

const NO_REQUEST: u8 = 0x1a; // ServerFrame.room_event, which comes first in a push of an event
const REQUEST_ID: u8 = 0x08; // ServerFrame.request_id, which comes first in an answer
const SEND: u8 = 0x2a; // ServerFrame.send

/// A frame from a server.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Heard {
    Message(Event),
    /// Another event of a room than a message.
    Event {
        room: u64,
        seq: u64,
    },
    /// The acknowledgement of a message.
    Sent {
        request: u32,
    },
    /// A refusal, of a request that may be refused.
    Refused {
        request: u32,
    },
    /// What asks for nothing and means nothing to us.
    Other,
}

/// A message in a room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Event {
    pub(crate) room: u64,
    pub(crate) seq: u64,
    /// The client message id.
    pub(crate) id: u128,
}

/// A refusal is `Refused`; a farewell is an error.
pub(crate) fn hear(frame: &[u8]) -> Result<Heard> {
    match frame {
        [NO_REQUEST, rest @ ..] => event(rest).context("not an event of a room"),
        [REQUEST_ID, rest @ ..] => {
            let mut fields = Fields(rest);
            let request = fields.varint().context("no request id")?;
            let request = u32::try_from(request)?;
            match fields.0 {
                [SEND, ..] => Ok(Heard::Sent { request }),
                _ => other(frame),
            }
        }
        _ => other(frame),
    }
}

fn other(frame: &[u8]) -> Result<Heard> {
    let ServerFrame { request_id, body } = ServerFrame::decode(frame)?;
    match body {
        Some(server_frame::Body::Error(_)) if request_id != 0 => {
            Ok(Heard::Refused { request: request_id })
        }
        Some(server_frame::Body::GoAway(away)) => bail!("sent away: {}", away.message),
        Some(body @ server_frame::Body::Error(_)) => Err(refusal(body)),
        _ => Ok(Heard::Other),
    }
}

/// A `RoomEvent` after its tag.
fn event(rest: &[u8]) -> Option<Heard> {
    let mut fields = Fields(Fields(rest).bytes()?);
    let (mut room, mut seq, mut id) = (0, 0, None);
    while let Some(tag) = fields.tag() {
        match tag {
            0x08 => room = fields.varint()?,
            0x10 => seq = fields.varint()?,
            0x32 => id = Some(message_id(fields.bytes()?)?),
            _ => fields.skip(tag)?,
        }
    }
    Some(match id {
        Some(id) => Heard::Message(Event { room, seq, id }),
        None => Heard::Event { room, seq },
    })
}

/// The client message id of a `Message`; 0 if it has none.
fn message_id(message: &[u8]) -> Option<u128> {
    let mut fields = Fields(message);
    while let Some(tag) = fields.tag() {
        match tag {
            0x12 => {
                let id: [u8; ID_BYTES] = fields.bytes()?.try_into().ok()?;
                return Some(u128::from_be_bytes(id));
            }
            _ => fields.skip(tag)?,
        }
    }
    Some(0)
}

/// The rest of a protobuf message.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// `None` at the end, and never anything but `None` after that.
    fn tag(&mut self) -> Option<u64> {
        if self.0.is_empty() { None } else { self.varint() }
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.varint()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(bytes)
    }

    fn skip(&mut self, tag: u64) -> Option<()> {
        match tag & 7 {
            0 => self.varint().map(drop),
            1 => self.0.split_at_checked(8).map(|(_, rest)| self.0 = rest),
            2 => self.bytes().map(drop),
            5 => self.0.split_at_checked(4).map(|(_, rest)| self.0 = rest),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parlor_proto::v1;

    use super::*;

    #[track_caller]
    fn check(request_id: u32, body: server_frame::Body, expect: Heard) {
        let frame = ServerFrame { request_id, body: Some(body) }.encode_to_vec();
        assert_eq!(hear(&frame).unwrap(), expect);
    }

    fn pushed(kind: v1::room_event::Kind) -> server_frame::Body {
        server_frame::Body::RoomEvent(v1::RoomEvent {
            room_id: 300,
            seq: 70_000,
            time_ms: 1_763_800_000_000,
            actor_id: 12,
            actor_name: "ada".into(),
            kind: Some(kind),
        })
    }

    #[test]
    fn the_numbers_of_a_message_are_read() {
        let id = (77 << 64) | 5;
        let message = v1::Message {
            text: "x".repeat(200),
            client_message_id: Bytes::copy_from_slice(&u128::to_be_bytes(id)),
            ..Default::default()
        };
        let expect = Heard::Message(Event { room: 300, seq: 70_000, id });
        check(0, pushed(v1::room_event::Kind::Message(message)), expect);
    }

    #[test]
    fn everything_else_is_told_apart() {
        let joined = v1::room_event::Kind::MemberChanged(v1::MemberChanged::default());
        check(0, pushed(joined), Heard::Event { room: 300, seq: 70_000 });
        let sent = v1::SendResponse { seq: 1, ..Default::default() };
        check(700, server_frame::Body::Send(sent), Heard::Sent { request: 700 });
        let busy = v1::Error { reason: "BUSY".into(), ..Default::default() };
        check(9, server_frame::Body::Error(busy), Heard::Refused { request: 9 });
        check(0, server_frame::Body::Probe(v1::Probe {}), Heard::Other);
        let away = server_frame::Body::GoAway(v1::GoAway::default());
        let away = ServerFrame { request_id: 0, body: Some(away) }.encode_to_vec();
        assert!(hear(&away).is_err());
    }

    #[test]
    fn a_torn_event_is_an_error() {
        let message = v1::room_event::Kind::Message(v1::Message::default());
        let frame = ServerFrame { request_id: 0, body: Some(pushed(message)) }.encode_to_vec();
        assert!(hear(frame.get(..frame.len() - 1).unwrap()).is_err());
    }
}
