//! Rooms, the people in them, and those who are kept out or invited.

use std::fmt::Write as _;

use parlor_proto::ids::{RoomId, Seq};
use rusqlite::Connection;

use super::{message, one};
use crate::chat::{MemberChanged, Membership, Preferences, RoomChange, RoomEvent, RoomFacts};
use crate::store::columns::{event_ids, int, notify_code};
use crate::store::detail::role_code;
use crate::store::error::{Result, StoreError};
use crate::store::leftovers;

/// What is remembered of a room that no event tells.
pub(super) fn change(conn: &Connection, change: &RoomChange) -> Result<()> {
    match change {
        RoomChange::Banned { room, user, issuer, reason, at, until } => {
            let sql = "INSERT INTO ban (room, user, issuer, reason, at, until)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                       ON CONFLICT (room, user) DO UPDATE SET issuer = excluded.issuer,
                           reason = excluded.reason, at = excluded.at, until = excluded.until";
            let (room, user, issuer) = (int(room.0)?, int(user.0)?, int(issuer.0)?);
            one(conn, sql, (room, user, issuer, reason, at.0, until.map(|until| until.0)))
        }
        RoomChange::InvitationsVoid { room } => {
            let sql = "DELETE FROM invitation WHERE room = ?1";
            conn.prepare_cached(sql)?.execute([int(room.0)?])?;
            Ok(())
        }
        RoomChange::BanForgotten { room, user } => {
            let sql = "DELETE FROM ban WHERE room = ?1 AND user = ?2";
            one(conn, sql, (int(room.0)?, int(user.0)?))
        }
        RoomChange::Trimmed { room, from, first, edits } => {
            for edit in edits {
                message::empty_edit(conn, *room, *edit)?;
            }
            trim(conn, *room, (*from, *first))
        }
        RoomChange::Preferred { room, user, preferences } => {
            let sql = "UPDATE member SET notify = ?3, pinned = ?4, hidden = ?5
                       WHERE room = ?1 AND user = ?2";
            let Preferences { notify, pinned, hidden } = *preferences;
            one(conn, sql, (int(room.0)?, int(user.0)?, notify_code(notify), pinned, hidden))
        }
    }
}

/// Deletes the events of a room from one on up to the first that is kept.
fn trim(conn: &Connection, room: RoomId, (from, first): (Seq, Seq)) -> Result<()> {
    let (oldest, last) = event_ids(room, &(from..=first.previous()))?;
    leftovers::leave(conn, (oldest, last))?;
    let sql = "DELETE FROM event WHERE id BETWEEN ?1 AND ?2";
    conn.prepare_cached(sql)?.execute((oldest, last))?;
    one(conn, "UPDATE room SET first = ?2 WHERE id = ?1", (int(room.0)?, int(first.0)?))
}

/// What an event about somebody's place does.
pub(super) fn change_member(
    conn: &Connection,
    event: &RoomEvent,
    changed: &MemberChanged,
) -> Result<()> {
    let (room, user) = (int(event.room.0)?, int(changed.user.0)?);
    let forget = |sql: &str| conn.prepare_cached(sql)?.execute((room, user));
    let (uninvite, leave) = (
        "DELETE FROM invitation WHERE room = ?1 AND user = ?2",
        "DELETE FROM member WHERE room = ?1 AND user = ?2",
    );
    match changed.membership {
        Membership::Joined => {
            forget(uninvite)?;
            // Of a member the role changes, never what they may read.
            // What was said before is not for the newcomer to catch up with.
            let sql = "INSERT INTO member (room, user, join_seq, joined, role, muted_until, floor,
                           read_seq, read_nth)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?3, ?8)
                       ON CONFLICT (room, user) DO UPDATE SET role = excluded.role,
                           muted_until = excluded.muted_until
                       WHERE floor = excluded.floor";
            let (seq, at, role) = (int(event.seq.0)?, event.at.0, role_code(changed.role));
            let muted_until = changed.muted_until.map(|until| until.0);
            let floor = int(changed.floor.0)?;
            one(conn, sql, (room, user, seq, at, role, muted_until, floor, int(event.nth)?))
        }
        Membership::Left | Membership::Removed => one(conn, leave, (room, user)),
        Membership::Banned => {
            // Also of somebody who was not in it.
            forget(leave)?;
            forget(uninvite)?;
            Ok(())
        }
        Membership::Invited => {
            let sql = "INSERT INTO invitation (room, user, inviter, at) VALUES (?1, ?2, ?3, ?4)";
            one(conn, sql, (room, user, int(event.actor.0)?, event.at.0))
        }
        Membership::Declined => one(conn, uninvite, (room, user)),
        Membership::Unbanned => {
            one(conn, "DELETE FROM ban WHERE room = ?1 AND user = ?2", (room, user))
        }
    }
}

/// The first event of a room makes it. Its head is written when the batch ends.
pub(super) fn change_room(
    conn: &Connection,
    event: &RoomEvent,
    facts: &RoomFacts,
    detail: Option<&[u8]>,
) -> Result<()> {
    if facts.room != event.room {
        let (room, other) = (event.room, facts.room);
        return Err(StoreError::broken(format!("room {room}: an event about room {other}")));
    }
    let sql = "INSERT INTO room (id, name, topic, creator, created, detail, head, head_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0)
               ON CONFLICT (id) DO UPDATE SET name = excluded.name, topic = excluded.topic,
                   detail = excluded.detail";
    let RoomFacts { room, name, topic, creator, created, .. } = facts;
    let name = name.as_ref().map_or_else(|| direct_name(facts), |name| format!("#{room} {name}"));
    one(conn, sql, (int(room.0)?, name, topic, int(creator.0)?, created.0, detail))
}

/// What stands where the name of a group does, and keeps direct rooms apart.
fn direct_name(facts: &RoomFacts) -> String {
    let mut name = String::from("@");
    for (user, _) in facts.direct.iter() {
        write!(name, "{user},").ok(); // Writing into a string cannot fail.
    }
    name
}
