//! A store that remembers in memory, and gives back after a restart what the core needs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parlor_proto::ids::{Epoch, RoomId, Seq, SessionId, UserId};
use parlor_proto::name::Name;

use self::admin::Server;
use crate::chat::*;

mod admin;
mod reading;
mod rooms;

#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) users: BTreeMap<UserId, (Name, PasswordHash, Stamp, Option<LastSeen>)>,
    pub(crate) sessions: BTreeMap<SessionId, (UserId, SecretHash, Arc<str>, Duration, Stamp)>,
    pub(crate) last_session: SessionId,
    pub(crate) events: BTreeMap<(RoomId, Seq), Arc<RoomEvent>>,
    pub(super) rooms: rooms::Places,
    /// The first event that is kept, of rooms of which some have gone.
    pub(crate) firsts: BTreeMap<RoomId, Seq>,
    pub(crate) server: Server,
    readings: reading::Readings,
    session_rests: BTreeMap<SessionId, SessionRest>,
}

/// What is known of some sessions only.
#[derive(Clone, Debug, Default)]
struct SessionRest {
    api_token: Option<SecretHash>,
}

impl Memory {
    pub(super) fn apply(&mut self, change: Change) {
        match change {
            Change::Account(AccountChange::UserAdded { user, name, password, at, invite }) => {
                if let Some(invite) = invite {
                    self.use_invite(invite);
                }
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
            Change::Admin(change) => self.apply_admin(change),
            Change::Room(change) => self.change_room(change),
            Change::Reading(change) => self.change_reading(change),
            Change::Event(event) => {
                self.rooms.follow(&event);
                self.readings.follow(&event);
                self.change_message(&event);
                let before = self.events.insert((event.room, event.seq), event);
                assert!(before.is_none(), "a seq is given out once");
            }
        }
    }

    /// The message that an event is about gets its present state.
    fn change_message(&mut self, event: &RoomEvent) {
        let (EventKind::MessageEdited(MessageEdited { target, .. })
        | EventKind::MessageDeleted { target }) = &event.kind
        else {
            return;
        };
        let original = self.events.get_mut(&(event.room, *target)).unwrap();
        let EventKind::Message(message) = &mut Arc::make_mut(original).kind else {
            panic!("{target} is no message");
        };
        assert!(!message.deleted, "what is deleted stays as it is");
        if let EventKind::MessageEdited(edited) = &event.kind {
            assert_eq!(edited.version, message.version + 1);
            message.body = edited.body.clone();
            (message.version, message.edited) = (edited.version, Some(event.at));
        } else {
            (message.body, message.deleted) = (Body::default(), true);
        }
    }

    /// A room's events in order.
    pub(super) fn log(&self, room: RoomId) -> impl Iterator<Item = &Arc<RoomEvent>> {
        self.events.range((room, Seq(0))..=(room, Seq(u64::MAX))).map(|(_, event)| event)
    }

    pub(crate) fn replay(&self) -> Snapshot {
        let user_row = |(user, (name, password, created, last_seen)): (
            &UserId,
            &(Name, PasswordHash, Stamp, Option<LastSeen>),
        )| {
            let standing = self.server.standings.get(user).cloned().unwrap_or_default();
            UserRow {
                user: *user,
                name: name.clone(),
                password: password.clone(),
                created: *created,
                last_seen: last_seen.clone(),
                admin: standing.admin,
                suspended: standing.suspended,
                owner: standing.owner,
                reset: standing.reset,
            }
        };
        self.replay_admin(Snapshot {
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
                    api_token: self.session_rests.get(session).and_then(|rest| rest.api_token),
                })
                .collect(),
            last_session: self.last_session,
            ..self.replay_rooms()
        })
    }
}
