//! Rooms, who is in them, and how far their logs go.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, Seq, UserId};
use parlor_proto::name::Name;

use crate::chat::effects::{RoomFacts, RoomRules, RoomView};
use crate::chat::input::Stamp;
use crate::chat::ledger::Ledger;
use crate::chat::snapshot::{MemberRow, RoomRow};

const FIRST_USER: UserId = UserId(0);
const LAST_USER: UserId = UserId(u64::MAX);
const FIRST_ROOM: RoomId = RoomId(0);
const LAST_ROOM: RoomId = RoomId(u64::MAX);

/// All rooms and memberships.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::chat) struct Rooms {
    by_id: Ledger<RoomId, Room>,
    by_name: Ledger<Name, RoomId>,
    members: Ledger<(RoomId, UserId), Member>,
    of_user: Ledger<(UserId, RoomId), ()>,
}

/// One room.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct Room {
    /// A direct room has none.
    pub(in crate::chat) name: Option<Name>,
    pub(in crate::chat) topic: Arc<str>,
    pub(in crate::chat) creator: UserId,
    pub(in crate::chat) created: Stamp,
    pub(in crate::chat) rules: RoomRules,
    pub(in crate::chat) archived: bool,
    /// See [`RoomFacts`].
    pub(in crate::chat) direct: Arc<[(UserId, Name)]>,
    /// The newest event. Invariant: every seq up to it has been given out once.
    pub(in crate::chat) head: Seq,
    pub(in crate::chat) head_at: Stamp,
    /// Messages in the log, deleted ones too.
    pub(in crate::chat) messages: u64,
    pub(in crate::chat) members: u32,
}

/// Somebody's place in a room.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct Member {
    pub(in crate::chat) join_seq: Seq,
    pub(in crate::chat) joined: Stamp,
}

impl Room {
    /// A room in which nothing has happened yet.
    pub(in crate::chat) fn new(facts: RoomFacts) -> Self {
        let RoomFacts { name, topic, creator, created, rules, archived, direct, .. } = facts;
        Self {
            name,
            topic,
            creator,
            created,
            rules,
            archived,
            direct,
            head: Seq(0),
            head_at: Stamp::default(),
            messages: 0,
            members: 0,
        }
    }

    /// For people: the name, or that it is a direct room.
    pub(in crate::chat) fn label(&self) -> &str {
        self.name.as_ref().map_or("this direct room", Name::as_str)
    }
}

impl Rooms {
    pub(super) fn new(rooms: Vec<RoomRow>, members: Vec<MemberRow>) -> Self {
        let mut all = Self::default();
        for RoomRow { facts, head, head_at, messages } in rooms {
            let (id, room) = (facts.room, Room::new(facts));
            all.put(id, Room { head, head_at, messages, ..room });
        }
        for MemberRow { room, user, join_seq, joined } in members {
            all.join(room, user, Member { join_seq, joined });
        }
        all
    }

    /// Gives the room its number.
    pub(in crate::chat) fn add(&mut self, room: Room) -> RoomId {
        let last = self.by_id.last().map_or(0, |(id, _)| id.0);
        let id = RoomId(last + 1);
        self.put(id, room);
        id
    }

    fn put(&mut self, id: RoomId, room: Room) {
        if let Some(name) = &room.name {
            self.by_name.insert(name.clone(), id);
        }
        self.by_id.insert(id, room);
    }

    pub(in crate::chat) fn get(&self, id: RoomId) -> Option<&Room> {
        self.by_id.get(&id)
    }

    pub(in crate::chat) fn get_mut(&mut self, id: RoomId) -> Option<&mut Room> {
        self.by_id.get_mut(&id)
    }

    pub(in crate::chat) fn named(&self, name: &Name) -> Option<RoomId> {
        self.by_name.get(name).copied()
    }

    /// Rooms in the order of their names, after one.
    pub(in crate::chat) fn by_name_after(&self, after: &str) -> impl Iterator<Item = RoomId> {
        self.by_name.after(after).map(|(_, id)| *id)
    }

    pub(in crate::chat) fn join(&mut self, room: RoomId, user: UserId, member: Member) {
        self.members.insert((room, user), member);
        self.of_user.insert((user, room), ());
        if let Some(room) = self.by_id.get_mut(&room) {
            room.members += 1;
        }
    }

    pub(in crate::chat) fn leave(&mut self, room: RoomId, user: UserId) {
        if self.members.remove(&(room, user)).is_some() {
            self.of_user.remove(&(user, room));
            if let Some(room) = self.by_id.get_mut(&room) {
                room.members = room.members.saturating_sub(1);
            }
        }
    }

    pub(in crate::chat) fn member(&self, room: RoomId, user: UserId) -> Option<&Member> {
        self.members.get(&(room, user))
    }

    pub(in crate::chat) fn members(&self, room: RoomId) -> impl Iterator<Item = (UserId, &Member)> {
        self.members_from(room, FIRST_USER)
    }

    /// In order of users, those before `first` left out.
    pub(in crate::chat) fn members_from(
        &self,
        room: RoomId,
        first: UserId,
    ) -> impl Iterator<Item = (UserId, &Member)> {
        self.members
            .range((room, first)..=(room, LAST_USER))
            .map(|((_, user), member)| (*user, member))
    }

    pub(in crate::chat) fn of_user(&self, user: UserId) -> impl Iterator<Item = RoomId> {
        self.of_user.range((user, FIRST_ROOM)..=(user, LAST_ROOM)).map(|((_, room), ())| *room)
    }

    pub(in crate::chat) fn facts(&self, id: RoomId) -> Option<RoomFacts> {
        let room = self.get(id)?;
        Some(RoomFacts {
            room: id,
            name: room.name.clone(),
            topic: Arc::clone(&room.topic),
            creator: room.creator,
            created: room.created,
            members: room.members,
            rules: room.rules,
            archived: room.archived,
            direct: Arc::clone(&room.direct),
        })
    }

    /// The room as this member sees it.
    pub(in crate::chat) fn view(&self, id: RoomId, user: UserId) -> Option<RoomView> {
        let join_seq = self.member(id, user)?.join_seq;
        let head = self.get(id)?.head;
        Some(RoomView { facts: self.facts(id)?, head, join_seq, reset: false })
    }

    pub(super) fn keep(&mut self) {
        self.by_id.keep();
        self.by_name.keep();
        self.members.keep();
        self.of_user.keep();
    }

    pub(super) fn undo(&mut self) {
        self.by_id.undo();
        self.by_name.undo();
        self.members.undo();
        self.of_user.undo();
    }
}
