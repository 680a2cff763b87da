//! Frames as JSON: the proto3 JSON mapping, for clients without a protobuf library.
//!
//! Text goes in and a frame comes out, and back, by reflection over the descriptors of the
//! schema. Nothing in here knows a message by name, and nothing does I/O.

mod fault;

use std::sync::LazyLock;

use bytes::Bytes;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};

pub use self::fault::{Fault, Unlike};
use crate::frame::encode_frame;

/// The schema as `build.rs` has compiled it.
static DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "compiled in, and decoded by the tests")]
    DescriptorPool::decode(DESCRIPTORS).expect("the descriptors of the schema")
});

/// One of the two messages that a frame can be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Envelope {
    /// What clients send.
    Client,
    /// What the server sends.
    Server,
}

impl Envelope {
    /// The frame that a text tells of, with its length in front.
    ///
    /// # Errors
    ///
    /// What is wrong with the text and where, and which request it was meant to be.
    pub fn read(self, text: &str) -> Result<Bytes, Fault> {
        let descriptor = self.descriptor();
        let mut json = serde_json::Deserializer::from_str(text);
        let message = DynamicMessage::deserialize(descriptor.clone(), &mut json);
        match message.and_then(|message| json.end().map(|()| message)) {
            Ok(message) => Ok(encode_frame(&message)),
            Err(error) => Err(Fault::find(&descriptor, text, &error)),
        }
    }

    /// The text for a frame, given without its length. Fields that this schema does not have
    /// are left out: JSON has no place for them.
    ///
    /// # Errors
    ///
    /// The bytes are not of this message.
    pub fn write(self, frame: &[u8]) -> Result<String, NotThisMessage> {
        let message =
            DynamicMessage::decode(self.descriptor(), frame).map_err(|_| NotThisMessage)?;
        serde_json::to_string(&message).map_err(|_| NotThisMessage)
    }

    fn descriptor(self) -> MessageDescriptor {
        let name = match self {
            Self::Client => "parlor.v1.ClientFrame",
            Self::Server => "parlor.v1.ServerFrame",
        };
        #[expect(clippy::expect_used, reason = "as above")]
        POOL.get_message_by_name(name).expect("both are in the schema")
    }
}

/// Bytes that are not of the message that they were said to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotThisMessage;

impl std::fmt::Display for NotThisMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the bytes are not of this message")
    }
}

impl std::error::Error for NotThisMessage {}

#[cfg(test)]
mod tests;
