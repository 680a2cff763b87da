//! Messages and the logs that they stand in.

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{ClientMessageId, FileId, Seq};
use parlor_proto::limits::{MESSAGE_FILES_MAX, REACTION_BYTES_MAX, TEXT_BYTES_MAX};
use parlor_proto::v1::{self, client_frame::Body, history_request};

use super::query::query;
use super::room::others;
use super::{at_most, deny, misplaced, room, rows};
use crate::chat::{Anchor, Denial, Format, MessageRequest, Reworded, Said, SearchPlace};

#[expect(clippy::wildcard_enum_match_arm, reason = "the other areas have their own files")]
pub(super) fn request(body: Body) -> Result<MessageRequest, Denial> {
    Ok(match body {
        Body::Send(send) => send_request(send)?,
        Body::History(history) => MessageRequest::History {
            room: room(history.room_id)?,
            anchor: anchor(history.anchor),
            rows: rows(history.page_rows),
        },
        Body::Search(search) => MessageRequest::Search {
            query: query(&search.query)?,
            resume: search_place(&search.page_token)?,
            rows: rows(search.page_rows),
        },
        Body::Edit(edit) => MessageRequest::Edit {
            room: room(edit.room_id)?,
            target: target(edit.target_seq)?,
            said: Reworded {
                format: format(edit.format()),
                expected_version: edit.expected_version,
                text: text(edit.text)?,
            },
        },
        Body::Delete(delete) => MessageRequest::Delete {
            room: room(delete.room_id)?,
            target: target(delete.target_seq)?,
        },
        Body::SetReaction(set) => MessageRequest::SetReaction {
            room: room(set.room_id)?,
            target: target(set.target_seq)?,
            reaction: reaction(&set.reaction)?,
            present: set.present,
        },
        Body::ListReactions(list) => MessageRequest::ListReactions {
            room: room(list.room_id)?,
            target: target(list.target_seq)?,
            skip: list.skip,
            rows: rows(list.page_rows),
        },
        Body::ListThread(list) => MessageRequest::ListThread {
            room: room(list.room_id)?,
            root: seq(list.thread_seq).ok_or_else(|| missing("thread_seq"))?,
            after: Seq(list.after_seq),
            rows: rows(list.page_rows),
        },
        Body::Typing(typing) => {
            MessageRequest::Typing { room: room(typing.room_id)?, stopped: typing.stopped }
        }
        _ => return Err(misplaced()),
    })
}

/// As `wire::encode` writes it; to everybody else it means nothing.
fn search_place(token: &[u8]) -> Result<Option<SearchPlace>, Denial> {
    if token.is_empty() {
        return Ok(None);
    }
    let place = || {
        let (newest, rest) = token.split_first_chunk()?;
        let (oldest, rest) = rest.split_first_chunk()?;
        let (newest, oldest) = (i64::from_be_bytes(*newest), i64::from_be_bytes(*oldest));
        Some(SearchPlace { newest, oldest, told: u32::from_be_bytes(rest.try_into().ok()?) })
    };
    let place = place();
    place.map(Some).ok_or_else(|| deny(Reason::BadField, "page_token is not one of an answer"))
}

fn send_request(send: v1::SendRequest) -> Result<MessageRequest, Denial> {
    let id = ClientMessageId::try_from(&send.client_message_id[..]).map_err(|_| {
        let len = send.client_message_id.len();
        deny(Reason::BadClientMessageId, format!("client_message_id has 16 bytes: {len}"))
    })?;
    let said = Said {
        format: format(send.format()),
        reply_to: seq(send.reply_to_seq),
        thread: seq(send.thread_seq),
        files: files(&send.file_ids)?,
        // With files a message need not say anything.
        text: if send.file_ids.is_empty() { text(send.text)? } else { any_text(send.text)? },
    };
    if send.direct_user_ids.is_empty() {
        return Ok(MessageRequest::Send { room: room(send.room_id)?, id, said });
    }
    if send.room_id != 0 {
        return Err(deny(Reason::BadField, "room_id and direct_user_ids: name only one"));
    }
    let others = others("direct_user_ids", &send.direct_user_ids)?;
    Ok(MessageRequest::SendDirect { others, id, said })
}

fn files(ids: &[u64]) -> Result<Vec<FileId>, Denial> {
    at_most("file_ids", ids.len(), MESSAGE_FILES_MAX)?;
    let is_again = |(at, id): (usize, &u64)| ids.iter().take(at).any(|earlier| earlier == id);
    if ids.contains(&0) || ids.iter().enumerate().any(is_again) {
        return Err(deny(Reason::BadField, "file_ids names files that there are, each once"));
    }
    Ok(ids.iter().copied().map(FileId).collect())
}

fn text(text: String) -> Result<Arc<str>, Denial> {
    match text.len() {
        0 => Err(deny(Reason::TextEmpty, "a message has some text")),
        _ => any_text(text),
    }
}

fn any_text(text: String) -> Result<Arc<str>, Denial> {
    match text.len() {
        0..=TEXT_BYTES_MAX => Ok(Arc::from(text)),
        len => Err(deny(
            Reason::TextTooLong,
            format!("a message has at most {TEXT_BYTES_MAX} bytes: {len}"),
        )),
    }
}

fn target(target: u64) -> Result<Seq, Denial> {
    seq(target).ok_or_else(|| missing("target_seq"))
}

/// Shown to everybody on one line, so it has nothing that moves elsewhere.
fn reaction(text: &str) -> Result<Arc<str>, Denial> {
    match text.len() {
        0 => Err(missing("reaction")),
        1..=REACTION_BYTES_MAX if text.chars().any(char::is_control) => {
            Err(deny(Reason::BadField, "reaction has no control characters"))
        }
        1..=REACTION_BYTES_MAX => Ok(text.into()),
        len => Err(deny(
            Reason::BadField,
            format!("reaction has at most {REACTION_BYTES_MAX} bytes: {len}"),
        )),
    }
}

fn missing(field: &str) -> Denial {
    deny(Reason::BadField, format!("{field} is missing"))
}

fn anchor(anchor: Option<history_request::Anchor>) -> Anchor {
    match anchor {
        Some(history_request::Anchor::AfterSeq(seq)) => Anchor::After(Seq(seq)),
        Some(history_request::Anchor::BeforeSeq(0)) | None => Anchor::Before(None),
        Some(history_request::Anchor::BeforeSeq(seq)) => Anchor::Before(Some(Seq(seq))),
    }
}

fn seq(seq: u64) -> Option<Seq> {
    (seq != 0).then_some(Seq(seq))
}

fn format(format: v1::Format) -> Format {
    match format {
        v1::Format::Unspecified | v1::Format::Plain => Format::Plain,
        v1::Format::Markdown => Format::Markdown,
        v1::Format::Emote => Format::Emote,
    }
}
