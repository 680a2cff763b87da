//! Webhooks.

use rusqlite::Connection;

use super::one;
use crate::chat::WebhookChange;
use crate::store::columns::int;
use crate::store::error::Result;

pub(super) fn change(conn: &Connection, change: &WebhookChange) -> Result<()> {
    match change {
        WebhookChange::Made { bot, room, owner, url, at } => {
            let (bot, room) = (int(bot.0)?, int(room.0)?);
            let sql = "UPDATE user SET owner = ?2 WHERE id = ?1";
            one(conn, sql, (bot, int(owner.0)?))?;
            // One that was removed begins anew, and stays in its room.
            conn.prepare_cached("DELETE FROM cursor WHERE user = ?1")?.execute([bot])?;
            let sql = "INSERT INTO webhook (bot, room, created, url) VALUES (?1, ?2, ?3, ?4)
                       ON CONFLICT (bot) DO UPDATE SET removed = 0, created = excluded.created,
                           url = excluded.url, attempted = NULL, succeeded = NULL, status = 0,
                           failures = 0, paused = 0, problem = ''
                       WHERE room = excluded.room AND removed = 1";
            one(conn, sql, (bot, room, at.0, url))
        }
        WebhookChange::Removed { bot } => {
            let sql = "UPDATE webhook SET removed = 1 WHERE bot = ?1 AND removed = 0";
            one(conn, sql, [int(bot.0)?])
        }
        WebhookChange::Reported { bot, deliveries } => {
            let sql = "UPDATE webhook SET attempted = ?2, succeeded = ?3, status = ?4,
                           failures = ?5, paused = ?6, problem = ?7
                       WHERE bot = ?1 AND removed = 0 AND url IS NOT NULL";
            let (attempted, succeeded) = (deliveries.attempted, deliveries.succeeded);
            let row = (
                int(bot.0)?,
                attempted.map(|at| at.0),
                succeeded.map(|at| at.0),
                deliveries.status,
                deliveries.failures,
                deliveries.paused,
                &deliveries.problem,
            );
            one(conn, sql, row)
        }
    }
}
