//! Who has lost which room lately, and which messages were deleted. A reader may look when a room
//! is somebody's no longer, or be slow to say what it saw when it still was: a shard asks here
//! before it tells.
//!
//! The engine notes a loss before the commit that makes it true. So whatever a reader has seen of
//! the time after it, the loss is known when its answer comes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, Seq, UserId};

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
    /// Of a file of this message.
    File(RoomId, Seq),
    /// Of these, among others.
    Rooms(Vec<RoomId>),
}

/// What is lost.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lost {
    /// To this user, a room.
    Room(UserId, RoomId),
    /// To everybody, the files of a message. What it said is read from the log as it is then.
    Files(RoomId, Seq),
}

impl About {
    fn covers(&self, asker: UserId, lost: Lost) -> bool {
        match (self, lost) {
            (Self::Room(asked) | Self::File(asked, _), Lost::Room(user, room)) => {
                user == asker && *asked == room
            }
            (Self::Rooms(rooms), Lost::Room(user, room)) => user == asker && rooms.contains(&room),
            (Self::File(asked, of), Lost::Files(room, seq)) => (*asked, *of) == (room, seq),
            (Self::Room(_) | Self::Rooms(_), Lost::Files(..)) => false,
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
    lost: Lost,
    /// What whoever has lost it would be told now.
    denial: Denial,
}

impl Losses {
    /// Something is about to be lost.
    pub(super) fn note(&self, lost: Lost, denial: Denial) {
        let mut book = self.book();
        let turn = book.newest.next();
        book.newest = turn;
        book.losses.push_back(Loss { turn, lost, denial });
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
        let mut later = book.losses.iter().rev().take_while(|loss| loss.turn > then);
        let denial = &later.find(|loss| about.covers(user, loss.lost))?.denial;
        Some(match about {
            About::Room(_) | About::File(..) => denial.clone(),
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
        losses.note(Lost::Room(user, room), Denial::new(Reason::RoomNotFound, "gone"));
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
    fn files_go_with_their_message_for_everybody() {
        let losses = Losses::default();
        let denial = Denial::new(Reason::MessageNotFound, "deleted");
        losses.note(Lost::Files(LOBBY, Seq(7)), denial);
        check(&losses, 0, About::File(LOBBY, Seq(7)), Some(Reason::MessageNotFound));
        check(&losses, 1, About::File(LOBBY, Seq(7)), None);
        check(&losses, 0, About::File(LOBBY, Seq(8)), None);
        check(&losses, 0, About::File(DEN, Seq(7)), None);
        check(&losses, 0, LOBBY, None);
        lose(&losses, ANN, DEN);
        check(&losses, 0, About::File(DEN, Seq(7)), Some(Reason::RoomNotFound));
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
