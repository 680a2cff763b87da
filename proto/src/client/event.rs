//! What a client tells its user without being asked.

use std::time::Duration;

use super::Error;
use crate::ids::RoomId;
use crate::v1;

/// Something happened, in a room or to the connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The next event of a room, without a hole and without a repeat. Its kind is `None` if
    /// this code is older than the kind.
    Room(v1::RoomEvent),
    /// The cursor of a room could not be continued: drop what is kept of it, load pages;
    /// events after `head_seq` follow.
    Reset(v1::RoomState),
    /// This user is in one more room.
    RoomAdded(v1::RoomState),
    /// This user is in one room less.
    RoomRemoved(v1::RoomRemoved),
    /// The latest states of people who share a room.
    Presence(Vec<v1::Presence>),
    /// How far this user has read in a room, here or on another device; in a direct room also
    /// how far others have.
    ReadMarker(v1::ReadMarker),
    /// Somebody is writing. Forget it after 6 s.
    Typist(v1::Typist),
    /// Somebody who shares a room has another name for display.
    UserChanged(v1::User),
    /// This user may join a room. Each sync tells all such rooms again.
    Invited(v1::Invitation),
    /// An invitation holds no longer.
    Uninvited(RoomId),
    /// This user wants to have a room in another way.
    PreferencesChanged(v1::PreferencesChanged),
    /// The connection is lost; the next attempt comes by itself.
    Offline {
        /// What happened, for a person.
        why: String,
        /// When it will be tried again.
        retry_in: Duration,
    },
    /// Connected again.
    Online {
        /// The same session goes on; else it is a new one.
        resumed: bool,
    },
    /// The session has ended and its token is void: [`Client::sign_in_again`] goes on where it
    /// stopped.
    ///
    /// [`Client::sign_in_again`]: super::Client::sign_in_again
    SignedOut(Error),
    /// It makes no sense to come back. No further event follows.
    Ended(Error),
}
