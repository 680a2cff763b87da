//! Who may change a message that is there, and react to it.

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::limits::REACTIONS_MAX;

use super::{Delete, Edit, MessageAction, SetReaction};
use crate::chat::authorize::{Who, has_storage, is_within_rate};
use crate::chat::effects::{Denial, Logged, ReactionChanged};
use crate::chat::input::{Found, FoundMessage, Now, Reworded};
use crate::chat::permissions::{Operation, may_with_message_of};
use crate::chat::rules::Limited;
use crate::chat::state::State;

pub(super) fn may_edit(
    state: &State,
    now: Now,
    (who, room, target): (Who, RoomId, Seq),
    (Reworded { text, format, expected_version }, found): (Reworded, Found),
) -> Result<MessageAction, Denial> {
    let message = there(state, (who, room), the_message(found))?;
    may_with_message_of(state, now, who.user, (room, Operation::Edit), message.author)?;
    if message.version != expected_version {
        let is_repeat = expected_version.checked_add(1) == Some(message.version)
            && (&message.body.text, message.body.format) == (&text, format);
        return match message.last_edit.filter(|_| is_repeat) {
            Some((seq, at)) => Ok(MessageAction::Settled(Logged { seq, at })),
            None => Err(Denial::new(
                Reason::VersionMismatch,
                format!("the message has version {} by now: read it again", message.version),
            )),
        };
    }
    has_storage(state)?;
    is_within_rate(state, now, who, Limited::ChangeMessage)?;
    let version = message.version.saturating_add(1);
    let before = message.body;
    let last_edit = message.last_edit.map(|(seq, _)| seq);
    Ok(MessageAction::Edit(Edit { who, room, target, before, last_edit, version, text, format }))
}

pub(super) fn may_delete(
    state: &State,
    now: Now,
    (who, room, target): (Who, RoomId, Seq),
    found: Found,
) -> Result<MessageAction, Denial> {
    let message = readable(state, (who, room), the_message(found))?;
    may_with_message_of(state, now, who.user, (room, Operation::Delete), message.author)?;
    if message.deleted {
        return Ok(MessageAction::Settled(Logged::default()));
    }
    has_storage(state)?;
    is_within_rate(state, now, who, Limited::ChangeMessage)?;
    let FoundMessage { author, body: before, last_edit, .. } = message;
    let last_edit = last_edit.map(|(seq, _)| seq);
    Ok(MessageAction::Delete(Delete { who, room, target, author, before, last_edit }))
}

pub(super) fn may_react(
    state: &State,
    now: Now,
    (who, room, target): (Who, RoomId, Seq),
    (reaction, present, found): (Arc<str>, bool, Found),
) -> Result<MessageAction, Denial> {
    let Found::Reacted { message, reacted } = found else { return Err(no_such_message()) };
    there(state, (who, room), Some(*message))?;
    if reacted.present == present {
        return Ok(MessageAction::Settled(Logged::default()));
    }
    if present && reacted.count == 0 && reacted.kinds as usize >= REACTIONS_MAX {
        let message = format!("a message has at most {REACTIONS_MAX} different reactions");
        return Err(Denial::new(Reason::LimitExceeded, message));
    }
    has_storage(state)?;
    is_within_rate(state, now, who, Limited::ChangeMessage)?;
    let count = if present { reacted.count + 1 } else { reacted.count.saturating_sub(1) };
    let changed = ReactionChanged { target, reaction, present, count };
    Ok(MessageAction::SetReaction(SetReaction { who, room, changed }))
}

/// The message that was found, unless it is deleted or not for this member to read.
pub(super) fn there(
    state: &State,
    place: (Who, RoomId),
    found: Option<FoundMessage>,
) -> Result<FoundMessage, Denial> {
    let message = readable(state, place, found)?;
    if message.deleted { Err(no_such_message()) } else { Ok(message) }
}

/// The same, deleted or not.
pub(super) fn readable(
    state: &State,
    (who, room): (Who, RoomId),
    found: Option<FoundMessage>,
) -> Result<FoundMessage, Denial> {
    let floor = state.rooms.floor(room, who.user).ok_or_else(no_such_message)?;
    found.filter(|message| message.seq >= floor).ok_or_else(no_such_message)
}

pub(super) fn the_message(found: Found) -> Option<FoundMessage> {
    if let Found::Message(message) = found { Some(*message) } else { None }
}

pub(in crate::chat) fn no_such_message() -> Denial {
    Denial::new(Reason::MessageNotFound, "there is no such message in this room")
}
