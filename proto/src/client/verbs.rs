//! What a user can ask for, one method each: a request of the right kind, and its answer. One
//! file per area.

mod account;
mod admin;
mod file;
mod message;
mod moderation;
mod reading;
mod room;
mod search;
mod webhook;

use uuid::Uuid;

use crate::ids::{ClientMessageId, RoomId};

/// A fresh name for a message. Keep it for as long as the message may be sent again.
#[must_use]
pub fn new_client_message_id() -> ClientMessageId {
    ClientMessageId(Uuid::now_v7().into_bytes())
}

/// A room, by what a person or a program has at hand.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RoomRef {
    /// By id.
    Id(RoomId),
    /// By name.
    Name(String),
}

macro_rules! expect_answer {
    ($answer:expr, $kind:ident) => {
        match $answer? {
            $crate::v1::server_frame::Body::$kind(answer) => Ok(answer),
            _ => Err($crate::client::Error::Protocol("an answer of another kind came".to_owned())),
        }
    };
}

use expect_answer;
