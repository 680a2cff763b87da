//! What the core knows. Each part is a file; this one holds them together and takes back a
//! batch that the store could not remember.

use std::net::IpAddr;

use parlor_proto::ids::{Epoch, RoomId, UserId};

use self::conns::Conns;
use self::files::Files;
use self::rooms::{Room, Rooms};
use self::sessions::Sessions;
use self::timers::Timers;
use self::tokens::Tokens;
use self::typists::Typists;
use self::users::Users;
use self::webhooks::Webhooks;
use super::failures::Failures;
use super::guesses::{Guesses, Target};
use super::input::{Moment, Now, SecretHash, Stamp};
use super::ledger::Ledger;
use super::presence::Told;
use super::rules::{Bucket, Limited, Rules};
use super::snapshot::Snapshot;

pub(super) mod conns;
pub(super) mod files;
pub(super) mod rooms;
pub(super) mod sessions;
pub(super) mod timers;
pub(super) mod tokens;
pub(super) mod typists;
pub(super) mod users;
pub(super) mod webhooks;

/// Buckets of users that are not full, of all kinds.
const BUCKETS_MAX: usize = 65_536;
/// People who wait for their turn in rooms in slow mode; beyond it some need not wait.
const SPOKE_MAX: usize = 100_000;

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
    pub(super) wrong_passwords: Ledger<Target, Guesses>,
    /// From where somebody has signed in, and when last.
    pub(super) addresses: Ledger<(UserId, IpAddr), Stamp>,
    /// Sign-ins that failed lately.
    pub(super) failures: Failures,
    pub(super) tokens: Tokens,
    pub(super) webhooks: Webhooks,
    pub(super) files: Files,
    /// What makes whoever knows it the first administrator.
    pub(super) claim: Ledger<(), SecretHash>,
    /// When who spoke last in rooms in slow mode.
    pub(super) spoke: Ledger<(RoomId, UserId), Moment>,
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
            addresses: Ledger::default(),
            failures: Failures::default(),
            tokens: Tokens::new(snapshot.tokens),
            webhooks: Webhooks::new(snapshot.webhooks),
            files: Files::new(snapshot.files),
            claim: Ledger::default(),
            spoke: Ledger::default(),
        };
        for (user, address, seen) in snapshot.addresses {
            state.addresses.insert((user, address), seen);
        }
        if let Some(claim) = snapshot.claim {
            state.claim.insert((), claim);
        }
        state.keep();
        state
    }

    /// Whether somebody manages the server.
    pub(super) fn is_admin(&self, user: UserId) -> bool {
        self.users.get(user).is_some_and(|user| user.admin && !user.suspended)
    }

    /// Counts one thing that users do at a limited rate.
    pub(super) fn charge(&mut self, now: Now, user: UserId, what: Limited) {
        self.charge_many(now, user, (what, 1));
    }

    /// Counts several at once.
    pub(super) fn charge_many(&mut self, now: Now, user: UserId, (what, count): (Limited, u32)) {
        let Some(rate) = self.rules.rate(what) else { return };
        let mut bucket = self.buckets.get(&(user, what)).copied().unwrap_or_default();
        if bucket.take_many(now.moment, rate, count).is_ok() {
            if self.buckets.len() >= BUCKETS_MAX && !self.buckets.contains(&(user, what)) {
                self.forget_full_buckets(now);
            }
            self.buckets.insert((user, what), bucket);
        }
    }

    /// A full bucket is like none. If none is full, somebody is lucky.
    fn forget_full_buckets(&mut self, now: Now) {
        let full = self.buckets.iter().filter(|(_, bucket)| bucket.is_full(now.moment));
        let mut gone: Vec<_> = full.map(|(key, _)| *key).collect();
        if gone.is_empty() {
            gone.extend(self.buckets.first().map(|(key, _)| *key));
        }
        for key in gone {
            self.buckets.remove(&key);
        }
    }

    /// Remembers when, if it matters in this room.
    pub(super) fn has_spoken(&mut self, now: Now, user: UserId, room: RoomId) {
        let is_slow = |room: &Room| !room.rules.slow_mode.is_zero();
        if !self.rooms.get(room).is_some_and(is_slow) {
            return;
        }
        if self.spoke.len() >= SPOKE_MAX
            && let Some(some) = self.spoke.first().map(|(key, _)| *key)
        {
            self.spoke.remove(&some);
        }
        self.spoke.insert((room, user), now.moment);
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
        self.addresses.keep();
        self.failures.keep();
        self.tokens.keep();
        self.webhooks.keep();
        self.files.keep();
        self.claim.keep();
        self.spoke.keep();
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
        self.addresses.undo();
        self.failures.undo();
        self.tokens.undo();
        self.webhooks.undo();
        self.files.undo();
        self.claim.undo();
        self.spoke.undo();
    }
}
