//! Accounts, sessions and devices.

use std::net::IpAddr;
use std::time::Duration;

use parlor_proto::ids::{SessionId, UserId};
use rusqlite::Connection;

use super::one;
use crate::chat::{AccountChange, Device, LastSeen, Origin, SecretHash, SessionRow};
use crate::store::columns::{cause_code, int};
use crate::store::commit::Batch;
use crate::store::error::Result;

pub(super) fn change(conn: &Connection, batch: &mut Batch, change: &AccountChange) -> Result<()> {
    match change {
        AccountChange::UserAdded { user, name, password, at, invite } => {
            if let Some(hash) = invite {
                use_invite(conn, *hash)?;
            }
            let sql = "INSERT INTO user (id, name, password, created) VALUES (?1, ?2, ?3, ?4)";
            one(conn, sql, (int(user.0)?, name.as_str(), &password.0, at.0))
        }
        AccountChange::PasswordSet { user, password } => {
            let sql = "UPDATE user SET password = ?2 WHERE id = ?1";
            one(conn, sql, (int(user.0)?, &password.0))
        }
        AccountChange::SessionStarted(session) => {
            batch.last_session = batch.last_session.max(session.session);
            session_started(conn, session)
        }
        AccountChange::SessionAttached { session, timeout, origin } => {
            let sql = "UPDATE session
                       SET timeout_ms = ?2, client_name = ?3, client_version = ?4, address = ?5
                       WHERE id = ?1";
            let Origin { client, address } = origin;
            let (session, timeout) = (int(session.0)?, millis(*timeout)?);
            let row = (session, timeout, &client.name, &client.version, shown(*address));
            one(conn, sql, row)
        }
        AccountChange::SessionEnded { session, user, last_seen } => {
            session_ended(conn, *session, *user, last_seen)
        }
        AccountChange::DeviceAdded { user, device } => {
            let sql = "INSERT INTO device (user, id, public_key, name, created, last_used)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let Device { id, public_key, name, created, last_used } = device;
            let last_used = last_used.map(|at| at.0);
            one(conn, sql, (int(user.0)?, id.0, public_key.0, name, created.0, last_used))
        }
        AccountChange::SessionBound { session, device } => {
            let sql = "UPDATE session SET device_id = ?2 WHERE id = ?1";
            one(conn, sql, (int(session.0)?, device.0))
        }
        AccountChange::DeviceUsed { user, device, at } => {
            let sql = "UPDATE device SET last_used = ?3 WHERE user = ?1 AND id = ?2";
            one(conn, sql, (int(user.0)?, device.0, at.0))
        }
        AccountChange::DeviceRenamed { user, device, name } => {
            let sql = "UPDATE device SET name = ?3 WHERE user = ?1 AND id = ?2";
            one(conn, sql, (int(user.0)?, device.0, name))
        }
        AccountChange::DeviceRemoved { user, device } => {
            one(conn, "DELETE FROM device WHERE user = ?1 AND id = ?2", (int(user.0)?, device.0))
        }
        AccountChange::DisplayNameSet { user, display_name } => {
            let sql = "UPDATE user SET display_name = ?2 WHERE id = ?1";
            one(conn, sql, (int(user.0)?, display_name))
        }
        AccountChange::StatusSet { user, status } => {
            let sql = "UPDATE user SET status = ?2, status_expires = ?3 WHERE id = ?1";
            let text = status.as_ref().map(|status| &*status.text).unwrap_or_default();
            let expires = status.as_ref().and_then(|status| status.expires).map(|at| at.0);
            one(conn, sql, (int(user.0)?, text, expires))
        }
        AccountChange::DevicesRemoved { user, but } => {
            let sql = "DELETE FROM device WHERE user = ?1 AND id IS NOT ?2";
            let row = (int(user.0)?, but.map(|device| device.0));
            conn.prepare_cached(sql)?.execute(row)?;
            Ok(())
        }
    }
}

fn use_invite(conn: &Connection, hash: SecretHash) -> Result<()> {
    let sql = "UPDATE invite SET uses_left = uses_left - 1 WHERE hash = ?1";
    one(conn, sql, [hash.0])
}

fn session_started(conn: &Connection, row: &SessionRow) -> Result<()> {
    let SessionRow { session, user, token, device, timeout, started, origin, device_id, .. } = row;
    let sql = "INSERT INTO session (id, user, token, device, timeout_ms, started,
                                    client_name, client_version, address, device_id)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let Origin { client, address } = origin;
    let (session, user, timeout) = (int(session.0)?, int(user.0)?, millis(*timeout)?);
    let device_id = device_id.map(|id| id.0);
    one(
        conn,
        sql,
        rusqlite::params![
            session,
            user,
            token.0,
            device,
            timeout,
            started.0,
            client.name,
            client.version,
            shown(*address),
            device_id
        ],
    )
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

/// Empty if it is not known.
fn shown(address: Option<IpAddr>) -> String {
    address.map(|address| address.to_string()).unwrap_or_default()
}

fn millis(duration: Duration) -> Result<i64> {
    int(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}
