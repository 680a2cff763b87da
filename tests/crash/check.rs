//! The oracle: what clients wrote down, held against each other and against the database.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use parlor_proto::ids::RoomId;
use parlor_proto::v1::{self, room_event::Kind};
use rusqlite::{Connection, OpenFlags, Row};

use crate::record::Record;

/// G3 to G8 and G12: every acknowledged message was heard by everybody, once, under the seq
/// of its acknowledgement; all heard the same; nobody's log has a hole or a repeat.
pub(crate) fn records_agree(records: &[Record], rooms: &[RoomId]) {
    let mut said: BTreeMap<(u64, u64), &v1::RoomEvent> = BTreeMap::new();
    for record in records {
        for &RoomId(room) in rooms {
            let seqs: Vec<u64> =
                record.heard.iter().filter(|it| it.room_id == room).map(|it| it.seq).collect();
            let holes = seqs.windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
            assert_eq!(holes, 0, "user {} in room {room}: {seqs:?}", record.user);
        }
        for event in &record.heard {
            let first = *said.entry((event.room_id, event.seq)).or_insert(event);
            assert_eq!(first, event, "two users heard different things");
        }
    }
    for record in records {
        for ack in &record.acks {
            let event = said.get(&(ack.room.0, ack.seq.0)).expect("acknowledged and not heard");
            assert_eq!(event.actor_id, record.user);
            let Some(Kind::Message(message)) = &event.kind else { panic!("{event:?}") };
            assert_eq!(message.text, ack.text);
            assert_eq!(message.client_message_id[..], ack.id.0);
        }
    }
    for record in records {
        for &RoomId(room) in rooms {
            let last = record.heard.iter().rev().find(|it| it.room_id == room).map(|it| it.seq);
            let acks = records.iter().flat_map(|record| &record.acks);
            let newest = acks.filter(|ack| ack.room.0 == room).map(|ack| ack.seq.0).max();
            assert!(last >= newest, "user {} has missed the end of room {room}", record.user);
        }
    }
}

/// G1, G2 and G4: the database holds every acknowledged message unchanged, each room is
/// 1, 2, 3 without a gap up to its head, and no message is there twice.
pub(crate) fn database_agrees(file: &Path, records: &[Record], rooms: &[RoomId]) {
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sound: String = database.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    let mut ids = BTreeSet::new();
    for &RoomId(room) in rooms {
        let room_id = room.cast_signed();
        let sql = "SELECT head FROM room WHERE id = ?";
        let head = database.query_row(sql, [room_id], |row| Ok(number(row, 0))).unwrap();
        let sql =
            "SELECT seq, actor, client_message_id, text FROM event WHERE room = ? ORDER BY id";
        let mut statement = database.prepare(sql).unwrap();
        let mut rows = statement.query([room_id]).unwrap();
        let mut stored = BTreeMap::new();
        while let Some(row) = rows.next().unwrap() {
            let seq = number(row, 0);
            assert_eq!(seq, stored.len() as u64 + 1, "no gap in room {room}");
            let actor = number(row, 1);
            let id: Option<Vec<u8>> = row.get(2).unwrap();
            let text: Option<String> = row.get(3).unwrap();
            if let Some(id) = &id {
                assert!(ids.insert((room, actor, id.clone())), "twice in room {room}: {text:?}");
            }
            stored.insert(seq, (actor, id, text));
        }
        assert_eq!(head, stored.len() as u64, "the head of room {room}");
        for record in records {
            for ack in record.acks.iter().filter(|ack| ack.room.0 == room) {
                let expect = (record.user, Some(ack.id.0.to_vec()), Some(ack.text.clone()));
                assert_eq!(stored.get(&ack.seq.0), Some(&expect), "acknowledged and not stored");
            }
        }
    }
}

fn number(row: &Row<'_>, column: usize) -> u64 {
    row.get::<_, i64>(column).unwrap().cast_unsigned()
}
