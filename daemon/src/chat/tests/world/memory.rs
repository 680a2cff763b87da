//! A store that remembers in memory, and gives back after a restart what the core needs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{Epoch, RoomId, Seq, SessionId, UserId};
use parlor_proto::name::Name;

use crate::chat::*;

#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) users: BTreeMap<UserId, (Name, PasswordHash, Stamp, Option<LastSeen>)>,
    pub(crate) sessions: BTreeMap<SessionId, (UserId, SecretHash, Arc<str>, Duration, Stamp)>,
    pub(crate) last_session: SessionId,
    pub(crate) events: BTreeMap<(RoomId, Seq), Arc<RoomEvent>>,
}

impl Memory {
    pub(super) fn apply(&mut self, change: Change) {
        match change {
            Change::Account(AccountChange::UserAdded { user, name, password, at, .. }) => {
                self.users.insert(user, (name, password, at, None));
            }
            Change::Account(AccountChange::PasswordRaised { .. }) => {}
            Change::Account(AccountChange::SessionStarted {
                session,
                user,
                token,
                device,
                timeout,
                at,
            }) => {
                self.last_session = session;
                self.sessions.insert(session, (user, token, device, timeout, at));
            }
            Change::Account(AccountChange::SessionTimeout { session, timeout }) => {
                self.sessions.get_mut(&session).unwrap().3 = timeout;
            }
            Change::Account(AccountChange::SessionEnded { session, user, last_seen }) => {
                self.sessions.remove(&session).expect("a session ends once");
                self.users.get_mut(&user).unwrap().3 = Some(last_seen);
            }
            Change::Event(event) => {
                let before = self.events.insert((event.room, event.seq), event);
                assert!(before.is_none(), "a seq is given out once");
            }
        }
    }

    pub(crate) fn replay(&self) -> Snapshot {
        let mut rooms: BTreeMap<RoomId, RoomRow> = BTreeMap::new();
        let mut members = BTreeMap::new();
        for ((room, seq), event) in &self.events {
            match &event.kind {
                EventKind::RoomChanged(facts) => {
                    let row = RoomRow {
                        facts: facts.clone(),
                        head: *seq,
                        head_at: event.at,
                        messages: 0,
                    };
                    rooms.insert(*room, row);
                }
                EventKind::MemberChanged(changed) => {
                    let (room, user, joined) = (*room, changed.user, event.at);
                    if changed.membership == Membership::Joined {
                        let row = MemberRow { room, user, join_seq: *seq, joined };
                        members.insert((room, user), row);
                    } else {
                        members.remove(&(room, user));
                    }
                }
                EventKind::Message(_)
                | EventKind::MessageEdited(_)
                | EventKind::MessageDeleted { .. }
                | EventKind::ReactionChanged(_) => {}
            }
            let row = rooms.get_mut(room).unwrap();
            (row.head, row.head_at, row.messages) = (*seq, event.at, event.nth);
        }
        let user_row = |(user, (name, password, created, last_seen)): (
            &UserId,
            &(Name, PasswordHash, Stamp, Option<LastSeen>),
        )| UserRow {
            user: *user,
            name: name.clone(),
            password: password.clone(),
            created: *created,
            last_seen: last_seen.clone(),
        };
        Snapshot {
            epoch: Epoch(7),
            users: self.users.iter().map(user_row).collect(),
            sessions: self
                .sessions
                .iter()
                .map(|(session, (user, token, device, timeout, started))| SessionRow {
                    session: *session,
                    user: *user,
                    token: *token,
                    device: Arc::clone(device),
                    timeout: *timeout,
                    started: *started,
                })
                .collect(),
            rooms: rooms.into_values().collect(),
            members: members.into_values().collect(),
            last_session: self.last_session,
        }
    }
}
