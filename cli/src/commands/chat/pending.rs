//! Lines that are not known to be stored yet, in the order in which they were typed.

use std::collections::VecDeque;

use parlor_proto::client::new_client_message_id;
use parlor_proto::ids::ClientMessageId;

/// Lines that wait; then no more are read.
const PENDING_MAX: usize = 256;

/// Each line has its id from the beginning, so that it is stored once however often it is sent.
#[derive(Debug, Default)]
pub(super) struct Pending(VecDeque<(ClientMessageId, String)>);

impl Pending {
    /// To be called only if the lines are not full.
    pub(super) fn push(&mut self, text: String) -> ClientMessageId {
        debug_assert!(!self.is_full(), "whoever reads lines stops in time");
        let id = new_client_message_id();
        self.0.push_back((id, text));
        id
    }

    pub(super) fn first(&self) -> Option<(ClientMessageId, &str)> {
        self.0.front().map(|(id, text)| (*id, text.as_str()))
    }

    pub(super) fn pop(&mut self) {
        self.0.pop_front();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= PENDING_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_order_and_their_ids_until_they_are_stored() {
        let mut pending = Pending::default();
        pending.push("one".into());
        pending.push("two".into());
        let (id, text) = pending.first().map(|(id, text)| (id, text.to_owned())).unwrap();
        assert_eq!((pending.first().unwrap().0, text.as_str()), (id, "one"));
        pending.pop();
        assert_eq!(pending.first().unwrap().1, "two");
        assert_ne!(pending.first().unwrap().0, id);
    }

    #[test]
    fn so_many_wait_and_no_more_are_read() {
        let mut pending = Pending::default();
        while !pending.is_full() {
            pending.push("hi".into());
        }
        assert_eq!(pending.len(), PENDING_MAX);
        pending.pop();
        assert!(!pending.is_full());
    }
}
