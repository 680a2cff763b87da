//! The loop: decide, remember, tell.

pub(crate) mod clock;

use tokio::sync::mpsc;

use crate::chat::Input;

/// Inputs that may wait for the engine; then connections stop reading, and so peers wait.
pub(crate) const INBOX_INPUTS_MAX: usize = 4096;

/// The way into the engine. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Inbox(mpsc::Sender<Input>);

/// The engine is gone: the process is about to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct EngineGone;

impl Inbox {
    /// Waits for a place in the queue; inputs of one caller keep their order.
    pub(crate) async fn push(&self, input: Input) -> Result<(), EngineGone> {
        self.0.send(input).await.map_err(|_| EngineGone)
    }
}
