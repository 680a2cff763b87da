//! The news that the bridge is stopping, for whoever serves somebody.

use tokio::sync::watch;

/// Tells it. Dropping it tells it too.
#[derive(Debug)]
pub(crate) struct Drain(watch::Sender<bool>);

/// Hears it.
#[derive(Clone, Debug)]
pub(crate) struct Draining(watch::Receiver<bool>);

impl Drain {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn begin(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    pub(crate) fn listen(&self) -> Draining {
        Draining(self.0.subscribe())
    }
}

impl Draining {
    pub(crate) async fn begun(&mut self) {
        // An error says that the sender is gone, which comes to the same.
        drop(self.0.wait_for(|begun| *begun).await);
    }
}
