//! What each change does to the tables. The core has allowed it; what cannot be done all the
//! same is an error of ours, and the transaction ends.

use std::time::Duration;

use parlor_proto::ids::{SessionId, UserId};
use parlor_proto::name::Name;
use rusqlite::{Connection, Params};

use super::columns::{MEMBER_CHANGED, ROOM_CHANGED, cause_code, event_id, int, membership_code};
use super::commit::Batch;
use super::detail::Detail;
use super::error::{Result, StoreError};
use crate::chat::{AccountChange, Change, EventKind, LastSeen, RoomEvent, SecretHash};

mod message;
mod reading;
mod room;

mod admin;

/// Writes a change.
pub(super) fn change(conn: &Connection, batch: &mut Batch, change: &Change) -> Result<()> {
    match change {
        Change::Account(AccountChange::UserAdded { user, name, password, at, invite }) => {
            if let Some(hash) = invite {
                use_invite(conn, *hash)?;
            }
            let sql = "INSERT INTO user (id, name, password, created) VALUES (?1, ?2, ?3, ?4)";
            one(conn, sql, (int(user.0)?, name.as_str(), &password.0, at.0))
        }
        Change::Account(AccountChange::PasswordRaised { user, password }) => {
            let sql = "UPDATE user SET password = ?2 WHERE id = ?1";
            one(conn, sql, (int(user.0)?, &password.0))
        }
        Change::Account(AccountChange::SessionStarted {
            session,
            user,
            token,
            device,
            timeout,
            at,
        }) => {
            batch.last_session = batch.last_session.max(*session);
            let sql = "INSERT INTO session (id, user, token, device, timeout_ms, started)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let (session, user) = (int(session.0)?, int(user.0)?);
            one(conn, sql, (session, user, token.0, device, millis(*timeout)?, at.0))
        }
        Change::Account(AccountChange::SessionTimeout { session, timeout }) => {
            let sql = "UPDATE session SET timeout_ms = ?2 WHERE id = ?1";
            one(conn, sql, (int(session.0)?, millis(*timeout)?))
        }
        Change::Account(AccountChange::SessionEnded { session, user, last_seen }) => {
            session_ended(conn, *session, *user, last_seen)
        }
        Change::Admin(change) => admin::change(conn, change),
        Change::Room(change) => room::change(conn, change),
        Change::Reading(change) => reading::change(conn, batch, change),
        Change::Event(event) => {
            batch.advance(event)?;
            add_event(conn, event)
        }
    }
}

fn use_invite(conn: &Connection, hash: SecretHash) -> Result<()> {
    let sql = "UPDATE invite SET uses_left = uses_left - 1 WHERE hash = ?1";
    one(conn, sql, [hash.0])
}

/// Ends that came while the disk was full are written later, so that one may come twice.
fn session_ended(
    conn: &Connection,
    session: SessionId,
    user: UserId,
    last_seen: &LastSeen,
) -> Result<()> {
    conn.prepare_cached("DELETE FROM session WHERE id = ?1")?.execute([int(session.0)?])?;
    let sql = "UPDATE user SET last_seen_at = ?2, last_seen_cause = ?3, last_seen_device = ?4
               WHERE id = ?1";
    let LastSeen { at, cause, device } = last_seen;
    one(conn, sql, (int(user.0)?, at.0, cause_code(*cause), device))
}

fn add_event(conn: &Connection, event: &RoomEvent) -> Result<()> {
    let id = event_id(event.room, event.seq)?;
    let detail = Detail::of(&event.kind);
    let common = (id, event.at.0, int(event.actor.0)?, int(event.nth)?);
    match &event.kind {
        EventKind::Message(message) => message::said(conn, event, message, detail),
        EventKind::MemberChanged(changed) => {
            let sql = "INSERT INTO event (id, at, actor, nth, kind, subject, membership, detail)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            let (id, at, actor, nth) = common;
            let (subject, code) = (int(changed.user.0)?, membership_code(changed.membership));
            one(conn, sql, (id, at, actor, nth, MEMBER_CHANGED, subject, code, detail))?;
            room::change_member(conn, event, changed)
        }
        EventKind::RoomChanged(facts) => {
            room::change_room(conn, event, facts, detail.as_deref())?;
            let sql = "INSERT INTO event (id, at, actor, nth, kind, name, topic, members, detail)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
            let (id, at, actor, nth) = common;
            let name = facts.name.as_ref().map(Name::as_str);
            let (topic, members) = (&facts.topic, facts.members);
            one(conn, sql, (id, at, actor, nth, ROOM_CHANGED, name, topic, members, detail))
        }
        EventKind::MessageEdited(edited) => message::edited(conn, event, edited, detail),
        EventKind::MessageDeleted { target } => message::deleted(conn, event, *target, detail),
        EventKind::ReactionChanged(changed) => message::reacted(conn, event, changed, detail),
    }
}

fn millis(duration: Duration) -> Result<i64> {
    int(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

/// Runs a statement that must change one row.
fn one(conn: &Connection, sql: &str, row: impl Params) -> Result<()> {
    match conn.prepare_cached(sql)?.execute(row)? {
        1 => Ok(()),
        rows => Err(StoreError::broken(format!("{rows} rows instead of one changed by: {sql}"))),
    }
}
