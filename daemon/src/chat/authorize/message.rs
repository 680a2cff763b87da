//! Who may say what, and read what others said.

use parlor_proto::codes::Reason;
use parlor_proto::ids::{ClientMessageId, RoomId, Seq};

use super::{Who, has_storage, is_within_rate, may, search};
use crate::chat::effects::Denial;
use crate::chat::input::{Anchor, ConnId, Found, MessageRequest, Now, Said, Stamp};
use crate::chat::permissions::Operation;
use crate::chat::rules::Limited;
use crate::chat::search::SearchPermit;
use crate::chat::state::State;

/// A message that was sent before under the same client message id.
#[derive(Clone, Copy, Debug)]
pub(in crate::chat) struct First {
    pub(in crate::chat) seq: Seq,
    pub(in crate::chat) at: Stamp,
}

#[derive(Debug)]
pub(in crate::chat) enum MessageAction {
    Send {
        who: Who,
        room: RoomId,
        id: ClientMessageId,
        said: Said,
    },
    /// Of a message that was sent before.
    SendAgain {
        room: RoomId,
        first: First,
    },
    History {
        who: Who,
        room: RoomId,
        anchor: Anchor,
        rows: u32,
    },
    Search {
        who: Who,
        permit: SearchPermit,
    },
}

pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    (request, found): (MessageRequest, Found),
) -> Result<MessageAction, Denial> {
    Ok(match request {
        MessageRequest::Send { room, id, said } => {
            let who = may(state, now, conn, (room, Operation::Send))?;
            match sent_before(found, &said.text)? {
                Some(first) => MessageAction::SendAgain { room, first },
                None => {
                    has_storage(state)?;
                    is_within_rate(state, now, who, Limited::Send)?;
                    MessageAction::Send { who, room, id, said }
                }
            }
        }
        MessageRequest::History { room, anchor, rows } => {
            let who = may(state, now, conn, (room, Operation::Read))?;
            MessageAction::History { who, room, anchor, rows }
        }
        MessageRequest::Search { query, resume, rows } => {
            search::authorize(state, now, conn, (query, resume, rows))?
        }
    })
}

fn sent_before(found: Found, text: &str) -> Result<Option<First>, Denial> {
    match found {
        Found::Nothing => Ok(None),
        Found::Sent { seq, at, text: first } if first == text => Ok(Some(First { seq, at })),
        Found::Sent { seq, .. } => Err(Denial::new(
            Reason::ClientMessageIdReused,
            format!("this client_message_id came before with another text: seq {seq}"),
        )),
    }
}
