//! Of messages, and of what one has read.

use parlor_proto::codes::Reason;
use parlor_proto::v1;
use parlor_proto::v1::client_frame::Body;

use super::{Bad, bad, plain, x};

/// What a request is about; 0: missing.
const ROOM: u64 = 123_456;
const SEQ: u64 = 7;

pub(super) fn requests() -> Vec<Bad> {
    let (room_id, target_seq) = (ROOM, SEQ);
    let text = String::from("hello");
    let id = vec![7; 16].into();
    let send = v1::SendRequest { client_message_id: id, text: text.clone(), room_id, ..plain() };
    let edit = v1::EditRequest { room_id, target_seq, text, ..plain() };
    let react =
        v1::SetReactionRequest { room_id, target_seq, reaction: "+1".into(), present: true };
    let sends = Body::Send;
    let edits = Body::Edit;
    let reacts = Body::SetReaction;
    let deletes = |room_id, target_seq| Body::Delete(v1::DeleteRequest { room_id, target_seq });
    let long = x(8 * 1024 + 1);
    vec![
        bad(sends(v1::SendRequest { room_id: 0, ..send.clone() }), "room_id"),
        bad(sends(v1::SendRequest { direct_user_ids: vec![1], ..send.clone() }), "direct_user_ids"),
        bad(
            sends(v1::SendRequest {
                room_id: 0,
                direct_user_ids: (1..=8).collect(),
                ..send.clone()
            }),
            "direct_user_ids",
        ),
        bad(
            sends(v1::SendRequest { room_id: 0, direct_user_ids: vec![0], ..send.clone() }),
            "direct_user_ids",
        ),
        (
            sends(v1::SendRequest { client_message_id: vec![7; 17].into(), ..send.clone() }),
            Reason::BadClientMessageId,
            "client_message_id",
        ),
        (sends(v1::SendRequest { text: x(0), ..send.clone() }), Reason::TextEmpty, ""),
        (sends(v1::SendRequest { text: long.clone(), ..send }), Reason::TextTooLong, ""),
        bad(edits(v1::EditRequest { room_id: 0, ..edit.clone() }), "room_id"),
        bad(edits(v1::EditRequest { target_seq: 0, ..edit.clone() }), "target_seq"),
        (edits(v1::EditRequest { text: x(0), ..edit.clone() }), Reason::TextEmpty, ""),
        (edits(v1::EditRequest { text: long, ..edit }), Reason::TextTooLong, ""),
        bad(deletes(0, SEQ), "room_id"),
        bad(deletes(ROOM, 0), "target_seq"),
        bad(reacts(v1::SetReactionRequest { room_id: 0, ..react.clone() }), "room_id"),
        bad(reacts(v1::SetReactionRequest { target_seq: 0, ..react.clone() }), "target_seq"),
        bad(reacts(v1::SetReactionRequest { reaction: x(0), ..react.clone() }), "reaction"),
        bad(reacts(v1::SetReactionRequest { reaction: x(33), ..react.clone() }), "reaction"),
        bad(reacts(v1::SetReactionRequest { reaction: "\n".into(), ..react }), "reaction"),
    ]
}

pub(super) fn reading() -> Vec<Bad> {
    let reactions = |room_id, target_seq| {
        Body::ListReactions(v1::ListReactionsRequest { room_id, target_seq, ..plain() })
    };
    let thread = |room_id, thread_seq| {
        Body::ListThread(v1::ListThreadRequest { room_id, thread_seq, ..plain() })
    };
    let search =
        |query, page_token| Body::Search(v1::SearchRequest { query, page_token, ..plain() });
    let cursor = |name, room_id| Body::SetCursor(v1::SetCursorRequest { name, room_id, seq: SEQ });
    let remove = |name| Body::RemoveCursor(v1::RemoveCursorRequest { name });
    let token = vec![7; 5].into();
    let mentions = v1::ListMentionsRequest { page_token: vec![7; 5].into(), ..plain() };
    let unread = v1::ListUnreadRequest { page_token: vec![7; 5].into() };
    let sync = |cursors: u64, rooms: u64| {
        let cursors = (1..=cursors).map(|room_id| v1::Cursor { room_id, seq: SEQ }).collect();
        Body::Sync(v1::SyncRequest { cursors, room_ids: (1..=rooms).collect(), ..plain() })
    };
    vec![
        bad(Body::History(plain()), "room_id"),
        bad(reactions(0, SEQ), "room_id"),
        bad(reactions(ROOM, 0), "target_seq"),
        bad(thread(0, SEQ), "room_id"),
        bad(thread(ROOM, 0), "thread_seq"),
        (search(x(257), plain()), Reason::BadQuery, ""),
        (search(x(0), plain()), Reason::BadQuery, ""),
        bad(search("herons".into(), token), "page_token"),
        bad(Body::ListMentions(mentions), "page_token"),
        bad(Body::ListUnread(unread), "page_token"),
        bad(Body::MarkRead(v1::MarkReadRequest { room_id: 0, read_seq: SEQ }), "room_id"),
        bad(Body::Typing(plain()), "room_id"),
        bad(cursor(x(0), ROOM), "name"),
        bad(cursor(x(65), ROOM), "name"),
        bad(cursor("a\nb".into(), ROOM), "name"),
        bad(cursor("backup".into(), 0), "room_id"),
        bad(Body::GetCursors(v1::GetCursorsRequest { name: x(65) }), "name"),
        bad(remove(x(0)), "name"),
        bad(remove(x(65)), "name"),
        bad(sync(257, 0), "cursors"),
        bad(sync(0, 257), "room_ids"),
    ]
}
