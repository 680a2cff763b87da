//! What each change does to the tables. The core has allowed it; what cannot be done all the
//! same is an error of ours, and the transaction ends.

use parlor_proto::name::Name;
use rusqlite::{Connection, Params};

use super::columns::{MEMBER_CHANGED, ROOM_CHANGED, event_id, int, membership_code};
use super::commit::Batch;
use super::detail::Detail;
use super::error::{Result, StoreError};
use crate::chat::{Change, EventKind, RoomEvent};

mod account;
mod file;
mod message;
mod reading;
mod room;

mod admin;
mod webhook;

/// Writes a change.
pub(super) fn change(conn: &Connection, batch: &mut Batch, change: &Change) -> Result<()> {
    match change {
        Change::Account(change) => account::change(conn, batch, change),
        Change::Admin(change) => admin::change(conn, change),
        Change::Room(change) => room::change(conn, change),
        Change::Reading(change) => reading::change(conn, batch, change),
        Change::Webhook(change) => webhook::change(conn, change),
        Change::File(change) => file::change(conn, change),
        Change::Event(event) => {
            batch.advance(event)?;
            add_event(conn, event)
        }
    }
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

/// Runs a statement that must change one row.
fn one(conn: &Connection, sql: &str, row: impl Params) -> Result<()> {
    match conn.prepare_cached(sql)?.execute(row)? {
        1 => Ok(()),
        rows => Err(StoreError::broken(format!("{rows} rows instead of one changed by: {sql}"))),
    }
}
