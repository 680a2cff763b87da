//! The way into the engine: a queue with a limit. What one caller says at once stays together,
//! so that it is decided in one batch, and wakes the engine once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::chat::Input;

/// Inputs that may wait for the engine; then connections stop reading, and so peers wait.
pub(super) const INBOX_INPUTS_MAX: usize = 4096;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Inbox {
    queue: mpsc::Sender<Arrival>,
    /// One for each input that may wait.
    places: Arc<Semaphore>,
    inputs_max: usize,
}

/// The engine is gone: the process is about to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct EngineGone;

/// What waits in the inbox.
#[derive(Debug)]
pub(super) enum Arrival {
    /// What somebody has said, and its places, which are free when this is taken out.
    Inputs(Vec<Input>, Option<OwnedSemaphorePermit>),
    /// Answered after a whole turn of the loop.
    Alive(oneshot::Sender<()>),
    /// Nothing that comes later counts.
    Stop,
}

impl Arrival {
    pub(super) fn inputs(&self) -> usize {
        match self {
            Self::Inputs(inputs, _) => inputs.len(),
            Self::Alive(_) | Self::Stop => 0,
        }
    }
}

impl Inbox {
    pub(super) fn new(inputs_max: usize) -> (Self, mpsc::Receiver<Arrival>) {
        let (queue, arrivals) = mpsc::channel(inputs_max);
        let places = Arc::new(Semaphore::new(inputs_max));
        (Self { queue, places, inputs_max }, arrivals)
    }

    /// Waits for places in the queue; inputs of one caller keep their order.
    pub(crate) async fn push(&self, inputs: Vec<Input>) -> Result<(), EngineGone> {
        let count = u32::try_from(inputs.len().min(self.inputs_max)).map_err(|_| EngineGone)?;
        let places = Arc::clone(&self.places).acquire_many_owned(count).await;
        let places = places.map_err(|_| EngineGone)?;
        self.queue.send(Arrival::Inputs(inputs, Some(places))).await.map_err(|_| EngineGone)
    }

    /// The same for what a thread of the engine's own says: there are few, so they take none of
    /// the places that others wait for.
    pub(super) fn push_blocking(&self, input: Input) -> Result<(), EngineGone> {
        self.queue.blocking_send(Arrival::Inputs(vec![input], None)).map_err(|_| EngineGone)
    }

    /// How many inputs wait for the engine.
    pub(crate) fn waiting(&self) -> usize {
        self.inputs_max - self.places.available_permits()
    }

    /// Whether the loop turns: waits for one turn of it.
    pub(crate) async fn alive(&self) -> bool {
        let (answer, turned) = oneshot::channel();
        self.queue.send(Arrival::Alive(answer)).await.is_ok() && turned.await.is_ok()
    }

    /// Has the loop end when it has done what came before this.
    pub(super) async fn stop(&self) {
        if self.queue.send(Arrival::Stop).await.is_err() {
            tracing::debug!("the engine had ended before");
        }
    }
}

/// An inbox without an engine behind it: a test takes out what comes in.
#[cfg(any(test, feature = "bench"))]
#[cfg_attr(not(test), expect(dead_code, reason = "a bench takes nothing out"))]
pub(crate) mod bare {
    use std::collections::VecDeque;

    use super::{Arrival, Inbox, Input, mpsc};

    #[derive(Debug)]
    pub(crate) struct Inputs {
        arrivals: mpsc::Receiver<Arrival>,
        said: VecDeque<Input>,
    }

    pub(crate) fn inbox(inputs_max: usize) -> (Inbox, Inputs) {
        let (inbox, arrivals) = Inbox::new(inputs_max);
        (inbox, Inputs { arrivals, said: VecDeque::new() })
    }

    impl Inputs {
        pub(crate) async fn next(&mut self) -> Option<Input> {
            while self.said.is_empty() {
                if let Arrival::Inputs(inputs, _) = self.arrivals.recv().await? {
                    self.said.extend(inputs);
                }
            }
            self.said.pop_front()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_finds_no_place_waits_and_what_is_said_at_once_stays_together() {
        let (inbox, mut arrivals) = Inbox::new(3);
        let ticks = |count| vec![Input::Tick; count];
        inbox.push(ticks(2)).await.unwrap();
        let second = inbox.push(ticks(2));
        tokio::pin!(second);
        assert!(waits(&mut second).await, "two have no place beside two");
        let first = arrivals.recv().await.unwrap();
        assert_eq!(first.inputs(), 2);
        drop(first);
        second.await.unwrap();
        // More than there are places for goes through when all are free.
        drop(arrivals.recv().await);
        inbox.push(ticks(10)).await.unwrap();
        assert_eq!(inbox.waiting(), 3);
        assert_eq!(arrivals.recv().await.unwrap().inputs(), 10);
        assert_eq!(inbox.waiting(), 0);
    }

    #[tokio::test]
    async fn who_waits_for_a_place_hears_that_the_engine_is_gone() {
        let (inbox, arrivals) = Inbox::new(2);
        inbox.push(vec![Input::Tick; 2]).await.unwrap();
        let second = inbox.push(vec![Input::Tick]);
        tokio::pin!(second);
        assert!(waits(&mut second).await);
        drop(arrivals);
        assert_eq!(second.await, Err(EngineGone));
        assert_eq!(inbox.push(vec![Input::Tick]).await, Err(EngineGone));
    }

    async fn waits<F: Future + Unpin>(future: &mut F) -> bool {
        tokio::select! {
            biased;
            _ = future => false,
            () = tokio::task::yield_now() => true,
        }
    }
}
