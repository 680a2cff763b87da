//! What an allowed request does: one file per verb.

use std::sync::Arc;

use parlor_proto::ids::{RequestId, RoomId, Seq, UserId};

use super::authorize::{Action, Command};
use super::effects::{Answer, Change, Effects, EventKind, Notice, RoomEvent};
use super::input::{ConnId, Now};
use super::state::State;

mod create_room;
mod get_users;
mod history;
mod join_room;
mod leave_room;
mod list_members;
mod list_rooms;
pub(super) mod login;
mod logout;
pub(super) mod register;
mod resume;
mod send;
pub(super) mod sync;

pub(super) fn run(state: &mut State, now: Now, command: Command, effects: &mut Effects) {
    let Command { conn, id, action, .. } = command;
    let answer = match action {
        // These answer later, in another order, or more than once.
        Action::Register { name, password, invite, sign_in } => {
            let wish = register::Wish { name, password, invite, sign_in };
            return register::run(state, (conn, id), wish, effects);
        }
        Action::Login { name, password, sign_in } => {
            return login::run(state, (conn, id), login::Wish { name, password, sign_in }, effects);
        }
        Action::Resume { session, sign_in } => {
            return resume::run(state, now, (conn, id), (session, &sign_in), effects);
        }
        Action::Logout { who } => return logout::run(state, now, (conn, id), who, effects),
        Action::Sync { who, wish } => return sync::run(state, (conn, id), who, wish, effects),
        Action::History { room, anchor, rows } => {
            return history::run(state, (conn, id), room, (anchor, rows), effects);
        }

        Action::GetUsers { ids, name } => get_users::run(state, &ids, name.as_ref()),
        Action::CreateRoom { who, name, topic } => {
            create_room::run(state, now, who, (name, topic), effects)
        }
        Action::JoinRoom { who, room } => join_room::run(state, now, who, room, effects),
        Action::StayInRoom { who, room } => join_room::stay(state, who, room),
        Action::LeaveRoom { who, room } => leave_room::run(state, now, who, room, effects),
        Action::ListRooms { after, rows, name } => {
            list_rooms::run(state, &after, rows, name.as_ref())
        }
        Action::ListMembers { room, after, rows } => list_members::run(state, room, &after, rows),
        Action::Send { who, room, id, text } => {
            send::run(state, now, (who, room), (id, text), effects)
        }
        Action::SendAgain { first } => send::again(first),
    };
    self::answer(effects, conn, id, answer);
}

pub(super) fn answer(effects: &mut Effects, conn: ConnId, id: RequestId, answer: Answer) {
    effects.notices.push(Notice::Answer { conn, id, answer });
}

/// Adds an event to a room's log: to be remembered, and told to everybody who listens.
fn log(
    state: &mut State,
    now: Now,
    room: RoomId,
    (actor, kind): (UserId, EventKind),
    effects: &mut Effects,
) -> Option<Arc<RoomEvent>> {
    let actor_name = state.users.get(actor)?.name.clone();
    let spoken_in = state.rooms.get_mut(room)?;
    let seq: Seq = spoken_in.head.next();
    let at = now.stamp.max(spoken_in.head_at);
    spoken_in.head = seq;
    spoken_in.head_at = at;
    let event = Arc::new(RoomEvent { room, seq, at, actor, actor_name, kind });
    effects.changes.push(Change::Event(Arc::clone(&event)));
    effects.notices.push(Notice::Event(Arc::clone(&event)));
    Some(event)
}

/// A room that was there a moment ago: its absence would be a mistake of ours.
fn lost(what: &str) -> Answer {
    let message = format!("this should not happen: {what} is gone");
    Answer::Denied(super::effects::Denial::new(parlor_proto::codes::Reason::Internal, message))
}
