//! What the core knows. Each part is a file; this one holds them together and takes back a
//! batch that the store could not remember.

use parlor_proto::ids::{Epoch, UserId};
use parlor_proto::name::Name;

use self::conns::Conns;
use self::rooms::Rooms;
use self::sessions::Sessions;
use self::timers::Timers;
use self::typists::Typists;
use self::users::Users;
use super::input::Now;
use super::ledger::Ledger;
use super::presence::Told;
use super::rules::{Bucket, Limited, Rules};
use super::snapshot::Snapshot;

pub(super) mod conns;
pub(super) mod rooms;
pub(super) mod sessions;
pub(super) mod timers;
pub(super) mod typists;
pub(super) mod users;

/// Everything. Only [`Chat`](super::Chat) holds one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    pub(super) rules: Rules,
    pub(super) epoch: Epoch,
    /// The store takes nothing: what would have to be remembered is refused.
    pub(super) storage_full: bool,
    pub(super) users: Users,
    pub(super) rooms: Rooms,
    pub(super) sessions: Sessions,
    pub(super) conns: Conns,
    pub(super) timers: Timers,
    pub(super) typists: Typists,
    /// What was last told of whom.
    pub(super) told: Ledger<UserId, Told>,
    pub(super) buckets: Ledger<(UserId, Limited), Bucket>,
    pub(super) wrong_passwords: Ledger<Name, Bucket>,
}

impl State {
    pub(super) fn new(rules: Rules, snapshot: Snapshot) -> Self {
        let mut rooms = Rooms::new(snapshot.rooms);
        rooms.settle(snapshot.members, snapshot.bans, snapshot.invitations);
        let mut state = Self {
            rules,
            epoch: snapshot.epoch,
            storage_full: false,
            users: Users::new(snapshot.users),
            rooms,
            sessions: Sessions::new(snapshot.sessions, snapshot.last_session),
            conns: Conns::default(),
            timers: Timers::default(),
            typists: Typists::default(),
            told: Ledger::default(),
            buckets: Ledger::default(),
            wrong_passwords: Ledger::default(),
        };
        state.keep();
        state
    }

    /// Whether somebody manages the server.
    pub(super) fn is_admin(&self, user: UserId) -> bool {
        self.users.get(user).is_some_and(|user| user.admin)
    }

    /// Counts one thing that users do at a limited rate.
    pub(super) fn charge(&mut self, now: Now, user: UserId, what: Limited) {
        let Some(rate) = self.rules.rate(what) else { return };
        let mut bucket = self.buckets.get(&(user, what)).copied().unwrap_or_default();
        if bucket.take(now.moment, rate).is_ok() {
            self.buckets.insert((user, what), bucket);
        }
    }

    /// The batch is remembered.
    pub(super) fn keep(&mut self) {
        self.users.keep();
        self.rooms.keep();
        self.sessions.keep();
        self.conns.keep();
        self.timers.keep();
        self.typists.keep();
        self.told.keep();
        self.buckets.keep();
        self.wrong_passwords.keep();
    }

    /// The batch is lost: as if it had not been.
    pub(super) fn undo(&mut self) {
        self.users.undo();
        self.rooms.undo();
        self.sessions.undo();
        self.conns.undo();
        self.timers.undo();
        self.typists.undo();
        self.told.undo();
        self.buckets.undo();
        self.wrong_passwords.undo();
    }
}
