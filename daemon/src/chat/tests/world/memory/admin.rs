//! What is remembered of the server as a whole.

use std::collections::BTreeMap;
use std::net::IpAddr;

use parlor_proto::ids::UserId;

use super::Memory;
use crate::chat::*;

/// What the store knows of an account besides its name and password.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    pub(crate) admin: bool,
    pub(crate) suspended: bool,
    pub(crate) owner: Option<UserId>,
    pub(crate) reset: Option<(SecretHash, Stamp)>,
}

/// Everything else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Server {
    pub(crate) standings: BTreeMap<UserId, Standing>,
    pub(crate) invites: BTreeMap<SecretHash, Invite>,
    tokens: BTreeMap<SecretHash, (UserId, std::sync::Arc<str>, Stamp, Option<Stamp>)>,
    addresses: BTreeMap<(UserId, IpAddr), Stamp>,
    pub(crate) claim: Option<SecretHash>,
    pub(crate) audit: Vec<AuditRow>,
}

impl Memory {
    pub(super) fn apply_admin(&mut self, change: AdminChange) {
        let server = &mut self.server;
        match change {
            AdminChange::ServerRole { user, admin } => {
                server.standings.entry(user).or_default().admin = admin;
                server.claim = server.claim.filter(|_| !admin);
            }
            AdminChange::Suspended { user } => {
                let standing = server.standings.entry(user).or_default();
                (standing.suspended, standing.reset) = (true, None);
                let owned = |of: &UserId| {
                    *of == user || server.standings.get(of).and_then(|of| of.owner) == Some(user)
                };
                server.tokens.retain(|_, (bot, ..)| !owned(bot));
                server.invites.retain(|_, invite| invite.creator != Some(user));
            }
            AdminChange::Restored { user } => {
                server.standings.entry(user).or_default().suspended = false;
            }
            AdminChange::ResetCodeMade { user, hash, expires } => {
                server.standings.entry(user).or_default().reset = Some((hash, expires));
            }
            AdminChange::PasswordReset { user, password } => {
                server.standings.entry(user).or_default().reset = None;
                self.users.get_mut(&user).unwrap().password = password;
            }
            AdminChange::InviteMade { invite } => {
                server.invites.insert(invite.hash, invite);
            }
            AdminChange::InviteRevoked { hash } => {
                server.invites.remove(&hash);
            }
            AdminChange::BotAdded { bot, name, owner, at } => {
                server.standings.entry(bot).or_default().owner = Some(owner);
                self.add_user(bot, name, PasswordHash("".into()), at);
            }
            AdminChange::TokenMade { hash, bot, name, at } => {
                server.tokens.insert(hash, (bot, name, at, None));
            }
            AdminChange::TokenRevoked { hash } => {
                server.tokens.remove(&hash).expect("a token is revoked once");
            }
            AdminChange::TokenUsed { hash, session, at } => {
                server.tokens.get_mut(&hash).unwrap().3 = Some(at);
                self.sessions.get_mut(&session).unwrap().api_token = Some(hash);
            }
            AdminChange::AddressSeen { user, address, at, instead } => {
                if let Some(instead) = instead {
                    server.addresses.remove(&(user, instead)).expect("it was known");
                }
                server.addresses.insert((user, address), at);
            }
            AdminChange::ControlDone { .. } => {}
            AdminChange::Audit(row) => server.audit.push(row),
        }
    }

    pub(super) fn replay_admin(&self, snapshot: Snapshot) -> Snapshot {
        let server = &self.server;
        let tokens = server.tokens.iter().map(|(hash, (bot, name, created, last_used))| TokenRow {
            hash: *hash,
            bot: *bot,
            name: name.clone(),
            created: *created,
            last_used: *last_used,
        });
        let seen = server.addresses.iter();
        Snapshot {
            tokens: tokens.collect(),
            addresses: seen.map(|((user, address), at)| (*user, *address, *at)).collect(),
            claim: server.claim,
            ..snapshot
        }
    }

    /// One account is made with the invite.
    pub(super) fn use_invite(&mut self, hash: SecretHash) {
        self.server.invites.get_mut(&hash).expect("it was looked up").uses_left -= 1;
    }

    /// The newest first.
    pub(crate) fn audit_page(&self, before: Option<u64>, rows: u32) -> AuditPage {
        let mut entries: Vec<AuditFacts> = Vec::new();
        let mut numbered: Vec<(u64, &AuditRow)> = (1..).zip(&self.server.audit).collect();
        numbered.reverse();
        let older = numbered.into_iter();
        let mut older = older.filter(|(id, _)| before.is_none_or(|before| *id < before));
        for (id, row) in older.by_ref().take(usize::try_from(rows).unwrap()) {
            entries.push(AuditFacts {
                id,
                at: row.at,
                actor: row.actor,
                session: row.session,
                address: row.address.map(|address| address.to_string()).unwrap_or_default(),
                action: row.deed.as_str().into(),
                object: row.object.as_ref().into(),
                outcome: row.refused.map_or("ok", |reason| reason.as_str()).into(),
            });
        }
        AuditPage { entries, more: older.next().is_some() }
    }
}
