//! What one loop of a connection has to say through the other: one message at a time, so that
//! a client that does not read what it is told is not read either.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message;

/// Room for one answer. Both loops run in one task, so the lock is never contended.
#[derive(Debug, Default)]
pub(super) struct Answers {
    waiting: Mutex<Option<Message>>,
    put: Notify,
    taken: Notify,
}

impl Answers {
    /// Waits until there is room. Only one may wait.
    pub(super) async fn put(&self, answer: Message) {
        while self.waiting().is_some() {
            self.taken.notified().await;
        }
        *self.waiting() = Some(answer);
        self.put.notify_one();
    }

    /// Waits until there is an answer. Only one may wait.
    pub(super) async fn take(&self) -> Message {
        loop {
            if let Some(answer) = self.waiting().take() {
                self.taken.notify_one();
                return answer;
            }
            self.put.notified().await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Message>> {
        // No code panics while it holds the lock, so a poisoned one is as good as any.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_has_more_to_say_waits_until_the_first_is_taken() {
        let answers = Answers::default();
        let all = ["one", "two", "three"].map(Message::text);
        let putting = async {
            for answer in &all {
                answers.put(answer.clone()).await;
            }
        };
        let taking = async { [answers.take().await, answers.take().await, answers.take().await] };
        let ((), taken) = tokio::join!(putting, taking);
        assert_eq!(taken, all);
    }
}
