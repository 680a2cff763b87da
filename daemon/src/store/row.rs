//! An event as it stands in the database, back to what the core said.

use parlor_proto::ids::{ClientMessageId, RoomId, Seq, UserId};
use parlor_proto::limits::{
    FILE_NAME_BYTES_MAX, MEDIA_TYPE_BYTES_MAX, MENTIONS_MAX, MESSAGE_FILES_MAX, REACTION_BYTES_MAX,
    REACTIONS_MAX, TEXT_BYTES_MAX,
};
use rusqlite::Row;

use super::columns::{
    MEMBER_CHANGED, MESSAGE, MESSAGE_DELETED, MESSAGE_EDITED, REACTION_CHANGED, ROOM_CHANGED,
    count, event_place, membership, name,
};
use super::detail::Detail;
use super::error::{Result, StoreError};
use crate::chat::{
    Body, EventKind, MemberChanged, Message, RoomEvent, RoomFacts, RoomRules, Stamp,
};

/// An encoded event without what there may be many of: three names and two dozen numbers at most.
pub(super) const EVENT_OVERHEAD_BYTES: usize = 384;

/// An id in a list, someone in a direct room, and a reaction without its text, encoded.
const ID_BYTES: usize = 10;
const MEMBER_BYTES: usize = 64;
const REACTION_BYTES: usize = 12;

/// A file without its name and media type, encoded.
const FILE_BYTES: usize = 72;

/// The longest event, encoded.
pub(crate) const EVENT_BYTES_MAX: usize = TEXT_BYTES_MAX
    + EVENT_OVERHEAD_BYTES
    + MENTIONS_MAX * ID_BYTES
    + REACTIONS_MAX * (REACTION_BYTES_MAX + REACTION_BYTES)
    + MESSAGE_FILES_MAX * (FILE_NAME_BYTES_MAX + MEDIA_TYPE_BYTES_MAX + FILE_BYTES);

/// Events by their ids, what they refer to included. Names are not stored with each event; they
/// never change.
macro_rules! select_events {
    ($of:literal, $order:literal) => {
        concat!(
            "SELECT event.id, event.at, event.actor, actor.name, event.kind,
                    event.client_message_id, event.text,
                    event.subject, subject.name, event.membership,
                    event.name, event.topic, event.members, room.creator, room.created,
                    event.nth, event.detail
             FROM event
             JOIN user AS actor ON actor.id = event.actor
             LEFT JOIN user AS subject ON subject.id = event.subject
             LEFT JOIN room ON event.kind = 3 AND room.id = event.room
             WHERE ",
            $of,
            "event.id BETWEEN ?1 AND ?2 ORDER BY event.id ",
            $order,
            " LIMIT ?3"
        )
    };
}

/// Takes the first id, the last id and the number of rows.
pub(super) const OLDEST_FIRST: &str = select_events!("", "ASC");
/// See [`OLDEST_FIRST`].
pub(super) const NEWEST_FIRST: &str = select_events!("", "DESC");
/// Takes the id of the message that began the thread besides.
pub(super) const IN_THREAD: &str = select_events!("event.thread = ?4 AND ", "ASC");

/// A row of those that [`OLDEST_FIRST`] gives.
pub(super) fn event(row: &Row<'_>) -> Result<RoomEvent> {
    let (room, seq) = event_place(row.get(0)?)?;
    let detail = Detail::read(row.get_ref(16)?.as_blob_or_null().map_err(rusqlite::Error::from)?)?;
    let kind = match row.get(4)? {
        MESSAGE => {
            let message = Message { id: ClientMessageId(row.get(5)?), ..Message::default() };
            EventKind::Message(detail.message(message, row.get(6)?)?)
        }
        MEMBER_CHANGED => {
            let (user, membership) = (UserId(count(row, 7)?), membership(row.get(9)?)?);
            let plain = MemberChanged::plain(user, name(row, 8)?, membership);
            EventKind::MemberChanged(detail.placed(plain)?)
        }
        ROOM_CHANGED => EventKind::RoomChanged(room_facts(row, room, detail)?),
        MESSAGE_EDITED => EventKind::MessageEdited(detail.edited(row.get(6)?)?),
        MESSAGE_DELETED => EventKind::MessageDeleted { target: Seq(detail.target) },
        REACTION_CHANGED => EventKind::ReactionChanged(detail.reaction()),
        kind => {
            let what = format!("room {room}: event {seq} is of an unknown kind: {kind}");
            return Err(StoreError::broken(what));
        }
    };
    Ok(RoomEvent {
        room,
        seq,
        at: Stamp(row.get(1)?),
        actor: UserId(count(row, 2)?),
        actor_name: name(row, 3)?,
        nth: count(row, 15)?,
        kind,
    })
}

fn room_facts(row: &Row<'_>, room: RoomId, detail: Detail) -> Result<RoomFacts> {
    let is_group = row.get_ref(10)? != rusqlite::types::ValueRef::Null;
    detail.room(RoomFacts {
        room,
        name: is_group.then(|| name(row, 10)).transpose()?,
        topic: row.get(11)?,
        members: row.get(12)?,
        creator: UserId(count(row, 13)?),
        created: Stamp(row.get(14)?),
        rules: RoomRules::default(),
        open_from: Seq(1),
        archived: false,
        direct: [].into(),
    })
}

/// No less than what the event takes in a frame.
pub(super) fn encoded_bytes_max(event: &RoomEvent) -> usize {
    let variable = match &event.kind {
        EventKind::Message(message) => {
            let reactions = message.reactions.iter().map(|(reaction, _)| reaction.len());
            let files = message.files.iter().map(|file| file.name.len() + file.media_type.len());
            body_bytes(&message.body)
                + reactions.map(|len| len + REACTION_BYTES).sum::<usize>()
                + files.map(|len| len + FILE_BYTES).sum::<usize>()
        }
        EventKind::MessageEdited(edited) => body_bytes(&edited.body),
        EventKind::RoomChanged(facts) => facts.topic.len() + facts.direct.len() * MEMBER_BYTES,
        EventKind::MemberChanged(_)
        | EventKind::MessageDeleted { .. }
        | EventKind::ReactionChanged(_) => 0,
    };
    EVENT_OVERHEAD_BYTES + variable
}

fn body_bytes(body: &Body) -> usize {
    body.text.len() + body.mentions.len() * ID_BYTES
}

#[cfg(test)]
mod tests {
    use parlor_proto::limits::{DIRECT_OTHERS_MAX, NAME_BYTES_MAX, TOPIC_BYTES_MAX};
    use parlor_proto::v1;
    use prost::Message as _;

    use super::*;

    #[track_caller]
    fn check(kind: v1::room_event::Kind, variable_bytes: usize) {
        let event = v1::RoomEvent {
            room_id: u64::MAX,
            seq: u64::MAX,
            time_ms: i64::MIN,
            actor_id: u64::MAX,
            actor_name: "n".repeat(NAME_BYTES_MAX),
            kind: Some(kind),
        };
        let page = v1::HistoryResponse { events: vec![event], ..Default::default() };
        assert!(page.encoded_len() <= EVENT_OVERHEAD_BYTES + variable_bytes, "{page:?}");
    }

    #[test]
    fn no_event_is_longer_on_the_wire_than_the_budget_takes_it_for() {
        let text = "t".repeat(TEXT_BYTES_MAX);
        let reaction =
            v1::ReactionCount { reaction: "r".repeat(REACTION_BYTES_MAX), count: u32::MAX };
        let file = v1::FileInfo {
            file_id: u64::MAX,
            name: "n".repeat(FILE_NAME_BYTES_MAX),
            size: u64::MAX,
            media_type: "m".repeat(MEDIA_TYPE_BYTES_MAX),
            sha256: vec![255; 32].into(),
        };
        let message = v1::Message {
            text: text.clone(),
            client_message_id: vec![255; 16].into(),
            format: i32::MIN,
            reply_to_seq: u64::MAX,
            thread_seq: u64::MAX,
            mention_user_ids: vec![u64::MAX; MENTIONS_MAX],
            mentions_room: true,
            version: u32::MAX,
            edit_time_ms: i64::MIN,
            deleted: true,
            reactions: vec![reaction; REACTIONS_MAX],
            thread_count: u32::MAX,
            files: vec![file; MESSAGE_FILES_MAX],
        };
        check(v1::room_event::Kind::Message(message), EVENT_BYTES_MAX - EVENT_OVERHEAD_BYTES);
        let edited = v1::MessageEdited {
            target_seq: u64::MAX,
            text,
            format: i32::MIN,
            mention_user_ids: vec![u64::MAX; MENTIONS_MAX],
            mentions_room: true,
            version: u32::MAX,
        };
        let variable_bytes = TEXT_BYTES_MAX + MENTIONS_MAX * ID_BYTES;
        check(v1::room_event::Kind::MessageEdited(edited), variable_bytes);
        let reaction = v1::ReactionChanged {
            target_seq: u64::MAX,
            reaction: "r".repeat(REACTION_BYTES_MAX),
            present: true,
            count: u32::MAX,
        };
        check(v1::room_event::Kind::ReactionChanged(reaction), 0);
    }

    #[test]
    fn no_change_of_a_room_or_of_who_is_in_it_is_longer_either() {
        let user_name = "n".repeat(NAME_BYTES_MAX);
        let came = v1::MemberChanged {
            user_id: u64::MAX,
            user_name: user_name.clone(),
            membership: i32::MIN,
            role: i32::MIN,
            muted_until_ms: i64::MIN,
        };
        check(v1::room_event::Kind::MemberChanged(came), 0);
        let direct = v1::DirectMember { user_id: u64::MAX, user_name };
        let room = v1::Room {
            room_id: u64::MAX,
            name: "n".repeat(NAME_BYTES_MAX),
            topic: "t".repeat(TOPIC_BYTES_MAX),
            creator_id: u64::MAX,
            create_time_ms: i64::MIN,
            member_count: u32::MAX,
            kind: i32::MIN,
            rules: Some(v1::RoomRules {
                visibility: i32::MIN,
                history: i32::MIN,
                members_invite: true,
                members_set_topic: true,
                slow_mode_ms: u32::MAX,
                cooldown_ms: u32::MAX,
                retention_ms: u64::MAX,
            }),
            archived: true,
            direct_members: vec![direct; DIRECT_OTHERS_MAX + 1],
        };
        let changed = v1::RoomChanged { room: Some(room) };
        let variable_bytes = TOPIC_BYTES_MAX + (DIRECT_OTHERS_MAX + 1) * MEMBER_BYTES;
        check(v1::room_event::Kind::RoomChanged(changed), variable_bytes);
    }
}
