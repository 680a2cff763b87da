//! Rooms and the people in them.

use crate::chat::authorize::{PlaceAction, RoomAction};
use crate::chat::effects::{Answer, Effects, Logged};
use crate::chat::input::Now;
use crate::chat::rules::Limited;
use crate::chat::state::State;

pub(in crate::chat) use self::join_room::listeners;

mod archive_room;
pub(super) mod ban_member;
mod create_room;
mod decline_invitation;
pub(super) mod direct;
pub(super) mod hide_room;
mod invite_member;
pub(super) mod join_room;
pub(super) mod leave_room;
mod list_bans;
mod list_members;
mod list_rooms;
mod mute_member;
pub(super) mod on_record;
mod remove_member;
mod set_role;
mod set_room_preferences;
mod transfer_room;
mod unban_member;
mod update_room;

pub(super) use self::invite_member::invitations;

pub(super) fn run(
    state: &mut State,
    now: Now,
    action: RoomAction,
    effects: &mut Effects,
) -> Answer {
    if let Some(user) = action.changer() {
        state.charge(now, user, Limited::ChangeRoom);
    }
    match action {
        RoomAction::Create { who, name, topic, rules } => {
            create_room::run(state, now, who, (name, topic, rules), effects)
        }
        RoomAction::Join { who, room } => join_room::run(state, now, who, room, effects),
        RoomAction::Stay { who, room } => join_room::stay(state, who, room),
        RoomAction::Leave { who, room } => leave_room::run(state, now, who, room, effects),
        RoomAction::Hide { who, room } => hide_room::run(state, who, room, effects),
        RoomAction::List { who, listing } => list_rooms::run(state, now, who, &listing),
        RoomAction::ListMembers { who, room, presence, after, rows } => {
            list_members::run(state, now, (who, room), presence, (&after, rows))
        }
        RoomAction::Update { who, room, update } => {
            update_room::run(state, now, (who, room), update, effects)
        }
        RoomAction::ListBans { who, room, after, rows } => {
            list_bans::run(state, now, (who, room), (&after, rows))
        }
        RoomAction::Archive { who, room } => archive_room::run(state, now, who, room, effects),
        RoomAction::Prefer { who, conn, room, preferences } => {
            set_room_preferences::run(state, (who, conn), room, preferences, effects)
        }
        RoomAction::Settled => Answer::Logged(Logged::default()),
        RoomAction::Place { who, room, user, action } => {
            let place = (who, room, user);
            match action {
                PlaceAction::Invite => invite_member::run(state, now, place, effects),
                PlaceAction::Uninvite => decline_invitation::run(state, now, place, effects),
                PlaceAction::Remove => remove_member::run(state, now, place, effects),
                PlaceAction::Ban { reason, until } => {
                    ban_member::run(state, now, place, (reason, until), effects)
                }
                PlaceAction::Unban => unban_member::run(state, now, place, effects),
                PlaceAction::Mute { until } => mute_member::run(state, now, place, until, effects),
                PlaceAction::SetRole(role) => set_role::run(state, now, place, role, effects),
                PlaceAction::Transfer => transfer_room::run(state, now, place, effects),
            }
        }
    }
}
