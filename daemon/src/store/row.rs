//! An event as it stands in the database, back to what the core said.

use std::sync::Arc;

use parlor_proto::ids::{ClientMessageId, UserId};
use parlor_proto::limits::TEXT_BYTES_MAX;
use rusqlite::Row;

use super::columns::{MEMBER_CHANGED, MESSAGE, ROOM_CHANGED, count, event_place, membership, name};
use super::error::{Result, StoreError};
use crate::chat::{EventKind, RoomEvent, RoomFacts, Stamp};

/// An encoded event without its text or topic: three names and a dozen numbers at most.
pub(super) const EVENT_OVERHEAD_BYTES: usize = 256;

/// The longest event, encoded.
pub(crate) const EVENT_BYTES_MAX: usize = TEXT_BYTES_MAX + EVENT_OVERHEAD_BYTES;

/// Events by their ids, what they refer to included. Names are not stored with each event; they
/// never change.
macro_rules! select_events {
    ($order:literal) => {
        concat!(
            "SELECT event.id, event.at, event.actor, actor.name, event.kind,
                    event.client_message_id, event.text,
                    event.subject, subject.name, event.membership,
                    event.name, event.topic, event.members, room.creator, room.created
             FROM event
             JOIN user AS actor ON actor.id = event.actor
             LEFT JOIN user AS subject ON subject.id = event.subject
             LEFT JOIN room ON event.kind = 3 AND room.id = event.room
             WHERE event.id BETWEEN ?1 AND ?2 ORDER BY event.id ",
            $order,
            " LIMIT ?3"
        )
    };
}

/// Takes the first id, the last id and the number of rows.
pub(super) const OLDEST_FIRST: &str = select_events!("ASC");
/// See [`OLDEST_FIRST`].
pub(super) const NEWEST_FIRST: &str = select_events!("DESC");

/// A row of those that [`OLDEST_FIRST`] gives.
pub(super) fn event(row: &Row<'_>) -> Result<RoomEvent> {
    let (room, seq) = event_place(row.get(0)?)?;
    let kind = match row.get(4)? {
        MESSAGE => EventKind::Message { id: ClientMessageId(row.get(5)?), text: row.get(6)? },
        MEMBER_CHANGED => EventKind::MemberChanged {
            user: UserId(count(row, 7)?),
            name: name(row, 8)?,
            membership: membership(row.get(9)?)?,
        },
        ROOM_CHANGED => EventKind::RoomChanged(RoomFacts {
            room,
            name: name(row, 10)?,
            topic: row.get(11)?,
            members: row.get(12)?,
            creator: UserId(count(row, 13)?),
            created: Stamp(row.get(14)?),
        }),
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
        kind,
    })
}

/// No less than what the event takes in a frame.
pub(super) fn encoded_bytes_max(event: &RoomEvent) -> usize {
    let text: &Arc<str> = match &event.kind {
        EventKind::Message { text, .. } => text,
        EventKind::RoomChanged(facts) => &facts.topic,
        EventKind::MemberChanged { .. } => return EVENT_OVERHEAD_BYTES,
    };
    EVENT_OVERHEAD_BYTES + text.len()
}

#[cfg(test)]
mod tests {
    use parlor_proto::limits::{NAME_BYTES_MAX, TOPIC_BYTES_MAX};
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
        let message = v1::Message { text, client_message_id: vec![255; 16].into() };
        check(v1::room_event::Kind::Message(message), TEXT_BYTES_MAX);
        let user_name = "n".repeat(NAME_BYTES_MAX);
        let came = v1::MemberChanged { user_id: u64::MAX, user_name, membership: i32::MIN };
        check(v1::room_event::Kind::MemberChanged(came), 0);
        let room = v1::Room {
            room_id: u64::MAX,
            name: "n".repeat(NAME_BYTES_MAX),
            topic: "t".repeat(TOPIC_BYTES_MAX),
            creator_id: u64::MAX,
            create_time_ms: i64::MIN,
            member_count: u32::MAX,
        };
        let changed = v1::RoomChanged { room: Some(room) };
        check(v1::room_event::Kind::RoomChanged(changed), TOPIC_BYTES_MAX);
    }
}
