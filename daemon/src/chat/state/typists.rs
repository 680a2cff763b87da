//! Who was last told to be writing where, so that it is not told too often.

use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::limits::TYPING_LIFETIME;

use crate::chat::input::Moment;
use crate::chat::ledger::Ledger;

/// Who is told to be writing within [`TYPING_LIFETIME`]; of more nothing is told.
const TYPISTS_MAX: usize = 10_000;

/// What was last told of somebody in a room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::chat) struct Typing {
    pub(in crate::chat) at: Moment,
    pub(in crate::chat) stopped: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::chat) struct Typists {
    told: Ledger<(UserId, RoomId), Typing>,
    /// The same in order of time, for forgetting.
    in_time: Ledger<(Moment, UserId, RoomId), ()>,
}

impl Typists {
    pub(in crate::chat) fn get(&self, user: UserId, room: RoomId) -> Option<Typing> {
        self.told.get(&(user, room)).copied()
    }

    /// Keeps it, unless there are too many already. What is long past is forgotten.
    pub(in crate::chat) fn put(&mut self, (user, room): (UserId, RoomId), now: Typing) -> bool {
        while let Some((&(at, user, room), ())) = self.in_time.first()
            && now.at.since(at) >= TYPING_LIFETIME
        {
            self.in_time.remove(&(at, user, room));
            self.told.remove(&(user, room));
        }
        match self.told.get(&(user, room)) {
            Some(before) => drop(self.in_time.remove(&(before.at, user, room))),
            None if self.told.len() >= TYPISTS_MAX => return false,
            None => {}
        }
        self.in_time.insert((now.at, user, room), ());
        self.told.insert((user, room), now);
        true
    }

    pub(super) fn keep(&mut self) {
        self.told.keep();
        self.in_time.keep();
    }

    pub(super) fn undo(&mut self) {
        self.told.undo();
        self.in_time.undo();
    }
}
