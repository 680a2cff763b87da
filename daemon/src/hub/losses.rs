//! Who has lost which room lately. A reader may look when a room is somebody's no longer, or be
//! slow to say what it saw when it still was: a shard asks here before it tells.
//!
//! The engine notes a loss before the commit that makes it true. So whatever a reader has seen of
//! the time after it, the loss is known when its answer comes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, UserId};

use super::READ_RETRY;
use crate::chat::Denial;

/// Losses that are remembered: more than a batch can have, and than there are while one is read
/// for. Whoever asked before the oldest of them has to ask again.
const LOSSES_MAX: usize = 4096;

/// How many losses there had been.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Turn(u64);

impl Turn {
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Of what an answer tells.
#[derive(Clone, Debug)]
pub(crate) enum About {
    /// Of this room, which was asked for.
    Room(RoomId),
    /// Of these, among others.
    Rooms(Vec<RoomId>),
}

impl About {
    fn covers(&self, room: RoomId) -> bool {
        match self {
            Self::Room(only) => *only == room,
            Self::Rooms(rooms) => rooms.contains(&room),
        }
    }
}

/// Shared by the engine, which notes, and the shards, which ask.
#[derive(Debug, Default)]
pub(crate) struct Losses(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    /// In order of turns, without a gap.
    losses: VecDeque<Loss>,
    newest: Turn,
}

#[derive(Debug)]
struct Loss {
    turn: Turn,
    user: UserId,
    room: RoomId,
    /// What the user would be told now.
    denial: Denial,
}

impl Losses {
    /// Somebody is about to lose a room.
    pub(super) fn note(&self, user: UserId, room: RoomId, denial: Denial) {
        let mut book = self.book();
        let turn = book.newest.next();
        book.newest = turn;
        book.losses.push_back(Loss { turn, user, room, denial });
        if book.losses.len() > LOSSES_MAX {
            book.losses.pop_front();
        }
    }

    /// Nothing that was noted after this has come about. Who was refused something meanwhile by
    /// mistake asks again.
    pub(super) fn take_back(&self, to: Turn) {
        let mut book = self.book();
        while book.losses.pop_back_if(|loss| loss.turn > to).is_some() {}
        book.newest = to;
    }

    /// Whether somebody has lost since then what this tells of, and what they hear instead.
    pub(crate) fn since(&self, then: Turn, user: UserId, about: &About) -> Option<Denial> {
        let book = self.book();
        if book.losses.front().is_some_and(|oldest| oldest.turn > then.next()) {
            return Some(again());
        }
        let later = book.losses.iter().rev().take_while(|loss| loss.turn > then);
        let mut lost = later.filter(|loss| loss.user == user && about.covers(loss.room));
        let denial = &lost.next()?.denial;
        Some(match about {
            About::Room(_) => denial.clone(),
            // The others may be told of all the same.
            About::Rooms(_) => again(),
        })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn again() -> Denial {
    let denial = Denial::new(Reason::Overloaded, "a room was lost meanwhile: ask again");
    Denial { retry_after: READ_RETRY, ..denial }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl From<RoomId> for About {
        fn from(room: RoomId) -> Self {
            Self::Room(room)
        }
    }

    impl<const N: usize> From<[RoomId; N]> for About {
        fn from(rooms: [RoomId; N]) -> Self {
            Self::Rooms(rooms.into())
        }
    }

    const ANN: UserId = UserId(1);
    const BOB: UserId = UserId(2);
    const LOBBY: RoomId = RoomId(1);
    const DEN: RoomId = RoomId(2);

    fn lose(losses: &Losses, user: UserId, room: RoomId) {
        losses.note(user, room, Denial::new(Reason::RoomNotFound, "gone"));
    }

    #[track_caller]
    fn check(losses: &Losses, then: u64, about: impl Into<About>, reason: Option<Reason>) {
        let denial = losses.since(Turn(then), ANN, &about.into());
        assert_eq!(denial.map(|denial| denial.reason), reason);
    }

    #[test]
    fn who_asked_before_a_loss_is_refused_and_nobody_else() {
        let losses = Losses::default();
        lose(&losses, BOB, LOBBY);
        lose(&losses, ANN, DEN);
        check(&losses, 0, LOBBY, None);
        check(&losses, 0, DEN, Some(Reason::RoomNotFound));
        check(&losses, 1, DEN, Some(Reason::RoomNotFound));
        check(&losses, 2, DEN, None);
        check(&losses, 0, [LOBBY, DEN], Some(Reason::Overloaded));
        check(&losses, 0, [], None);
    }

    #[test]
    fn what_has_not_come_about_is_no_loss() {
        let losses = Losses::default();
        lose(&losses, ANN, LOBBY);
        lose(&losses, ANN, DEN);
        losses.take_back(Turn(1));
        check(&losses, 0, DEN, None);
        check(&losses, 0, LOBBY, Some(Reason::RoomNotFound));
        lose(&losses, ANN, DEN);
        check(&losses, 1, DEN, Some(Reason::RoomNotFound));
    }

    #[test]
    fn what_is_forgotten_is_refused_for_now() {
        let losses = Losses::default();
        for _ in 0..=LOSSES_MAX {
            lose(&losses, BOB, LOBBY);
        }
        check(&losses, 0, DEN, Some(Reason::Overloaded));
        check(&losses, 1, DEN, None);
    }
}
