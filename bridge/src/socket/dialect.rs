//! What differs between the flavors: how frames stand in messages.

use bytes::{Bytes, BytesMut};
use tokio_tungstenite::tungstenite::Message;

use super::Ended;

/// One flavor's ways, for one connection. Both of its loops have it.
pub(crate) trait Dialect: Sync {
    /// What a message from the client is; pings and closes are not asked about.
    fn read(&self, message: Message) -> Result<Meant, Ended>;

    /// The next message for the client, cut from what the daemon has sent, once a frame is whole.
    fn write(&self, sent: &mut BytesMut) -> Result<Option<Message>, Ended>;

    /// The last message before the bridge stops.
    fn go_away(&self) -> Message;

    /// Hands in an answer of our own, and waits until the one before it has been taken.
    fn answer(&self, answer: Message) -> impl Future<Output = ()> + Send;

    /// Takes it, whenever there is one. Nothing is lost if it is dropped.
    fn answered(&self) -> impl Future<Output = Message> + Send;
}

/// A message from a client, understood as far as it must be.
#[derive(Debug)]
pub(crate) enum Meant {
    /// Frames for the daemon.
    Frames(Bytes),
    /// Something that the daemon need not hear of, and what the client is told.
    Nothing(Message),
}
