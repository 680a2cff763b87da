//! Messages and what becomes of them.
#![expect(clippy::wildcard_enum_match_arm, reason = "`Call::of` names each request")]

use uuid::Uuid;

use super::{Call, Found, Path, logged, resource};
use crate::rest::{
    EventPage, Format, Id, MessageChange, NewDirectMessage, NewMessage, ReactionPage, Sent,
};
use crate::v1::client_frame::Body as Ask;
use crate::v1::server_frame::Body;
use crate::v1::{self, history_request::Anchor};

pub(super) fn call(ask: Ask) -> Found {
    Ok(match ask {
        Ask::Send(send) => return said(send),
        Ask::Edit(edit) => {
            let format = Format::from(edit.format());
            let change = MessageChange { text: edit.text, format };
            let path = place(edit.room_id, edit.target_seq);
            let header = Some(("if-match", format!("\"{}\"", edit.expected_version)));
            Call { header, ..Call::with("PATCH", path, &change, logged) }
        }
        Ask::Delete(delete) => Call::delete(place(delete.room_id, delete.target_seq), logged),
        Ask::SetReaction(set) => {
            let path = place(set.room_id, set.target_seq).part("reactions").part(set.reaction);
            if set.present { Call::put(path, logged) } else { Call::delete(path, logged) }
        }
        Ask::ListReactions(list) => {
            let path = place(list.room_id, list.target_seq).part("reactions").rows(list.page_rows);
            let skip = if list.skip == 0 { String::new() } else { list.skip.to_string() };
            Call::get(path.page(skip), |body| {
                resource::<ReactionPage, _>(body, Body::ListReactions)
            })
        }
        Ask::ListThread(list) => {
            let path = place(list.room_id, list.thread_seq).part("thread");
            Call::get(path.number("after", list.after_seq).rows(list.page_rows), history)
        }
        Ask::History(ask) => {
            let path = Path::room(ask.room_id).part("events");
            let path = match ask.anchor {
                None => path,
                Some(Anchor::BeforeSeq(seq)) => path.number("before", seq),
                Some(Anchor::AfterSeq(seq)) => path.query("after", seq),
            };
            Call::get(path.rows(ask.page_rows), history)
        }
        ask => return Err(Box::new(ask)),
    })
}

fn said(send: v1::SendRequest) -> Found {
    // Without an id of the right length there is no such path.
    let Ok(id) = Uuid::from_slice(&send.client_message_id) else {
        return Err(Box::new(Ask::Send(send)));
    };
    let (room, format) = (Id(send.room_id), Format::from(send.format()));
    let some = |seq: u64| (seq != 0).then_some(seq);
    let (reply_to_seq, thread_seq) = (some(send.reply_to_seq), some(send.thread_seq));
    let text = send.text;
    let file_ids = send.file_ids.into_iter().map(Id).collect();
    if send.direct_user_ids.is_empty() {
        let path = Path::room(room.0).part("messages").part("by-client-id").part(id);
        let new = NewMessage { text, format, reply_to_seq, thread_seq, file_ids };
        return Ok(Call::with("PUT", path, &new, sent));
    }
    let user_ids = send.direct_user_ids.into_iter().map(Id).collect();
    let new = NewDirectMessage { user_ids, text, format, reply_to_seq, thread_seq, file_ids };
    let path = Path::new("/v1/direct-rooms/messages/by-client-id").part(id);
    Ok(Call::with("PUT", path, &new, sent))
}

fn place(room_id: u64, seq: u64) -> Path {
    Path::room(room_id).part("messages").part(seq)
}

fn sent(body: &[u8]) -> serde_json::Result<Body> {
    resource::<Sent, _>(body, Body::Send)
}

fn history(body: &[u8]) -> serde_json::Result<Body> {
    resource::<EventPage, _>(body, Body::History)
}
