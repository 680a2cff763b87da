//! Accounts.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::name::Name;
use unicode_security::skeleton;

use crate::chat::effects::{LastSeen, UserFacts};
use crate::chat::input::{Moment, PasswordHash, SecretHash, Stamp};
use crate::chat::ledger::Ledger;
use crate::chat::snapshot::{Profile, UserRow};

/// All accounts, by number and by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::chat) struct Users {
    by_id: Ledger<UserId, User>,
    by_name: Ledger<Name, UserId>,
    /// Owners and their bots.
    bots: Ledger<(UserId, UserId), ()>,
    /// What names look like, so that no other is taken for them.
    looks: Ledger<(Arc<str>, UserId), ()>,
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
    /// May not sign in.
    pub(in crate::chat) suspended: bool,
    /// Of a bot: whose it is.
    pub(in crate::chat) owner: Option<UserId>,
    /// Of a bot that is a webhook, or was one: of which room.
    pub(in crate::chat) webhook: Option<RoomId>,
    /// What sets a new password once, and until when.
    pub(in crate::chat) reset: Option<(SecretHash, Stamp)>,
    pub(in crate::chat) profile: Profile,
    /// When the status expires.
    pub(in crate::chat) status_timer: Option<Moment>,
}

impl User {
    /// A person who has just come.
    pub(in crate::chat) fn new(name: Name, password: PasswordHash, created: Stamp) -> Self {
        Self {
            name,
            password,
            created,
            last_seen: None,
            admin: false,
            suspended: false,
            owner: None,
            webhook: None,
            reset: None,
            profile: Profile::default(),
            status_timer: None,
        }
    }

    /// What a password is compared with: nothing, if nobody may sign in with one.
    pub(in crate::chat) fn password_in_use(&self) -> Option<&PasswordHash> {
        (!self.suspended && self.owner.is_none()).then_some(&self.password)
    }
}

impl Users {
    pub(super) fn new(rows: Vec<UserRow>) -> Self {
        let mut users = Self::default();
        for row in rows {
            let UserRow { user, name, password, created, last_seen, .. } = row;
            let UserRow { admin, suspended, owner, webhook, reset, profile, .. } = row;
            let account = User::new(name, password, created);
            let account = User { last_seen, admin, suspended, owner, ..account };
            users.put(user, User { webhook, reset, profile, ..account });
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
        if let Some(owner) = user.owner {
            self.bots.insert((owner, id), ());
        }
        self.looks.insert((look(user.name.as_str()), id), ());
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

    /// All accounts whose name comes after this one, by name.
    pub(in crate::chat) fn after(&self, name: &str) -> impl Iterator<Item = (UserId, &User)> {
        self.by_name.after::<str>(name).filter_map(|(_, id)| Some((*id, self.get(*id)?)))
    }

    pub(in crate::chat) fn bots_of(&self, owner: UserId) -> impl Iterator<Item = UserId> {
        let all = (owner, UserId(0))..=(owner, UserId(u64::MAX));
        self.bots.range(all).map(|((_, bot), ())| *bot)
    }

    /// A bot belongs to somebody else from here on.
    pub(in crate::chat) fn give(&mut self, bot: UserId, owner: UserId) {
        let Some(account) = self.by_id.get_mut(&bot) else { return };
        if let Some(before) = account.owner.replace(owner) {
            self.bots.remove(&(before, bot));
        }
        self.bots.insert((owner, bot), ());
    }

    /// Of one owner or of all, in order of owners, after one of them.
    pub(in crate::chat) fn bots(
        &self,
        owner: Option<UserId>,
        after: Option<(UserId, UserId)>,
    ) -> impl Iterator<Item = UserId> {
        let of = |user, bot| (owner.unwrap_or(user), bot);
        let first = (of(UserId(0), UserId(0))).max(after.unwrap_or_default());
        let last = (of(UserId(u64::MAX), UserId(u64::MAX))).max(first);
        let all = self.bots.range(first..=last).map(|(place, ())| *place);
        all.filter(move |place| Some(*place) != after).map(|(_, bot)| bot)
    }

    /// Somebody other than `user` whose name a text might be taken for.
    pub(in crate::chat) fn alike(&self, text: &str, user: UserId) -> Option<&Name> {
        let look = look(text);
        let alike = self.looks.range((Arc::clone(&look), UserId(0))..=(look, UserId(u64::MAX)));
        let other = alike.map(|((_, id), ())| *id).find(|id| *id != user)?;
        self.get(other).map(|other| &other.name)
    }

    pub(in crate::chat) fn display_name(&self, id: UserId) -> Arc<str> {
        self.get(id).map(|user| Arc::clone(&user.profile.display_name)).unwrap_or_default()
    }

    pub(in crate::chat) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(in crate::chat) fn ids(&self) -> Vec<UserId> {
        self.by_id.iter().map(|(id, _)| *id).collect()
    }

    /// Who manages the server and may sign in.
    pub(in crate::chat) fn admins(&self) -> impl Iterator<Item = UserId> {
        self.by_id.iter().filter(|(_, user)| user.admin && !user.suspended).map(|(id, _)| *id)
    }

    pub(in crate::chat) fn name(&self, id: UserId) -> Option<Name> {
        self.get(id).map(|user| user.name.clone())
    }

    pub(in crate::chat) fn facts(&self, id: UserId) -> Option<UserFacts> {
        let user = self.get(id)?;
        Some(UserFacts {
            user: id,
            name: user.name.clone(),
            created: user.created,
            bot: user.owner.is_some(),
            webhook: user.webhook,
            display_name: Arc::clone(&user.profile.display_name),
        })
    }

    pub(super) fn keep(&mut self) {
        self.by_id.keep();
        self.by_name.keep();
        self.bots.keep();
        self.looks.keep();
    }

    pub(super) fn undo(&mut self) {
        self.by_id.undo();
        self.by_name.undo();
        self.bots.undo();
        self.looks.undo();
    }
}

/// What is left of a text once all that looks alike is the same (UTS 39), whatever its case and
/// its spaces.
fn look(text: &str) -> Arc<str> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    skeleton(&plain.to_lowercase()).collect::<String>().into()
}
