//! What the engine looks up for the core before it decides, out of the store in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use parlor_proto::ids::{ClientMessageId, RoomId, Seq, UserId};

use super::memory::Memory;
use crate::chat::*;

impl Memory {
    pub(super) fn look_up(&self, user: UserId, request: &Request, readable: &[Span]) -> Found {
        match request {
            Request::Message(request) => self.for_message(user, request),
            Request::Reading(request) => self.for_reading(user, request),
            Request::Account(_)
            | Request::Sync(_)
            | Request::Room(_)
            | Request::Admin(_)
            | Request::Webhook(_) => Found::Nothing,
            Request::File(request) => self.for_file(request, (user, readable)),
        }
    }

    fn for_message(&self, user: UserId, request: &MessageRequest) -> Found {
        match request {
            MessageRequest::Send { room, id, said } => {
                let sent = self.sent(user, (*room, *id));
                if !said.refers_to_others() || matches!(sent, Found::Sent { .. }) {
                    return sent;
                }
                let message = |seq: Option<Seq>| self.message(*room, seq?).map(Box::new);
                let (reply_to, thread) = (message(said.reply_to), message(said.thread));
                Found::Referred { reply_to, thread, files: self.own_files(user, &said.files) }
            }
            MessageRequest::SetReaction { room, target, reaction, .. } => {
                let Some(message) = self.message(*room, *target) else { return Found::Nothing };
                let reacted = self.reacted((*room, *target), user, reaction);
                Found::Reacted { message: Box::new(message), reacted }
            }
            MessageRequest::Edit { room, target, .. }
            | MessageRequest::Delete { room, target }
            | MessageRequest::ListReactions { room, target, .. }
            | MessageRequest::ListThread { room, root: target, .. } => {
                let message = self.message(*room, *target);
                message.map_or(Found::Nothing, |found| Found::Message(Box::new(found)))
            }
            MessageRequest::History { .. }
            | MessageRequest::Search { .. }
            | MessageRequest::Typing { .. } => Found::Nothing,
            MessageRequest::SendDirect { said, .. } => {
                let files = self.own_files(user, &said.files);
                Found::Referred { reply_to: None, thread: None, files }
            }
        }
    }

    fn sent(&self, user: UserId, (room, id): (RoomId, ClientMessageId)) -> Found {
        let mut said = self.events.values().filter(|event| event.actor == user);
        let sent = said.find_map(|event| {
            let EventKind::Message(message) = &event.kind else { return None };
            let is_as_sent = message.version == 0 && !message.deleted;
            let text = is_as_sent.then(|| message.body.text.as_ref().to_owned());
            let (seq, at) = (event.seq, event.at);
            let files = message.files.iter().map(|facts| facts.file).collect();
            (message.id == id && event.room == room).then_some(Found::Sent { seq, at, text, files })
        });
        sent.unwrap_or_default()
    }

    /// All reactions that there are, found by going through the whole log.
    fn reacted(&self, (room, target): (RoomId, Seq), user: UserId, reaction: &str) -> Reacted {
        let mut there = BTreeSet::new();
        for event in self.log(room) {
            let EventKind::ReactionChanged(changed) = &event.kind else { continue };
            let by = (changed.reaction.clone(), event.actor);
            if changed.target == target && changed.present {
                assert!(there.insert(by), "one reacts so once");
            } else if changed.target == target {
                assert!(there.remove(&by), "one does so no more");
            }
        }
        let kinds: BTreeSet<&Arc<str>> = there.iter().map(|(reaction, _)| reaction).collect();
        Reacted {
            present: there.contains(&(reaction.into(), user)),
            count: u32::try_from(there.iter().filter(|(r, _)| **r == *reaction).count()).unwrap(),
            kinds: u32::try_from(kinds.len()).unwrap(),
        }
    }

    /// What is found of a room that is to begin with an event.
    pub(super) fn oldest(&self, (room, first): (RoomId, Seq), kept: &RoomEvent) -> Oldest {
        let (seq, at) = (kept.seq, kept.at);
        let before = kept.nth - u64::from(matches!(kept.kind, EventKind::Message(_)));
        let going = (first.0..seq.0).filter_map(|seq| self.message(room, Seq(seq)));
        Oldest { room, seq, at, before, messages: going.collect() }
    }

    fn message(&self, room: RoomId, seq: Seq) -> Option<FoundMessage> {
        let event = self.events.get(&(room, seq))?;
        let EventKind::Message(message) = &event.kind else { return None };
        let edits = self.log(room).filter(
            |event| matches!(&event.kind, EventKind::MessageEdited(edited) if edited.target == seq),
        );
        Some(FoundMessage {
            seq,
            author: event.actor,
            body: message.body.clone(),
            thread: message.thread,
            version: message.version,
            last_edit: edits.last().map(|event| (event.seq, event.at)),
            deleted: message.deleted,
        })
    }
}
