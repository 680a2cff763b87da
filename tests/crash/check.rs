//! The oracle: what clients wrote down, held against each other and against the database.
//! Says what it finds; what to make of it is for the test.

use std::collections::{BTreeMap, BTreeSet};

use parlor_proto::ids::RoomId;
use parlor_proto::v1::{self, room_event::Kind};
use rusqlite::{Connection, Row};

use crate::record::{Ack, Record};

/// What must not happen.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Fault {
    /// Acknowledged and not stored.
    Lost,
    /// Stored or told more than once.
    Doubled,
    /// A seq that is missing between others.
    Gap,
    /// Not the same for everybody, or not what was sent.
    Changed,
    /// Acknowledged and not told to somebody.
    Unheard,
}

impl Fault {
    pub(crate) const ALL: [Self; 5] =
        [Self::Lost, Self::Doubled, Self::Gap, Self::Changed, Self::Unheard];
}

/// What was found, each with its place.
pub(crate) type Faults = Vec<(Fault, String)>;

/// G3 to G8 and G12: every acknowledged message was heard by everybody, once, under the seq
/// of its acknowledgement; all heard the same; nobody's log has a hole or a repeat.
pub(crate) fn records(records: &[Record], rooms: &[RoomId]) -> Faults {
    let mut faults = Faults::new();
    let mut said: BTreeMap<(u64, u64), &v1::RoomEvent> = BTreeMap::new();
    for record in records {
        for event in &record.heard {
            let place = (event.room_id, event.seq);
            if *said.entry(place).or_insert(event) != event {
                faults.push((Fault::Changed, format!("{place:?} for user {}", record.user)));
            }
        }
    }
    let mut ids = BTreeSet::new();
    for (place, event) in &said {
        let Some(Kind::Message(message)) = &event.kind else { continue };
        if !ids.insert((event.room_id, event.actor_id, &message.client_message_id)) {
            faults.push((Fault::Doubled, format!("{:?} again at {place:?}", message.text)));
        }
    }
    for (user, ack) in acks(records) {
        match said.get(&(ack.room.0, ack.seq.0)) {
            None => faults.push((Fault::Unheard, format!("by anybody: {ack:?}"))),
            Some(event) if is_of(event, user, ack) => {}
            Some(event) => faults.push((Fault::Changed, format!("{ack:?} is {event:?}"))),
        }
    }
    for &room in rooms {
        let in_room = acks(records).filter(|(_, ack)| ack.room == room);
        let newest = in_room.map(|(_, ack)| ack.seq.0).max().unwrap_or(0);
        for record in records {
            faults.extend(one_log(record, room, newest));
        }
    }
    faults
}

/// One user's log of one room: step by step, up to the newest acknowledged message.
fn one_log(record: &Record, room: RoomId, newest: u64) -> Faults {
    let heard = record.heard.iter().filter(|event| event.room_id == room.0);
    let seqs: Vec<u64> = heard.map(|event| event.seq).collect();
    let mut faults = Faults::new();
    let whose = format!("in room {room} for user {}", record.user);
    for pair in seqs.windows(2) {
        match pair[1].checked_sub(pair[0]) {
            Some(1) => {}
            Some(2..) => faults.push((Fault::Gap, format!("{pair:?} {whose}"))),
            Some(0) | None => faults.push((Fault::Doubled, format!("{pair:?} {whose}"))),
        }
    }
    let last = seqs.last().copied().unwrap_or(0);
    if last < newest {
        faults.push((Fault::Unheard, format!("what follows {last} {whose}")));
    }
    faults
}

fn acks(records: &[Record]) -> impl Iterator<Item = (u64, &Ack)> {
    records.iter().flat_map(|record| record.acks.iter().map(|ack| (record.user, ack)))
}

fn is_of(event: &v1::RoomEvent, user: u64, ack: &Ack) -> bool {
    let Some(Kind::Message(message)) = &event.kind else { return false };
    event.actor_id == user
        && message.text == ack.text
        && message.client_message_id[..] == ack.id.0[..]
}

/// G1, G2 and G4: the database holds every acknowledged message unchanged, each room is
/// 1, 2, 3 without a gap up to its head, and no message is there twice.
pub(crate) fn database(database: &Connection, records: &[Record], rooms: &[RoomId]) -> Faults {
    let sound: String = database.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    rooms.iter().flat_map(|&room| one_room(database, records, room)).collect()
}

/// What a stored event is about: whose it is, the message's id and its text.
type Stored = (u64, Option<Vec<u8>>, Option<String>);

fn one_room(database: &Connection, records: &[Record], room: RoomId) -> Faults {
    let mut faults = Faults::new();
    let mut ids = BTreeSet::new();
    let stored = events(database, room);
    for (expect, (seq, (actor, id, text))) in (1..).zip(&stored) {
        if *seq != expect {
            let what = format!("{seq} where {expect} should be in room {room}");
            faults.push((Fault::Gap, what));
            break;
        }
        if id.as_ref().is_some_and(|id| !ids.insert((actor, id))) {
            faults.push((Fault::Doubled, format!("{text:?} again at {seq} in room {room}")));
        }
    }
    let sql = "SELECT head FROM room WHERE id = ?";
    let head = database.query_row(sql, [room.0.cast_signed()], |row| number(row, 0)).unwrap();
    let last = stored.last_key_value().map_or(0, |(seq, _)| *seq);
    if head != last {
        faults.push((Fault::Gap, format!("room {room} ends at {last}, its head is {head}")));
    }
    for (user, ack) in acks(records).filter(|(_, ack)| ack.room == room) {
        let expect = (user, Some(ack.id.0.to_vec()), Some(ack.text.clone()));
        match stored.get(&ack.seq.0) {
            Some(found) if *found == expect => {}
            Some(found) => faults.push((Fault::Changed, format!("{ack:?} is {found:?}"))),
            None => faults.push((Fault::Lost, format!("{ack:?}"))),
        }
    }
    faults
}

fn events(database: &Connection, room: RoomId) -> BTreeMap<u64, Stored> {
    let sql = "SELECT seq, actor, client_message_id, text FROM event WHERE room = ?";
    let mut statement = database.prepare(sql).unwrap();
    let rows = statement.query_map([room.0.cast_signed()], |row| {
        Ok((number(row, 0)?, (number(row, 1)?, row.get(2)?, row.get(3)?)))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}
