//! The store with some rooms, in which somebody speaks.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use std::path::Path;
use std::sync::Arc;

use parlor_proto::ids::{ClientMessageId, RoomId, Seq};

use super::{ANN, TEXT, name};
use crate::chat::{
    AccountChange, Change, EventKind, Found, Message, PasswordHash, RoomEvent, RoomFacts, Stamp,
};
use crate::store::Store;

/// Messages of one millisecond: as many ids in a row have the same time in them.
const MESSAGES_PER_MILLI: u64 = 20;

#[derive(Debug)]
pub struct Log {
    store: Store,
    heads: Vec<(RoomId, Seq)>,
    text: Arc<str>,
    sent: u64,
}

/// Messages to be remembered by one commit.
#[derive(Debug)]
pub struct Batch(Vec<Arc<RoomEvent>>);

impl Log {
    /// A new database with so many rooms.
    #[must_use]
    pub fn with_rooms(folder: &Path, rooms: u64) -> Self {
        let mut store = Store::open(folder).unwrap();
        let password = PasswordHash("none".into());
        let account = Change::Account(AccountChange::UserAdded {
            user: ANN,
            name: name("user", 1),
            password,
            at: AT,
            invite: None,
        });
        store.apply(&account).unwrap();
        let rooms = (1..=rooms).map(RoomId);
        for room in rooms.clone() {
            store.apply(&Change::Event(founded(room))).unwrap();
        }
        store.commit().unwrap();
        let heads = rooms.map(|room| (room, Seq(1))).collect();
        Self { store, heads, text: TEXT.into(), sent: 0 }
    }

    /// The next messages, spread over the rooms.
    pub fn next_batch(&mut self, messages: usize) -> Batch {
        Batch((0..messages).map(|_| self.next_message()).collect())
    }

    /// Does with a batch what the engine does.
    pub fn remember(&mut self, batch: Batch) {
        for event in batch.0 {
            let EventKind::Message(message) = &event.kind else { continue };
            let found = self.store.sent(event.room, event.actor, message.id).unwrap();
            assert!(matches!(found, Found::Nothing), "it is new");
            self.store.apply(&Change::Event(event)).unwrap();
        }
        self.store.commit().unwrap();
    }

    fn next_message(&mut self) -> Arc<RoomEvent> {
        self.heads.rotate_left(1);
        self.sent += 1;
        let (room, head) = self.heads.last_mut().unwrap();
        *head = head.next();
        let kind =
            EventKind::Message(Message::plain(message_id(self.sent), Arc::clone(&self.text)));
        event(*room, *head, kind)
    }
}

const AT: Stamp = Stamp(1_700_000_000_000);

/// Like a `UUIDv7`: the time, then bits without order.
fn message_id(number: u64) -> ClientMessageId {
    let time = u128::from(number / MESSAGES_PER_MILLI) << 80;
    let spread = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    ClientMessageId((time | (spread >> 48)).to_be_bytes())
}

fn founded(room: RoomId) -> Arc<RoomEvent> {
    let (name, topic) = (name("room", room.0), "".into());
    let facts = RoomFacts::group(room, name, topic, (ANN, AT));
    event(room, Seq(1), EventKind::RoomChanged(facts))
}

fn event(room: RoomId, seq: Seq, kind: EventKind) -> Arc<RoomEvent> {
    let actor_name = name("user", ANN.0);
    Arc::new(RoomEvent { room, seq, at: AT, actor: ANN, actor_name, nth: seq.0, kind })
}
