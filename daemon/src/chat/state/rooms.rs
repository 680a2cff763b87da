//! Rooms, who is in them, and how far their logs go.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, Seq, UserId};
use parlor_proto::name::Name;

use self::names::Names;
use self::places::Places;
pub(in crate::chat) use self::places::{Ban, Invited, Member};
use crate::chat::effects::{RoomFacts, RoomKind, RoomRules, RoomView};
use crate::chat::input::Stamp;
use crate::chat::ledger::Ledger;
use crate::chat::reading;
use crate::chat::snapshot::{BanRow, InvitationRow, MemberRow, RoomRow};

mod names;
mod places;

/// All rooms and who has which place in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::chat) struct Rooms {
    by_id: Ledger<RoomId, Room>,
    names: Names,
    /// Direct rooms by who is in them, in order of numbers.
    by_people: Ledger<Vec<UserId>, RoomId>,
    places: Places,
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
    /// See [`RoomFacts`].
    pub(in crate::chat) open_from: Seq,
    pub(in crate::chat) archived: bool,
    /// See [`RoomFacts`].
    pub(in crate::chat) direct: Arc<[(UserId, Name)]>,
    /// The newest event. Invariant: every seq up to it has been given out once.
    pub(in crate::chat) head: Seq,
    pub(in crate::chat) head_at: Stamp,
    /// The oldest event that is kept, and when it was.
    pub(in crate::chat) first: Seq,
    pub(in crate::chat) first_at: Stamp,
    /// Messages in the log, deleted ones too.
    pub(in crate::chat) messages: u64,
    /// How many of them have gone by their age.
    pub(in crate::chat) gone: u64,
    pub(in crate::chat) members: u32,
}

impl Room {
    /// A room in which nothing has happened yet.
    pub(in crate::chat) fn new(facts: RoomFacts) -> Self {
        let RoomFacts { name, topic, creator, created, rules, archived, direct, .. } = facts;
        let open_from = facts.open_from;
        Self {
            name,
            topic,
            creator,
            created,
            rules,
            open_from,
            archived,
            direct,
            head: Seq(0),
            head_at: Stamp::default(),
            first: Seq(1),
            first_at: created,
            messages: 0,
            gone: 0,
            members: 0,
        }
    }

    pub(in crate::chat) fn kind(&self) -> RoomKind {
        if self.name.is_some() { RoomKind::Group } else { RoomKind::Direct }
    }

    /// For people: the name, or that it is a direct room.
    pub(in crate::chat) fn label(&self) -> &str {
        self.name.as_ref().map_or("this direct room", Name::as_str)
    }
}

impl Rooms {
    pub(super) fn new(rooms: Vec<RoomRow>) -> Self {
        let mut all = Self::default();
        for RoomRow { facts, head, head_at, first, first_at, messages, gone } in rooms {
            let (id, room) = (facts.room, Room::new(facts));
            all.put(id, Room { head, head_at, first, first_at, messages, gone, ..room });
        }
        all
    }

    /// Gives everybody their place.
    pub(super) fn settle(
        &mut self,
        members: Vec<MemberRow>,
        bans: Vec<BanRow>,
        invitations: Vec<InvitationRow>,
    ) {
        for row in members {
            let MemberRow { room, user, join_seq, joined, .. } = row;
            let MemberRow { role, muted_until, floor, preferences, reading, .. } = row;
            let member =
                Member { join_seq, joined, role, muted_until, floor, preferences, reading };
            self.join(room, user, member);
        }
        // Everybody had left these before leaving closed a room.
        let left = self.by_id.iter().filter(|(_, room)| room.members == 0).map(|(id, _)| *id);
        for id in left.collect::<Vec<_>>() {
            self.change(id, |room| room.archived = true);
        }
        for BanRow { room, user, issuer, reason, at, until } in bans {
            self.keep_out(room, user, Ban { issuer, reason, at, until });
        }
        for InvitationRow { room, user, by, at } in invitations {
            self.invite(room, user, Invited { by, at });
        }
    }

    /// Gives the room its number.
    pub(in crate::chat) fn add(&mut self, room: Room) -> RoomId {
        let last = self.by_id.last().map_or(0, |(id, _)| id.0);
        let id = RoomId(last + 1);
        self.put(id, room);
        id
    }

    fn put(&mut self, id: RoomId, room: Room) {
        self.names.add(id, &room);
        if room.name.is_none() {
            self.by_people.insert(room.direct.iter().map(|(user, _)| *user).collect(), id);
        }
        self.by_id.insert(id, room);
    }

    pub(in crate::chat) fn get(&self, id: RoomId) -> Option<&Room> {
        self.by_id.get(&id)
    }

    pub(in crate::chat) fn iter(&self) -> impl Iterator<Item = (RoomId, &Room)> {
        self.by_id.iter().map(|(id, room)| (*id, room))
    }

    pub(in crate::chat) fn get_mut(&mut self, id: RoomId) -> Option<&mut Room> {
        self.by_id.get_mut(&id)
    }

    /// The direct room of these people, who are in order of numbers.
    pub(in crate::chat) fn direct(&self, people: &[UserId]) -> Option<RoomId> {
        self.by_people.get(&people.to_vec()).copied()
    }

    /// Changes what a room is, also its name and who may find it; the old name is free.
    pub(in crate::chat) fn change(&mut self, id: RoomId, change: impl FnOnce(&mut Room)) {
        let Some(room) = self.by_id.get_mut(&id) else { return };
        self.names.remove(id, room);
        change(room);
        self.names.add(id, room);
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
            open_from: room.open_from,
            archived: room.archived,
            direct: Arc::clone(&room.direct),
        })
    }

    /// The oldest event of a room that a member may read.
    pub(in crate::chat) fn floor(&self, room: RoomId, user: UserId) -> Option<Seq> {
        Some(self.member(room, user)?.floor.max(self.get(room)?.first))
    }

    /// The room as this member sees it.
    pub(in crate::chat) fn view(&self, id: RoomId, user: UserId) -> Option<RoomView> {
        let Member { join_seq, role, muted_until, preferences, reading, .. } =
            *self.member(id, user)?;
        let room = self.get(id)?;
        let head = room.head;
        Some(RoomView {
            facts: self.facts(id)?,
            head,
            join_seq,
            reset: false,
            floor: self.floor(id, user)?,
            role,
            muted_until,
            preferences,
            read_seq: reading.seq,
            counts: reading::counts(room, &reading),
        })
    }

    pub(super) fn keep(&mut self) {
        self.by_id.keep();
        self.names.keep();
        self.by_people.keep();
        self.places.keep();
    }

    pub(super) fn undo(&mut self) {
        self.by_id.undo();
        self.names.undo();
        self.by_people.undo();
        self.places.undo();
    }
}
