//! What the core needs to go on where the last commit left it. Everything in order of its key,
//! so that two starts on the same database are alike.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{DeviceId, RoomId, Seq, SessionId, UserId};
use parlor_proto::name::Name;
use rusqlite::{Connection, Row};

use super::columns::{cause, count, event_id, event_place, hash, name, notify, whole};
use super::detail::{Detail, role};
use super::error::{Result, StoreError};
use super::{Store, epoch, lookup_file};
use crate::chat::{
    BanRow, Client, Deliveries, InvitationRow, LastSeen, MemberRow, Origin, PasswordHash,
    Preferences, Profile, Reading, RoomFacts, RoomRow, RoomRules, SecretHash, SessionRow, Snapshot,
    Stamp, Status, TokenRow, UserRow, WebhookRow,
};

impl Store {
    /// Reads the durable state back, as of the last commit: an open transaction is rolled back.
    pub(crate) fn replay(&mut self) -> Result<Snapshot> {
        self.rollback()?;
        let snapshot = self.conn.unchecked_transaction()?;
        let meta = epoch::Meta::read(&snapshot)?
            .ok_or_else(|| StoreError::broken("the row about the database is missing"))?;
        Ok(Snapshot {
            epoch: meta.epoch,
            users: rows(&snapshot, USERS, user)?,
            sessions: rows(&snapshot, SESSIONS, session)?,
            rooms: rows(&snapshot, ROOMS, room)?,
            members: rows(&snapshot, MEMBERS, member)?,
            bans: rows(&snapshot, BANS, ban)?,
            invitations: rows(&snapshot, INVITATIONS, invitation)?,
            tokens: rows(&snapshot, TOKENS, token)?,
            webhooks: rows(&snapshot, WEBHOOKS, webhook)?,
            addresses: rows(&snapshot, ADDRESSES, address)?,
            claim: rows(&snapshot, "SELECT hash FROM claim", |row| hash(row, 0))?.pop(),
            last_session: meta.last_session,
            files: lookup_file::replay(&snapshot)?,
        })
    }
}

const USERS: &str = "SELECT id, name, password, created,
                            last_seen_at, last_seen_cause, last_seen_device,
                            admin, suspended, owner, reset_hash, reset_expires,
                            display_name, status, status_expires,
                            (SELECT room FROM webhook WHERE bot = user.id)
                     FROM user ORDER BY id";

fn user(row: &Row<'_>) -> Result<UserRow> {
    let last_seen = match (row.get(4)?, row.get(5)?) {
        (Some(at), Some(code)) => {
            Some(LastSeen { at: Stamp(at), cause: cause(code)?, device: row.get(6)? })
        }
        _ => None,
    };
    let owner: Option<i64> = row.get(9)?;
    let reset = match (row.get(10)?, row.get(11)?) {
        (Some(hash), Some(expires)) => Some((SecretHash(hash), Stamp(expires))),
        _ => None,
    };
    let text: Arc<str> = row.get(13)?;
    let expires = row.get::<_, Option<_>>(14)?.map(Stamp);
    let status = (!text.is_empty()).then_some(Status { text, expires });
    Ok(UserRow {
        user: UserId(count(row, 0)?),
        name: name(row, 1)?,
        password: PasswordHash(row.get(2)?),
        created: Stamp(row.get(3)?),
        last_seen,
        admin: row.get(7)?,
        suspended: row.get(8)?,
        owner: owner.map(|owner| Ok::<_, StoreError>(UserId(whole(owner)?))).transpose()?,
        webhook: row
            .get::<_, Option<i64>>(15)?
            .map(|room| Ok::<_, StoreError>(RoomId(whole(room)?)))
            .transpose()?,
        reset,
        profile: Profile { display_name: row.get(12)?, status },
    })
}

const SESSIONS: &str = "SELECT id, user, token, device, timeout_ms, started, api_token,
                               client_name, client_version, address, device_id
                        FROM session ORDER BY id";

fn session(row: &Row<'_>) -> Result<SessionRow> {
    Ok(SessionRow {
        session: SessionId(count(row, 0)?),
        user: UserId(count(row, 1)?),
        token: hash(row, 2)?,
        device: row.get(3)?,
        timeout: Duration::from_millis(count(row, 4)?),
        started: Stamp(row.get(5)?),
        api_token: row.get::<_, Option<[u8; 32]>>(6)?.map(SecretHash),
        origin: Origin {
            client: Client { name: row.get(7)?, version: row.get(8)? },
            address: row.get::<_, String>(9)?.parse().ok(),
        },
        device_id: row.get::<_, Option<_>>(10)?.map(DeviceId),
    })
}

// Finds the newest event without the head.
const ROOMS: &str = "SELECT room.id, room.name, room.topic, room.creator, room.created,
                            room.head, room.head_at,
                            newest.id, newest.nth, room.detail, room.first, oldest.at,
                            oldest.nth - (oldest.kind = 1)
                     FROM room
                     JOIN event AS oldest ON oldest.id = (room.id << 36) | room.first
                     JOIN event AS newest ON newest.id = (
                         SELECT event.id FROM event
                         WHERE event.id <= (room.id << 36) | 0xFFFFFFFFF
                         ORDER BY event.id DESC LIMIT 1)
                     ORDER BY room.id";

/// A head that is not its room's newest event would give a seq out twice, or leave a gap.
fn room(row: &Row<'_>) -> Result<RoomRow> {
    let (room, head) = (RoomId(count(row, 0)?), Seq(count(row, 5)?));
    let newest: i64 = row.get(7)?;
    if newest != event_id(room, head)? {
        let (found_in, seq) = event_place(newest)?;
        return Err(StoreError::broken(format!(
            "room {room}: its head is event {head}, but event {seq} of room {found_in} was found"
        )));
    }
    let topic: Arc<str> = row.get(2)?;
    let detail = row.get_ref(9)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
    let facts = Detail::read(detail)?.room(RoomFacts {
        room,
        name: None,
        topic,
        creator: UserId(count(row, 3)?),
        created: Stamp(row.get(4)?),
        members: 0,
        rules: RoomRules::default(),
        open_from: Seq(1),
        archived: false,
        direct: [].into(),
    })?;
    let name = facts.direct.is_empty().then(|| group_name(row, 1)).transpose()?;
    Ok(RoomRow {
        facts: RoomFacts { name, ..facts },
        head,
        head_at: Stamp(row.get(6)?),
        messages: count(row, 8)?,
        first: Seq(count(row, 10)?),
        first_at: Stamp(row.get(11)?),
        gone: count(row, 12)?,
    })
}

/// After the number of the room, which keeps rooms of one name apart.
fn group_name(row: &Row<'_>, column: usize) -> Result<Name> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    let name = text.split_once(' ').map_or(text, |(_, name)| name);
    Name::parse(name).map_err(|bad| StoreError::broken(format!("{name:?}: {bad}")))
}

const MEMBERS: &str = "SELECT room, user, join_seq, joined, role, muted_until, floor,
                              notify, pinned, read_seq, read_nth, read_own,
                              (SELECT count(*) FROM mention
                               WHERE who = member.user AND id > (room << 36) | read_seq
                               AND id <= (room << 36) | 0xFFFFFFFFF)
                            + (SELECT count(*) FROM mention
                               WHERE who = -room AND id > (room << 36) | read_seq
                               AND id <= (room << 36) | 0xFFFFFFFFF AND actor <> member.user),
                              hidden
                       FROM member ORDER BY room, user";

fn member(row: &Row<'_>) -> Result<MemberRow> {
    Ok(MemberRow {
        room: RoomId(count(row, 0)?),
        user: UserId(count(row, 1)?),
        join_seq: Seq(count(row, 2)?),
        joined: Stamp(row.get(3)?),
        role: role(row.get(4)?)?,
        muted_until: row.get::<_, Option<i64>>(5)?.map(Stamp),
        floor: Seq(count(row, 6)?),
        preferences: Preferences {
            notify: notify(row.get(7)?)?,
            pinned: row.get(8)?,
            hidden: row.get(13)?,
        },
        reading: Reading {
            seq: Seq(count(row, 9)?),
            nth: count(row, 10)?,
            own: count(row, 11)?,
            mentions: row.get(12)?,
        },
    })
}

const BANS: &str = "SELECT room, user, issuer, reason, at, until FROM ban ORDER BY room, user";

fn ban(row: &Row<'_>) -> Result<BanRow> {
    Ok(BanRow {
        room: RoomId(count(row, 0)?),
        user: UserId(count(row, 1)?),
        issuer: UserId(count(row, 2)?),
        reason: row.get(3)?,
        at: Stamp(row.get(4)?),
        until: row.get::<_, Option<i64>>(5)?.map(Stamp),
    })
}

const INVITATIONS: &str = "SELECT room, user, inviter, at FROM invitation ORDER BY room, user";

fn invitation(row: &Row<'_>) -> Result<InvitationRow> {
    Ok(InvitationRow {
        room: RoomId(count(row, 0)?),
        user: UserId(count(row, 1)?),
        by: UserId(count(row, 2)?),
        at: Stamp(row.get(3)?),
    })
}

const TOKENS: &str = "SELECT hash, bot, name, created, last_used FROM api_token ORDER BY hash";

fn token(row: &Row<'_>) -> Result<TokenRow> {
    Ok(TokenRow {
        hash: hash(row, 0)?,
        bot: UserId(count(row, 1)?),
        name: row.get(2)?,
        created: Stamp(row.get(3)?),
        last_used: row.get::<_, Option<i64>>(4)?.map(Stamp),
    })
}

const WEBHOOKS: &str = "SELECT bot, room, created, url, attempted, succeeded, status, failures,
                               paused, problem
                        FROM webhook WHERE removed = 0 ORDER BY bot";

fn webhook(row: &Row<'_>) -> Result<WebhookRow> {
    Ok(WebhookRow {
        bot: UserId(count(row, 0)?),
        room: RoomId(count(row, 1)?),
        created: Stamp(row.get(2)?),
        url: row.get(3)?,
        deliveries: Deliveries {
            attempted: row.get::<_, Option<i64>>(4)?.map(Stamp),
            succeeded: row.get::<_, Option<i64>>(5)?.map(Stamp),
            status: row.get(6)?,
            failures: row.get(7)?,
            paused: row.get(8)?,
            problem: row.get(9)?,
        },
    })
}

const ADDRESSES: &str = "SELECT user, address, last FROM user_address ORDER BY user, address";

fn address(row: &Row<'_>) -> Result<(UserId, IpAddr, Stamp)> {
    let octets = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
    let v4 = || <[u8; 4]>::try_from(octets).ok().map(IpAddr::from);
    let v6 = || <[u8; 16]>::try_from(octets).ok().map(IpAddr::from);
    let address = v4().or_else(v6).ok_or_else(|| {
        StoreError::broken(format!("an address has 4 or 16 bytes: {}", octets.len()))
    })?;
    Ok((UserId(count(row, 0)?), address, Stamp(row.get(2)?)))
}

fn rows<T>(conn: &Connection, sql: &str, decode: impl Fn(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
    conn.prepare_cached(sql)?.query_and_then((), decode)?.collect()
}
