//! Messages of ours that stand on the screen already, because somebody has typed them there.
//!
//! The line that was typed takes the place of the one that we would print if nothing has been
//! printed in between; else the message is shown like any other. Nothing that stands on the
//! screen is ever touched: nobody can know what a terminal shows by now.

use std::collections::VecDeque;

use parlor_proto::ids::ClientMessageId;
use parlor_proto::v1::{RoomEvent, room_event};

/// Lines that are remembered; what is typed beyond them is shown twice.
const LINES_MAX: usize = 64;

/// Each with how much had been printed when it was typed.
#[derive(Debug, Default)]
pub(super) struct Typed(VecDeque<(ClientMessageId, u64)>);

impl Typed {
    pub(super) fn note(&mut self, id: ClientMessageId, printed: u64) {
        // What was typed before something else was printed is of no use any more.
        self.0.retain(|(_, then)| *then == printed);
        if self.0.len() < LINES_MAX {
            self.0.push_back((id, printed));
        }
    }

    /// Whether this event needs no line of its own.
    pub(super) fn is_in_view(&mut self, event: &RoomEvent, printed: u64) -> bool {
        let Some(room_event::Kind::Message(message)) = &event.kind else { return false };
        let is_it = |(id, _): &(ClientMessageId, u64)| id.0 == *message.client_message_id;
        let Some(at) = self.0.iter().position(is_it) else { return false };
        self.0.remove(at).is_some_and(|(_, then)| then == printed)
    }
}

#[cfg(test)]
mod tests {
    use parlor_proto::v1::Message;

    use super::*;

    fn message(id: u8) -> RoomEvent {
        let client_message_id = vec![id; 16].into();
        let message = Message { text: "hi".into(), client_message_id, ..Default::default() };
        RoomEvent { kind: Some(room_event::Kind::Message(message)), ..Default::default() }
    }

    fn typed(lines: &[(u8, u64)]) -> Typed {
        let mut typed = Typed::default();
        lines.iter().for_each(|(id, printed)| typed.note(ClientMessageId([*id; 16]), *printed));
        typed
    }

    #[test]
    fn what_was_typed_last_stands_for_itself_once() {
        let mut typed = typed(&[(1, 7), (2, 7)]);
        assert!(typed.is_in_view(&message(1), 7) && typed.is_in_view(&message(2), 7));
        assert!(!typed.is_in_view(&message(2), 7), "somebody has sent the same id again");
        assert!(!typed.is_in_view(&message(3), 7), "sent from elsewhere");
        assert!(!typed.is_in_view(&RoomEvent::default(), 7));
    }

    #[test]
    fn what_was_printed_in_between_makes_it_a_line_like_others() {
        assert!(!typed(&[(1, 7)]).is_in_view(&message(1), 8));
        let mut typed = typed(&[(1, 7), (2, 8)]);
        assert!(!typed.is_in_view(&message(1), 8) && typed.is_in_view(&message(2), 8));
    }

    #[test]
    fn so_many_lines_are_remembered_and_no_more() {
        let mut typed = Typed::default();
        (0..200).for_each(|id| typed.note(ClientMessageId([id; 16]), 7));
        assert_eq!(typed.0.len(), LINES_MAX);
    }
}
