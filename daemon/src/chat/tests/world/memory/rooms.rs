//! What is remembered of rooms and of everybody's place in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use parlor_proto::ids::{RoomId, Seq, UserId};

use super::Memory;
use crate::chat::*;

/// Somebody in a room.
type Place = (RoomId, UserId);

#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    members: BTreeMap<Place, (Seq, Stamp, MemberChanged)>,
    preferences: BTreeMap<Place, Preferences>,
    bans: BTreeMap<Place, (UserId, Arc<str>, Stamp, Option<Stamp>)>,
    invitations: BTreeMap<Place, (UserId, Stamp)>,
}

impl Places {
    /// What an event does to somebody's place.
    pub(super) fn follow(&mut self, event: &RoomEvent) {
        let EventKind::MemberChanged(changed) = &event.kind else { return };
        let place = (event.room, changed.user);
        match changed.membership {
            Membership::Joined => {
                self.invitations.remove(&place);
                let before = self.members.get(&place).map(|(seq, at, _)| (*seq, *at));
                let (seq, at) = before.unwrap_or((event.seq, event.at));
                self.members.insert(place, (seq, at, changed.clone()));
            }
            Membership::Left | Membership::Removed => {
                self.members.remove(&place).expect("only members go");
                self.preferences.remove(&place);
            }
            Membership::Banned => {
                self.members.remove(&place);
                self.preferences.remove(&place);
                self.invitations.remove(&place);
            }
            Membership::Invited => {
                let before = self.invitations.insert(place, (event.actor, event.at));
                assert!(before.is_none(), "invited once");
            }
            Membership::Declined => {
                self.invitations.remove(&place).expect("only who is invited declines");
            }
            Membership::Unbanned => {
                self.bans.remove(&place).expect("only who is banned is unbanned");
            }
        }
    }
}

impl Memory {
    /// As rooms were left before leaving closed them.
    pub(crate) fn forget_members(&mut self) {
        self.rooms.members.clear();
    }

    pub(super) fn change_room(&mut self, change: RoomChange) {
        match change {
            RoomChange::Banned { room, user, issuer, reason, at, until } => {
                self.rooms.bans.insert((room, user), (issuer, reason, at, until));
            }
            RoomChange::InvitationsVoid { room } => {
                self.rooms.invitations.retain(|(of, _), _| *of != room);
            }
            RoomChange::BanForgotten { room, user } => {
                self.rooms.bans.remove(&(room, user)).expect("there was a ban");
            }
            RoomChange::Trimmed { room, from, first, edits } => {
                let before = self.firsts.insert(room, first);
                assert_eq!(before.unwrap_or(Seq(1)), from, "events go in order");
                for edit in edits {
                    let event = self.events.get_mut(&(room, edit)).unwrap();
                    let EventKind::MessageEdited(edited) = &mut Arc::make_mut(event).kind else {
                        panic!("{edit} is no edit");
                    };
                    edited.body = Body::default();
                }
            }
            RoomChange::Preferred { room, user, preferences } => {
                self.rooms.preferences.insert((room, user), preferences);
            }
        }
    }

    pub(super) fn replay_rooms(&self) -> Snapshot {
        let mut rooms: BTreeMap<RoomId, RoomRow> = BTreeMap::new();
        for ((room, seq), event) in &self.events {
            if let EventKind::RoomChanged(facts) = &event.kind {
                let (facts, at) = (facts.clone(), event.at);
                let new = RoomRow {
                    facts: facts.clone(),
                    head: *seq,
                    head_at: at,
                    first: *seq,
                    first_at: at,
                    messages: 0,
                    gone: 0,
                };
                rooms.entry(*room).or_insert(new).facts = facts;
            }
            let row = rooms.get_mut(room).unwrap();
            (row.head, row.head_at, row.messages) = (*seq, event.at, event.nth);
            if self.firsts.get(room) == Some(seq) {
                (row.first, row.first_at) = (*seq, event.at);
                row.gone = event.nth - u64::from(matches!(event.kind, EventKind::Message(_)));
            }
        }
        let members = self.rooms.members.iter().map(|(place, (join_seq, joined, changed))| {
            let MemberChanged { role, muted_until, floor, .. } = *changed;
            let preferences = self.rooms.preferences.get(place).copied().unwrap_or_default();
            let (room, user, join_seq, joined) = (place.0, place.1, *join_seq, *joined);
            let reading = self.reading(room, user);
            MemberRow {
                room,
                user,
                join_seq,
                joined,
                role,
                muted_until,
                floor,
                preferences,
                reading,
            }
        });
        let bans = self.rooms.bans.iter().map(|(place, (issuer, reason, at, until))| BanRow {
            room: place.0,
            user: place.1,
            issuer: *issuer,
            reason: reason.clone(),
            at: *at,
            until: *until,
        });
        let invitations = self.rooms.invitations.iter();
        let invitations = invitations.map(|((room, user), (by, at))| {
            let (room, user, by, at) = (*room, *user, *by, *at);
            InvitationRow { room, user, by, at }
        });
        Snapshot {
            rooms: rooms.into_values().collect(),
            members: members.collect(),
            bans: bans.collect(),
            invitations: invitations.collect(),
            ..Snapshot::default()
        }
    }
}
