//! How single values stand in the database. These numbers are for ever.

use std::ops::RangeInclusive;

use parlor_proto::ids::{RoomId, Seq};
use parlor_proto::name::Name;
use rusqlite::Row;

use super::error::{Result, StoreError};
use crate::chat::{Membership, NotifyLevel, PresenceCause, SecretHash};

/// Bits of an event's id that hold its seq; the room has the 27 above them.
const SEQ_BITS: u32 = 36;

/// The last seq that a room can have: at 1,000 messages a second, after two years of one room.
const SEQ_MAX: u64 = (1 << SEQ_BITS) - 1;

/// The last room that there can be.
const ROOM_MAX: u64 = (1 << (i64::BITS - 1 - SEQ_BITS)) - 1;

/// What an event is.
pub(super) const MESSAGE: i64 = 1;
/// See [`MESSAGE`].
pub(super) const MEMBER_CHANGED: i64 = 2;
/// See [`MESSAGE`].
pub(super) const ROOM_CHANGED: i64 = 3;
/// See [`MESSAGE`].
pub(super) const MESSAGE_EDITED: i64 = 4;
/// See [`MESSAGE`].
pub(super) const MESSAGE_DELETED: i64 = 5;
/// See [`MESSAGE`].
pub(super) const REACTION_CHANGED: i64 = 6;

/// The rowid of an event.
pub(super) fn event_id(room: RoomId, seq: Seq) -> Result<i64> {
    if room.0 > ROOM_MAX || seq.0 > SEQ_MAX {
        return Err(StoreError::broken(format!(
            "room {room}, event {seq}: there is no place beyond room {ROOM_MAX}, event {SEQ_MAX}"
        )));
    }
    int((room.0 << SEQ_BITS) | seq.0)
}

/// The rowids that the events of a room may have.
pub(super) fn event_ids(room: RoomId, seqs: &RangeInclusive<Seq>) -> Result<(i64, i64)> {
    Ok((event_id(room, *seqs.start())?, event_id(room, *seqs.end())?))
}

/// The room and the seq in a rowid.
pub(super) fn event_place(id: i64) -> Result<(RoomId, Seq)> {
    let id = whole(id)?;
    Ok((RoomId(id >> SEQ_BITS), Seq(id & SEQ_MAX)))
}

/// A number that counts something, for SQLite, whose integers have a sign.
pub(super) fn int(number: u64) -> Result<i64> {
    i64::try_from(number)
        .map_err(|_| StoreError::broken(format!("a number too large to be kept: {number}")))
}

/// The way back.
pub(super) fn whole(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| StoreError::broken(format!("a negative number: {number}")))
}

/// A column that counts something.
pub(super) fn count(row: &Row<'_>, column: usize) -> Result<u64> {
    whole(row.get(column)?)
}

/// A column that holds the name of a user or a room.
pub(super) fn name(row: &Row<'_>, column: usize) -> Result<Name> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    Name::parse(text).map_err(|bad| StoreError::broken(format!("{text:?} is no name: {bad}")))
}

/// A column that holds the hash of a secret.
pub(super) fn hash(row: &Row<'_>, column: usize) -> Result<SecretHash> {
    Ok(SecretHash(row.get(column)?))
}

pub(super) fn membership_code(membership: Membership) -> i64 {
    match membership {
        Membership::Joined => 1,
        Membership::Left => 2,
        Membership::Invited => 3,
        Membership::Declined => 4,
        Membership::Removed => 5,
        Membership::Banned => 6,
        Membership::Unbanned => 7,
    }
}

pub(super) fn membership(code: i64) -> Result<Membership> {
    match code {
        1 => Ok(Membership::Joined),
        2 => Ok(Membership::Left),
        3 => Ok(Membership::Invited),
        4 => Ok(Membership::Declined),
        5 => Ok(Membership::Removed),
        6 => Ok(Membership::Banned),
        7 => Ok(Membership::Unbanned),
        _ => Err(StoreError::broken(format!("unknown membership: {code}"))),
    }
}

pub(super) fn notify_code(level: NotifyLevel) -> i64 {
    match level {
        NotifyLevel::All => 0,
        NotifyLevel::Mentions => 1,
        NotifyLevel::Nothing => 2,
    }
}

pub(super) fn notify(code: i64) -> Result<NotifyLevel> {
    match code {
        0 => Ok(NotifyLevel::All),
        1 => Ok(NotifyLevel::Mentions),
        2 => Ok(NotifyLevel::Nothing),
        _ => Err(StoreError::broken(format!("unknown level of notices: {code}"))),
    }
}

pub(super) fn cause_code(cause: PresenceCause) -> i64 {
    match cause {
        PresenceCause::Connected => 1,
        PresenceCause::Idle => 2,
        PresenceCause::Silent => 3,
        PresenceCause::ConnectionClosed => 4,
        PresenceCause::ConnectionLost => 5,
        PresenceCause::ServerRestarted => 6,
        PresenceCause::LoggedOut => 7,
        PresenceCause::TimedOut => 8,
        PresenceCause::NeverSeen => 9,
        PresenceCause::Displaced => 10,
        PresenceCause::Revoked => 11,
    }
}

pub(super) fn cause(code: i64) -> Result<PresenceCause> {
    Ok(match code {
        1 => PresenceCause::Connected,
        2 => PresenceCause::Idle,
        3 => PresenceCause::Silent,
        4 => PresenceCause::ConnectionClosed,
        5 => PresenceCause::ConnectionLost,
        6 => PresenceCause::ServerRestarted,
        7 => PresenceCause::LoggedOut,
        8 => PresenceCause::TimedOut,
        9 => PresenceCause::NeverSeen,
        10 => PresenceCause::Displaced,
        11 => PresenceCause::Revoked,
        _ => return Err(StoreError::broken(format!("unknown cause: {code}"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_id_holds_room_and_seq() {
        for (room, seq) in [(1, 1), (1, SEQ_MAX), (ROOM_MAX, 0), (ROOM_MAX, SEQ_MAX), (5, 17)] {
            let id = event_id(RoomId(room), Seq(seq)).unwrap();
            assert_eq!(event_place(id).unwrap(), (RoomId(room), Seq(seq)));
        }
        assert_eq!(event_id(RoomId(ROOM_MAX), Seq(SEQ_MAX)).unwrap(), i64::MAX);
    }

    #[test]
    fn what_has_no_place_is_refused_and_not_wrapped() {
        for (room, seq) in [(1, SEQ_MAX + 1), (ROOM_MAX + 1, 1), (u64::MAX, u64::MAX)] {
            event_id(RoomId(room), Seq(seq)).unwrap_err();
        }
        int(u64::MAX).unwrap_err();
        whole(-1).unwrap_err();
    }

    #[test]
    fn codes_come_back_as_what_they_were() {
        for code in 1..=11 {
            assert_eq!(cause_code(cause(code).unwrap()), code);
        }
        for code in 1..=7 {
            assert_eq!(membership_code(membership(code).unwrap()), code);
        }
        for code in [-1, 0, 12] {
            cause(code).unwrap_err();
            membership(code).unwrap_err();
        }
    }
}
