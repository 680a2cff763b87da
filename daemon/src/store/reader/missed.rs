//! What is read about what somebody has missed: the first unread message of each room, and the
//! messages that mention them.

use std::collections::BTreeMap;

use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::limits::PAGE_ROWS_MAX;
use rusqlite::{OptionalExtension as _, Row};

use super::{PAGE_BYTES_MAX, Reader};
use crate::chat::{FirstUnread, MentionBounds, MentionToken, RoomEvent, Stamp, UnreadRoom};
use crate::store::columns::{MESSAGE, count, event_id, event_place, int};
use crate::store::error::Result;
use crate::store::row::{self, OLDEST_FIRST};

/// Mentions of one user that are looked at for one page: some are in rooms left since.
const MENTIONS_LOOKED_AT_MAX: u32 = 1_000;

/// Messages that mention somebody, the newest first.
#[derive(Debug, Default)]
pub(crate) struct MentionPage {
    pub(crate) events: Vec<RoomEvent>,
    /// Where to go on, if there may be more.
    pub(crate) next: Option<MentionToken>,
}

/// Time and id of a message: newest first is greatest first.
type Place = (i64, i64);

impl Reader {
    /// The first message of somebody else that `user` has not read.
    pub(crate) fn first_unread(&self, user: UserId, room: &UnreadRoom) -> Result<FirstUnread> {
        let id = room.facts.room;
        let sql = "SELECT id, at FROM event
                   WHERE id > ?1 AND id <= ?2 AND kind = ?3 AND actor <> ?4 ORDER BY id LIMIT 1";
        let mut select = self.conn.prepare_cached(sql)?;
        let between = (event_id(id, room.read_seq)?, event_id(id, room.head)?);
        let wanted = (between.0, between.1, MESSAGE, int(user.0)?);
        let found = select.query_row(wanted, |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((id, at)) = found else { return Ok(FirstUnread::default()) };
        Ok(FirstUnread { seq: event_place(id)?.1, at: Stamp(at) })
    }

    /// The newest messages that mention `user` inside the bounds, before where a page ended.
    pub(crate) fn mentions(
        &self,
        user: UserId,
        bounds: &[MentionBounds],
        (from, rows): (Option<MentionToken>, u32),
    ) -> Result<MentionPage> {
        let rows = rows.clamp(1, PAGE_ROWS_MAX);
        let from = from.map_or((i64::MAX, i64::MAX), place);
        let user = int(user.0)?;
        let wanted: BTreeMap<RoomId, MentionBounds> =
            bounds.iter().map(|bounds| (bounds.room, *bounds)).collect();
        // Older than this nothing is known.
        let mut horizon = (i64::MIN, i64::MIN);
        let mut places = Vec::new();
        let rooms = wanted.keys().map(|room| int(room.0).map(|room| -room));
        for who in [Ok(user)].into_iter().chain(rooms) {
            let end = self.mentions_of((who?, user), from, &wanted, (rows, &mut places))?;
            horizon = horizon.max(end.unwrap_or(horizon));
        }
        places.retain(|place| *place >= horizon);
        places.sort_unstable_by(|a, b| b.cmp(a));
        let (mut events, mut bytes) = (Vec::new(), 0);
        let mut next = (horizon.0 != i64::MIN).then_some(horizon);
        let mut last = from;
        for place in places {
            let event = self.one_event(place.1)?;
            bytes += event.as_ref().map_or(0, row::encoded_bytes_max);
            let is_full = events.len() == rows as usize || bytes > PAGE_BYTES_MAX;
            if is_full && !events.is_empty() {
                next = Some(last);
                break;
            }
            events.extend(event);
            last = place;
        }
        let next = next.map(token);
        Ok(MentionPage { events, next })
    }

    /// Adds one more than `rows` places. Says where it stopped, if it did so before the end.
    fn mentions_of(
        &self,
        (who, user): (i64, i64),
        from: Place,
        wanted: &BTreeMap<RoomId, MentionBounds>,
        (rows, places): (u32, &mut Vec<Place>),
    ) -> Result<Option<Place>> {
        let sql = "SELECT at, id, actor FROM mention WHERE who = ?1 AND (at, id) < (?2, ?3)
                   ORDER BY at DESC, id DESC LIMIT ?4";
        let mut select = self.conn.prepare_cached(sql)?;
        let mut found = select.query((who, from.0, from.1, MENTIONS_LOOKED_AT_MAX))?;
        let (mut looked_at, mut taken) = (0, 0);
        while let Some(row) = found.next()? {
            let place: Place = (row.get(0)?, row.get(1)?);
            looked_at += 1;
            if is_wanted(row, place.1, user, wanted)? {
                places.push(place);
                taken += 1;
            }
            if taken > rows || looked_at == MENTIONS_LOOKED_AT_MAX {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    fn one_event(&self, id: i64) -> Result<Option<RoomEvent>> {
        let mut select = self.conn.prepare_cached(OLDEST_FIRST)?;
        let mut rows = select.query((id, id, 1))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let mut events = [row::event(row)?];
        self.dress(&mut events)?;
        let [event] = events;
        Ok(Some(event))
    }
}

fn is_wanted(
    row: &Row<'_>,
    id: i64,
    user: i64,
    wanted: &BTreeMap<RoomId, MentionBounds>,
) -> Result<bool> {
    let (room, seq) = event_place(id)?;
    let by_somebody_else = int(count(row, 2)?)? != user;
    let is_inside = |bounds: &MentionBounds| seq > bounds.after && seq <= bounds.ceiling;
    Ok(by_somebody_else && wanted.get(&room).is_some_and(is_inside))
}

fn token((at, id): Place) -> MentionToken {
    ((u128::from(at.cast_unsigned()) << 64) | u128::from(id.cast_unsigned())).to_be_bytes()
}

fn place(token: MentionToken) -> Place {
    let bits = u128::from_be_bytes(token);
    let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or_default();
    (half(bits >> 64).cast_signed(), half(bits).cast_signed())
}
