//! Who may say what, and read what others said.

mod about;

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{ClientMessageId, RoomId, Seq, UserId};

pub(in crate::chat) use self::about::no_such_message;
use self::about::{may_delete, may_edit, may_react, readable, the_message, there};
use super::file::no_such_file;
use super::pace::has_waited;
use super::room::direct;
use super::webhook::has_turn;
use super::{Who, are_within_rate, has_storage, is_within_rate, may, search, somebody};
use crate::chat::effects::{Body, Denial, FileFacts, Format, Logged, ReactionChanged};
use crate::chat::input::{Anchor, ConnId, Found, MessageRequest, Now, Said, Stamp};
use crate::chat::permissions::Operation;
use crate::chat::rules::{Limited, kib};
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
        files: Arc<[FileFacts]>,
    },
    /// To people who have no room of their own yet.
    SendDirect {
        who: Who,
        people: Vec<UserId>,
        id: ClientMessageId,
        said: Said,
        files: Arc<[FileFacts]>,
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
    Edit(Edit),
    Delete(Delete),
    /// It is already as it is wanted.
    Settled(Logged),
    SetReaction(SetReaction),
    ListReactions {
        who: Who,
        room: RoomId,
        target: Seq,
        skip: u32,
        rows: u32,
    },
    ListThread {
        who: Who,
        room: RoomId,
        root: Seq,
        after: Seq,
        rows: u32,
    },
    Typing {
        who: Who,
        room: RoomId,
        stopped: bool,
    },
}

/// A message gets another text.
#[derive(Debug)]
pub(in crate::chat) struct Edit {
    pub(in crate::chat) who: Who,
    pub(in crate::chat) room: RoomId,
    pub(in crate::chat) target: Seq,
    /// What it says so far, and which edit said so.
    pub(in crate::chat) before: Body,
    pub(in crate::chat) last_edit: Option<Seq>,
    /// The one that it gets.
    pub(in crate::chat) version: u32,
    pub(in crate::chat) text: Arc<str>,
    pub(in crate::chat) format: Format,
}

/// A message goes.
#[derive(Debug)]
pub(in crate::chat) struct Delete {
    pub(in crate::chat) who: Who,
    pub(in crate::chat) room: RoomId,
    pub(in crate::chat) target: Seq,
    pub(in crate::chat) author: UserId,
    pub(in crate::chat) before: Body,
    pub(in crate::chat) last_edit: Option<Seq>,
}

/// Somebody reacts to a message, or does no more.
#[derive(Debug)]
pub(in crate::chat) struct SetReaction {
    pub(in crate::chat) who: Who,
    pub(in crate::chat) room: RoomId,
    pub(in crate::chat) changed: ReactionChanged,
}

pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    (request, found): (MessageRequest, Found),
) -> Result<MessageAction, Denial> {
    Ok(match request {
        MessageRequest::Send { room, id, said } => {
            // What is stored is stored, whatever its author may do meanwhile.
            may(state, now, conn, (room, Operation::Read))?;
            if let Some(first) = sent_before(&found, &said)? {
                return Ok(MessageAction::SendAgain { room, first });
            }
            let who = may(state, now, conn, (room, Operation::Send))?;
            let (said, files) = in_place(state, (who, room), (said, found))?;
            has_storage(state)?;
            has_waited(state, now, who, room)?;
            is_within_rate(state, now, who, Limited::Send)?;
            has_turn(state, now, who)?;
            are_within_rate(state, now, who, (Limited::SendText, kib(&said.text)))?;
            MessageAction::Send { who, room, id, said, files }
        }
        MessageRequest::SendDirect { others, id, said } => {
            let who = somebody(state, conn)?;
            let people = direct::people(state, who.user, &others)?;
            // Who sends to a room that is there sends to that: see `Chat::resolve`.
            if state.rooms.direct(&people).is_some() {
                return Err(Denial::new(Reason::Internal, "the room was overlooked: try again"));
            }
            if said.reply_to.is_some() || said.thread.is_some() {
                let message = "there is no message in this room yet";
                return Err(Denial::new(Reason::MessageNotFound, message));
            }
            let files = own_files(&said, found)?;
            direct::may_make(state, now, who, &people)?;
            is_within_rate(state, now, who, Limited::Send)?;
            are_within_rate(state, now, who, (Limited::SendText, kib(&said.text)))?;
            MessageAction::SendDirect { who, people, id, said, files }
        }
        MessageRequest::History { room, anchor, rows } => {
            let who = may(state, now, conn, (room, Operation::Read))?;
            is_within_rate(state, now, who, Limited::Page)?;
            MessageAction::History { who, room, anchor, rows }
        }
        MessageRequest::Search { query, resume, rows } => {
            search::authorize(state, now, conn, (query, resume, rows))?
        }
        MessageRequest::Edit { room, target, said } => {
            let who = may(state, now, conn, (room, Operation::Edit))?;
            may_edit(state, now, (who, room, target), (said, found))?
        }
        MessageRequest::Delete { room, target } => {
            let who = may(state, now, conn, (room, Operation::Delete))?;
            may_delete(state, now, (who, room, target), found)?
        }
        MessageRequest::SetReaction { room, target, reaction, present } => {
            let who = may(state, now, conn, (room, Operation::React))?;
            may_react(state, now, (who, room, target), (reaction, present, found))?
        }
        MessageRequest::ListReactions { room, target, skip, rows } => {
            let who = may(state, now, conn, (room, Operation::Read))?;
            is_within_rate(state, now, who, Limited::Page)?;
            there(state, (who, room), the_message(found))?;
            MessageAction::ListReactions { who, room, target, skip, rows }
        }
        MessageRequest::ListThread { room, root, after, rows } => {
            let who = may(state, now, conn, (room, Operation::Read))?;
            is_within_rate(state, now, who, Limited::Page)?;
            let named = readable(state, (who, room), the_message(found))?;
            let root = named.thread.unwrap_or(root);
            MessageAction::ListThread { who, room, root, after, rows }
        }
        MessageRequest::Typing { room, stopped } => {
            let who = may(state, now, conn, (room, Operation::Type))?;
            MessageAction::Typing { who, room, stopped }
        }
    })
}

fn sent_before(found: &Found, said: &Said) -> Result<Option<First>, Denial> {
    let Found::Sent { seq, at, text: first, files } = found else { return Ok(None) };
    if first.as_ref().is_some_and(|first| **first != *said.text || *files != said.files) {
        return Err(Denial::new(
            Reason::ClientMessageIdReused,
            format!("this client_message_id came before with another text or files: seq {seq}"),
        ));
    }
    Ok(Some(First { seq: *seq, at: *at }))
}

/// What a message refers to must be there; a thread is named by the message that began it.
fn in_place(
    state: &State,
    (who, room): (Who, RoomId),
    (mut said, found): (Said, Found),
) -> Result<(Said, Arc<[FileFacts]>), Denial> {
    if !said.refers_to_others() {
        return Ok((said, [].into()));
    }
    let Found::Referred { reply_to, thread, files } = found else { return Err(no_such_message()) };
    if said.reply_to.is_some() {
        there(state, (who, room), reply_to.map(|message| *message))?;
    }
    if said.thread.is_some() {
        let named = readable(state, (who, room), thread.map(|message| *message))?;
        said.thread = named.thread.or(said.thread);
    }
    let files = all_there(&said, files)?;
    Ok((said, files))
}

/// Of a message to a room that is not there yet.
fn own_files(said: &Said, found: Found) -> Result<Arc<[FileFacts]>, Denial> {
    let files = if let Found::Referred { files, .. } = found { files } else { Vec::new() };
    all_there(said, files)
}

/// Only one's own are found.
fn all_there(said: &Said, found: Vec<FileFacts>) -> Result<Arc<[FileFacts]>, Denial> {
    if found.len() == said.files.len() { Ok(found.into()) } else { Err(no_such_file()) }
}
