//! Somebody's place in a room: as a member, kept out, or invited.

use std::sync::Arc;

use parlor_proto::ids::{RoomId, Seq, UserId};
use parlor_proto::name::Name;

use super::Rooms;
use crate::chat::effects::{MemberChanged, Membership, Preferences, Reading, Role};
use crate::chat::input::Stamp;
use crate::chat::ledger::Ledger;

const FIRST_USER: UserId = UserId(0);
const LAST_USER: UserId = UserId(u64::MAX);
const FIRST_ROOM: RoomId = RoomId(0);
const LAST_ROOM: RoomId = RoomId(u64::MAX);

/// Somebody who is in a room.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct Member {
    pub(in crate::chat) join_seq: Seq,
    pub(in crate::chat) joined: Stamp,
    pub(in crate::chat) role: Role,
    /// May say nothing until then.
    pub(in crate::chat) muted_until: Option<Stamp>,
    /// The oldest event that they may read: fixed when they join, whatever the rules become.
    pub(in crate::chat) floor: Seq,
    pub(in crate::chat) preferences: Preferences,
    pub(in crate::chat) reading: Reading,
}

/// Why and until when somebody is kept out.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct Ban {
    pub(in crate::chat) issuer: UserId,
    pub(in crate::chat) reason: Arc<str>,
    pub(in crate::chat) at: Stamp,
    pub(in crate::chat) until: Option<Stamp>,
}

impl Ban {
    pub(in crate::chat) fn holds(&self, now: Stamp) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}

/// Who has let somebody in, and when.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chat) struct Invited {
    pub(in crate::chat) by: UserId,
    pub(in crate::chat) at: Stamp,
}

/// All places of all rooms.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Places {
    members: Ledger<(RoomId, UserId), Member>,
    of_user: Ledger<(UserId, RoomId), ()>,
    bans: Ledger<(RoomId, UserId), Ban>,
    invitations: Ledger<(RoomId, UserId), Invited>,
    invited_to: Ledger<(UserId, RoomId), ()>,
}

impl Rooms {
    pub(in crate::chat) fn join(&mut self, room: RoomId, user: UserId, member: Member) {
        self.places.members.insert((room, user), member);
        self.places.of_user.insert((user, room), ());
        if let Some(room) = self.by_id.get_mut(&room) {
            room.members += 1;
        }
    }

    pub(in crate::chat) fn leave(&mut self, room: RoomId, user: UserId) {
        if self.places.members.remove(&(room, user)).is_some() {
            self.places.of_user.remove(&(user, room));
            if let Some(room) = self.by_id.get_mut(&room) {
                room.members = room.members.saturating_sub(1);
            }
        }
    }

    pub(in crate::chat) fn member(&self, room: RoomId, user: UserId) -> Option<&Member> {
        self.places.members.get(&(room, user))
    }

    pub(in crate::chat) fn member_mut(
        &mut self,
        room: RoomId,
        user: UserId,
    ) -> Option<&mut Member> {
        self.places.members.get_mut(&(room, user))
    }

    pub(in crate::chat) fn reading_mut(
        &mut self,
        room: RoomId,
        user: UserId,
    ) -> Option<&mut Reading> {
        self.member_mut(room, user).map(|member| &mut member.reading)
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
        self.places
            .members
            .range((room, first)..=(room, LAST_USER))
            .map(|((_, user), member)| (*user, member))
    }

    pub(in crate::chat) fn of_user(&self, user: UserId) -> impl Iterator<Item = RoomId> {
        let rooms = self.places.of_user.range((user, FIRST_ROOM)..=(user, LAST_ROOM));
        rooms.map(|((_, room), ())| *room)
    }

    /// What is told of a member.
    pub(in crate::chat) fn member_changed(
        &self,
        room: RoomId,
        user: UserId,
        name: Name,
    ) -> Option<MemberChanged> {
        let Member { role, muted_until, floor, .. } = *self.member(room, user)?;
        let plain = MemberChanged::plain(user, name, Membership::Joined);
        Some(MemberChanged { role, muted_until, floor, ..plain })
    }

    /// Also one that holds no longer.
    pub(in crate::chat) fn ban(&self, room: RoomId, user: UserId) -> Option<&Ban> {
        self.places.bans.get(&(room, user))
    }

    pub(in crate::chat) fn bans(&self, room: RoomId) -> impl Iterator<Item = (UserId, &Ban)> {
        let bans = self.places.bans.range((room, FIRST_USER)..=(room, LAST_USER));
        bans.map(|((_, user), ban)| (*user, ban))
    }

    pub(in crate::chat) fn keep_out(&mut self, room: RoomId, user: UserId, ban: Ban) {
        self.places.bans.insert((room, user), ban);
    }

    pub(in crate::chat) fn unban(&mut self, room: RoomId, user: UserId) -> Option<Ban> {
        self.places.bans.remove(&(room, user))
    }

    pub(in crate::chat) fn invitation(&self, room: RoomId, user: UserId) -> Option<&Invited> {
        self.places.invitations.get(&(room, user))
    }

    /// Who is invited to a room.
    pub(in crate::chat) fn invited(&self, room: RoomId) -> impl Iterator<Item = UserId> {
        let invitations = self.places.invitations.range((room, FIRST_USER)..=(room, LAST_USER));
        invitations.map(|((_, user), _)| *user)
    }

    /// The rooms that somebody is invited to.
    pub(in crate::chat) fn invited_to(&self, user: UserId) -> impl Iterator<Item = RoomId> {
        let rooms = self.places.invited_to.range((user, FIRST_ROOM)..=(user, LAST_ROOM));
        rooms.map(|((_, room), ())| *room)
    }

    pub(in crate::chat) fn invite(&mut self, room: RoomId, user: UserId, invited: Invited) {
        self.places.invitations.insert((room, user), invited);
        self.places.invited_to.insert((user, room), ());
    }

    pub(in crate::chat) fn uninvite(&mut self, room: RoomId, user: UserId) -> Option<Invited> {
        self.places.invited_to.remove(&(user, room));
        self.places.invitations.remove(&(room, user))
    }
}

impl Places {
    pub(super) fn keep(&mut self) {
        self.members.keep();
        self.of_user.keep();
        self.bans.keep();
        self.invitations.keep();
        self.invited_to.keep();
    }

    pub(super) fn undo(&mut self) {
        self.members.undo();
        self.of_user.undo();
        self.bans.undo();
        self.invitations.undo();
        self.invited_to.undo();
    }
}
