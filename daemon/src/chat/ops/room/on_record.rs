//! What of the life of rooms is on record: who gained or lost power or a place, and by whom. Not
//! who comes and goes, and nothing that was said.

use parlor_proto::ids::{RoomId, UserId};

use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::{PlaceAction, RoomAction};
use crate::chat::effects::{Effects, Role};
use crate::chat::input::{ConnId, Now};
use crate::chat::state::State;

/// Before it is done, while everybody is where they were.
pub(in crate::chat::ops) fn note(
    state: &State,
    now: Now,
    conn: ConnId,
    action: &RoomAction,
    effects: &mut Effects,
) {
    if let Some(entry) = entry(state, action) {
        audit(state, now, Actor::of(state, conn), entry, effects);
    }
}

fn entry(state: &State, action: &RoomAction) -> Option<Entry> {
    match action {
        RoomAction::Update { room, update, .. } => {
            update.rules.as_ref().map(|_| Entry::new(Deed::RoomRulesSet, label(state, *room)))
        }
        RoomAction::Archive { room, .. } => {
            Some(Entry::new(Deed::RoomArchived, label(state, *room)))
        }
        RoomAction::Place { room, user, action, .. } => {
            let object = format!("{} in {}", name(state, *user), label(state, *room));
            place(action, object)
        }
        RoomAction::Create { .. }
        | RoomAction::Join { .. }
        | RoomAction::Stay { .. }
        | RoomAction::Leave { .. }
        | RoomAction::Hide { .. }
        | RoomAction::List { .. }
        | RoomAction::ListMembers { .. }
        | RoomAction::ListBans { .. }
        | RoomAction::Prefer { .. }
        | RoomAction::Settled => None,
    }
}

fn place(action: &PlaceAction, object: String) -> Option<Entry> {
    Some(match action {
        PlaceAction::Invite | PlaceAction::Uninvite => return None,
        PlaceAction::Remove => Entry::new(Deed::MemberRemoved, object),
        PlaceAction::Ban { .. } => Entry::new(Deed::MemberBanned, object),
        PlaceAction::Unban => Entry::new(Deed::MemberUnbanned, object),
        PlaceAction::Mute { .. } => Entry::new(Deed::MemberMuted, object),
        PlaceAction::SetRole(role) => {
            Entry::new(Deed::RoomRoleSet, format!("{object}: {}", called(*role)))
        }
        PlaceAction::Transfer => {
            Entry::new(Deed::RoomRoleSet, format!("{object}: {}", called(Role::Owner)))
        }
    })
}

fn called(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Moderator => "moderator",
        Role::Owner => "owner",
    }
}

fn name(state: &State, user: UserId) -> String {
    state.users.get(user).map(|user| user.name.to_string()).unwrap_or_default()
}

fn label(state: &State, room: RoomId) -> String {
    let label = state.rooms.get(room).map(|room| room.label().to_owned());
    label.unwrap_or_default()
}
