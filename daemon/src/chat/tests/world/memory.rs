//! A store that remembers in memory, and gives back after a restart what the core needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use parlor_proto::ids::{DeviceId, Epoch, RoomId, Seq, SessionId, UserId};
use parlor_proto::name::Name;

use self::admin::Server;
use crate::chat::*;

mod admin;
mod files;
mod reading;
mod rooms;
mod webhooks;

#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) users: BTreeMap<UserId, UserRow>,
    pub(crate) sessions: BTreeMap<SessionId, SessionRow>,
    pub(crate) devices: BTreeMap<(UserId, DeviceId), Device>,
    pub(crate) last_session: SessionId,
    pub(crate) events: BTreeMap<(RoomId, Seq), Arc<RoomEvent>>,
    pub(super) rooms: rooms::Places,
    /// The first event that is kept, of rooms of which some have gone.
    pub(crate) firsts: BTreeMap<RoomId, Seq>,
    pub(crate) server: Server,
    readings: reading::Readings,
    webhooks: webhooks::Webhooks,
    files: files::Files,
}

impl Memory {
    pub(super) fn apply(&mut self, change: Change) {
        match change {
            Change::Account(change) => self.apply_to_account(change),
            Change::Admin(change) => self.apply_admin(change),
            Change::Room(change) => self.change_room(change),
            Change::Reading(change) => self.change_reading(change),
            Change::Webhook(change) => self.change_webhook(change),
            Change::File(change) => self.change_file(change),
            Change::Event(event) => {
                self.rooms.follow(&event);
                self.readings.follow(&event);
                self.change_message(&event);
                if let EventKind::Message(message) = &event.kind {
                    self.send_files(message);
                }
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
            message.files = [].into();
        }
    }

    /// The events of a room that are kept, in order.
    pub(super) fn log(&self, room: RoomId) -> impl Iterator<Item = &Arc<RoomEvent>> {
        let first = self.firsts.get(&room).copied().unwrap_or_default();
        self.events.range((room, first)..=(room, Seq(u64::MAX))).map(|(_, event)| event)
    }

    fn add_user(&mut self, user: UserId, name: Name, password: PasswordHash, created: Stamp) {
        let row = UserRow {
            user,
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
        };
        self.users.insert(user, row);
    }

    fn apply_to_account(&mut self, change: AccountChange) {
        match change {
            AccountChange::UserAdded { user, name, password, at, invite } => {
                if let Some(invite) = invite {
                    self.use_invite(invite);
                }
                self.add_user(user, name, password, at);
            }
            AccountChange::PasswordSet { user, password } => {
                self.users.get_mut(&user).unwrap().password = password;
            }
            AccountChange::DisplayNameSet { user, display_name } => {
                self.users.get_mut(&user).unwrap().profile.display_name = display_name;
            }
            AccountChange::StatusSet { user, status } => {
                self.users.get_mut(&user).unwrap().profile.status = status;
            }
            AccountChange::SessionStarted(row) => {
                self.last_session = row.session;
                self.sessions.insert(row.session, row);
            }
            AccountChange::SessionAttached { session, timeout, origin } => {
                let row = self.sessions.get_mut(&session).unwrap();
                (row.timeout, row.origin) = (timeout, origin);
            }
            AccountChange::SessionEnded { session, user, last_seen } => {
                self.sessions.remove(&session).expect("a session ends once");
                self.users.get_mut(&user).unwrap().last_seen = Some(last_seen);
            }
            AccountChange::SessionBound { session, device } => {
                self.sessions.get_mut(&session).unwrap().device_id = Some(device);
            }
            AccountChange::DeviceAdded { user, device } => {
                assert!(self.devices.insert((user, device.id), device).is_none());
            }
            AccountChange::DeviceUsed { user, device, at } => {
                self.devices.get_mut(&(user, device)).unwrap().last_used = Some(at);
            }
            AccountChange::DeviceRenamed { user, device, name } => {
                self.devices.get_mut(&(user, device)).unwrap().name = name;
            }
            AccountChange::DeviceRemoved { user, device } => {
                self.devices.remove(&(user, device)).expect("a device is removed once");
            }
            AccountChange::DevicesRemoved { user, but } => {
                self.devices.retain(|(of, id), _| *of != user || Some(*id) == but);
            }
        }
    }

    pub(crate) fn replay(&self) -> Snapshot {
        let user_row = |row: &UserRow| {
            let standing = self.server.standings.get(&row.user).cloned().unwrap_or_default();
            let (admin, suspended) = (standing.admin, standing.suspended);
            let (owner, reset) = (standing.owner, standing.reset);
            let webhook = self.webhooks.room_of(row.user);
            UserRow { admin, suspended, owner, webhook, reset, ..row.clone() }
        };
        self.replay_admin(Snapshot {
            epoch: Epoch(7),
            users: self.users.values().map(user_row).collect(),
            sessions: self.sessions.values().cloned().collect(),
            last_session: self.last_session,
            webhooks: self.webhooks.rows(),
            files: self.replay_files(),
            ..self.replay_rooms()
        })
    }
}
