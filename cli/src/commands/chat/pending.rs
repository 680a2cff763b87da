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
    /// Whether there was room.
    pub(super) fn push(&mut self, text: String) -> bool {
        let has_room = !self.is_full();
        if has_room {
            self.0.push_back((new_client_message_id(), text));
        }
        has_room
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
        assert!(pending.push("one".into()) && pending.push("two".into()));
        let (id, text) = pending.first().map(|(id, text)| (id, text.to_owned())).unwrap();
        assert_eq!((pending.first().unwrap().0, text.as_str()), (id, "one"));
        pending.pop();
        assert_eq!(pending.first().unwrap().1, "two");
        assert_ne!(pending.first().unwrap().0, id);
    }

    #[test]
    fn not_more_than_so_many_wait() {
        let mut pending = Pending::default();
        let taken = (0..PENDING_MAX + 10).filter(|i| pending.push(i.to_string())).count();
        assert_eq!((taken, pending.len()), (PENDING_MAX, PENDING_MAX));
        pending.pop();
        assert!(pending.push("again".into()));
    }
}
