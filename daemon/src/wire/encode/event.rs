//! The entries of a room's log.

use bytes::Bytes;
use parlor_proto::v1::{self, room_event::Kind};

use super::file::file_info;
use super::room::{role, room};
use crate::chat::{
    EventKind, Format, MemberChanged, Membership, Message, MessageEdited, ReactionChanged,
    RoomEvent,
};

pub(super) fn room_event(event: &RoomEvent) -> v1::RoomEvent {
    let kind = match &event.kind {
        EventKind::Message(said) => Kind::Message(message(said)),
        EventKind::MemberChanged(changed) => Kind::MemberChanged(member_changed(changed)),
        EventKind::RoomChanged(facts) => {
            Kind::RoomChanged(v1::RoomChanged { room: Some(room(facts)) })
        }
        EventKind::MessageEdited(edited) => Kind::MessageEdited(message_edited(edited)),
        EventKind::MessageDeleted { target } => {
            Kind::MessageDeleted(v1::MessageDeleted { target_seq: target.0 })
        }
        EventKind::ReactionChanged(ReactionChanged { target, reaction, present, count }) => {
            let (reaction, present, count) = (reaction.as_ref().to_owned(), *present, *count);
            let target_seq = target.0;
            Kind::ReactionChanged(v1::ReactionChanged { target_seq, reaction, present, count })
        }
    };
    v1::RoomEvent {
        room_id: event.room.0,
        seq: event.seq.0,
        time_ms: event.at.0,
        actor_id: event.actor.0,
        actor_name: (&event.actor_name).into(),
        kind: Some(kind),
    }
}

fn message(message: &Message) -> v1::Message {
    let Message { body, reactions, .. } = message;
    let reaction = |(reaction, count): &(std::sync::Arc<str>, u32)| v1::ReactionCount {
        reaction: reaction.as_ref().to_owned(),
        count: *count,
    };
    v1::Message {
        text: body.text.as_ref().to_owned(),
        client_message_id: Bytes::copy_from_slice(&message.id.0),
        format: format(body.format).into(),
        reply_to_seq: message.reply_to.unwrap_or_default().0,
        thread_seq: message.thread.unwrap_or_default().0,
        mention_user_ids: body.mentions.iter().map(|user| user.0).collect(),
        mentions_room: body.mentions_room,
        version: message.version,
        edit_time_ms: message.edited.unwrap_or_default().0,
        deleted: message.deleted,
        reactions: reactions.iter().map(reaction).collect(),
        thread_count: message.thread_count,
        files: message.files.iter().map(file_info).collect(),
    }
}

/// Plain is what a text is if nothing is said.
fn format(format: Format) -> v1::Format {
    match format {
        Format::Plain => v1::Format::Unspecified,
        Format::Markdown => v1::Format::Markdown,
        Format::Emote => v1::Format::Emote,
    }
}

fn message_edited(edited: &MessageEdited) -> v1::MessageEdited {
    let MessageEdited { target, body, version } = edited;
    v1::MessageEdited {
        target_seq: target.0,
        text: body.text.as_ref().to_owned(),
        format: format(body.format).into(),
        mention_user_ids: body.mentions.iter().map(|user| user.0).collect(),
        mentions_room: body.mentions_room,
        version: *version,
    }
}

fn member_changed(changed: &MemberChanged) -> v1::MemberChanged {
    let membership = match changed.membership {
        Membership::Joined => v1::Membership::Joined,
        Membership::Left => v1::Membership::Left,
        Membership::Invited => v1::Membership::Invited,
        Membership::Declined => v1::Membership::Declined,
        Membership::Removed => v1::Membership::Removed,
        Membership::Banned => v1::Membership::Banned,
        Membership::Unbanned => v1::Membership::Unbanned,
    };
    v1::MemberChanged {
        user_id: changed.user.0,
        user_name: (&changed.name).into(),
        membership: membership.into(),
        role: role(changed.role).into(),
        muted_until_ms: changed.muted_until.unwrap_or_default().0,
    }
}
