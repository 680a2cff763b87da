//! Accounts.

use parlor_proto::ids::UserId;
use parlor_proto::name::Name;

use crate::chat::effects::{LastSeen, UserFacts};
use crate::chat::input::{PasswordHash, Stamp};
use crate::chat::ledger::Ledger;
use crate::chat::snapshot::UserRow;

/// All accounts, by number and by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::chat) struct Users {
    by_id: Ledger<UserId, User>,
    by_name: Ledger<Name, UserId>,
}

/// One account.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct User {
    pub(in crate::chat) name: Name,
    pub(in crate::chat) password: PasswordHash,
    pub(in crate::chat) created: Stamp,
    pub(in crate::chat) last_seen: Option<LastSeen>,
    /// Manages the server.
    pub(in crate::chat) admin: bool,
}

impl Users {
    pub(super) fn new(rows: Vec<UserRow>) -> Self {
        let mut users = Self::default();
        for UserRow { user, name, password, created, last_seen } in rows {
            users.put(user, User { name, password, created, last_seen, admin: false });
        }
        users
    }

    /// Gives the account its number.
    pub(in crate::chat) fn add(&mut self, user: User) -> UserId {
        let last = self.by_id.last().map_or(0, |(id, _)| id.0);
        let id = UserId(last + 1);
        self.put(id, user);
        id
    }

    fn put(&mut self, id: UserId, user: User) {
        self.by_name.insert(user.name.clone(), id);
        self.by_id.insert(id, user);
    }

    pub(in crate::chat) fn get(&self, id: UserId) -> Option<&User> {
        self.by_id.get(&id)
    }

    pub(in crate::chat) fn get_mut(&mut self, id: UserId) -> Option<&mut User> {
        self.by_id.get_mut(&id)
    }

    pub(in crate::chat) fn named(&self, name: &Name) -> Option<UserId> {
        self.by_name.get(name).copied()
    }

    pub(in crate::chat) fn facts(&self, id: UserId) -> Option<UserFacts> {
        let user = self.get(id)?;
        Some(UserFacts { user: id, name: user.name.clone(), created: user.created })
    }

    pub(super) fn keep(&mut self) {
        self.by_id.keep();
        self.by_name.keep();
    }

    pub(super) fn undo(&mut self) {
        self.by_id.undo();
        self.by_name.undo();
    }
}
