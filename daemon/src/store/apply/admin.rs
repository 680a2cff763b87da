//! The server as a whole: roles, invites, bots and their tokens, and what is on record.

use std::net::IpAddr;

use parlor_proto::ids::UserId;
use rusqlite::Connection;

use super::one;
use crate::chat::{AdminChange, Invite, SecretHash, Stamp};
use crate::store::audit;
use crate::store::columns::int;
use crate::store::error::Result;

pub(super) fn change(conn: &Connection, change: &AdminChange) -> Result<()> {
    match change {
        AdminChange::ServerRole { user, admin } => {
            one(conn, "UPDATE user SET admin = ?2 WHERE id = ?1", (int(user.0)?, admin))?;
            if *admin {
                conn.prepare_cached("DELETE FROM claim")?.execute(())?;
            }
            Ok(())
        }
        AdminChange::Suspended { user } => suspended(conn, *user),
        AdminChange::Restored { user } => {
            one(conn, "UPDATE user SET suspended = 0 WHERE id = ?1", [int(user.0)?])
        }
        AdminChange::ResetCodeMade { user, hash, expires } => {
            let sql = "UPDATE user SET reset_hash = ?2, reset_expires = ?3 WHERE id = ?1";
            one(conn, sql, (int(user.0)?, hash.0, expires.0))
        }
        AdminChange::PasswordReset { user, password } => {
            let sql = "UPDATE user SET password = ?2, reset_hash = NULL, reset_expires = NULL
                       WHERE id = ?1";
            one(conn, sql, (int(user.0)?, &password.0))
        }
        AdminChange::InviteMade { invite } => invite_made(conn, invite),
        // Somebody on the machine may have been faster.
        AdminChange::InviteRevoked { hash } => {
            some(conn, "DELETE FROM invite WHERE hash = ?1", [hash.0])
        }
        AdminChange::BotAdded { bot, name, owner, at } => {
            let sql = "INSERT INTO user (id, name, password, created, owner)
                       VALUES (?1, ?2, '', ?3, ?4)";
            one(conn, sql, (int(bot.0)?, name.as_str(), at.0, int(owner.0)?))
        }
        AdminChange::TokenMade { hash, bot, name, at } => {
            let sql = "INSERT INTO api_token (hash, bot, name, created) VALUES (?1, ?2, ?3, ?4)";
            one(conn, sql, (hash.0, int(bot.0)?, name, at.0))
        }
        AdminChange::TokenRevoked { hash } => {
            one(conn, "DELETE FROM api_token WHERE hash = ?1", [hash.0])
        }
        AdminChange::TokenUsed { hash, session, at } => {
            token_used(conn, hash, int(session.0)?, *at)
        }
        AdminChange::AddressSeen { user, address, at, instead } => {
            address_seen(conn, int(user.0)?, (address, *at), instead.as_ref())
        }
        AdminChange::ControlDone { id } => {
            one(conn, "DELETE FROM control WHERE id = ?1", [int(*id)?])
        }
        AdminChange::Audit(row) => audit::append(conn, row),
    }
}

fn suspended(conn: &Connection, user: UserId) -> Result<()> {
    let user = int(user.0)?;
    let sql = "UPDATE user SET suspended = 1, reset_hash = NULL, reset_expires = NULL
               WHERE id = ?1";
    one(conn, sql, [user])?;
    some(conn, "DELETE FROM invite WHERE creator = ?1", [user])?;
    let sql = "DELETE FROM api_token
               WHERE bot = ?1 OR bot IN (SELECT id FROM user WHERE owner = ?1)";
    some(conn, sql, [user])
}

/// Those of the same creator that are good for nothing any more make room.
fn invite_made(conn: &Connection, invite: &Invite) -> Result<()> {
    let creator = invite.creator.map(|creator| int(creator.0)).transpose()?;
    let (uses, created, expires) = (invite.uses_left, invite.created.0, invite.expires.0);
    let sql = "DELETE FROM invite WHERE creator = ?1 AND (uses_left = 0 OR expires <= ?2)";
    some(conn, sql, (creator, created))?;
    let sql = "INSERT INTO invite (hash, uses_left, expires, created, creator)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    one(conn, sql, (invite.hash.0, uses, expires, created, creator))
}

fn token_used(conn: &Connection, hash: &SecretHash, session: i64, at: Stamp) -> Result<()> {
    one(conn, "UPDATE api_token SET last_used = ?2 WHERE hash = ?1", (hash.0, at.0))?;
    one(conn, "UPDATE session SET api_token = ?2 WHERE id = ?1", (session, hash.0))
}

fn address_seen(
    conn: &Connection,
    user: i64,
    (address, at): (&IpAddr, Stamp),
    instead: Option<&IpAddr>,
) -> Result<()> {
    if let Some(instead) = instead {
        let sql = "DELETE FROM user_address WHERE user = ?1 AND address = ?2";
        one(conn, sql, (user, octets(instead)))?;
    }
    let sql = "INSERT INTO user_address (user, address, last) VALUES (?1, ?2, ?3)
               ON CONFLICT (user, address) DO UPDATE SET last = excluded.last";
    one(conn, sql, (user, octets(address), at.0))
}

fn octets(address: &IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// Runs a statement that may change any number of rows.
fn some(conn: &Connection, sql: &str, row: impl rusqlite::Params) -> Result<()> {
    conn.prepare_cached(sql)?.execute(row)?;
    Ok(())
}
