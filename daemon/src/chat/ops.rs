//! What an allowed request does: one file per verb, one folder per area.

use std::sync::Arc;

use parlor_proto::ids::{RequestId, RoomId, Seq, UserId};

use super::authorize::{Action, Command};
use super::effects::{Answer, Change, Effects, EventKind, Logged, Notice, RoomEvent};
use super::input::{ConnId, Now};
use super::state::State;

pub(super) mod account;
pub(super) mod admin;
pub(super) mod file;
mod message;
mod reading;
pub(super) mod room;
pub(super) mod sync;
mod webhook;

/// The request that is to be answered.
type Asked = (ConnId, RequestId);

pub(super) fn run(state: &mut State, now: Now, command: Command, effects: &mut Effects) {
    let Command { conn, id, action, .. } = command;
    match action {
        Action::Account(action) => account::run(state, now, (conn, id), action, effects),
        Action::Sync { who, wish } => sync::run(state, now, (conn, id, who), wish, effects),
        Action::Room(action) => {
            room::on_record::note(state, now, conn, &action, effects);
            let done = room::run(state, now, action, effects);
            answer(effects, conn, id, done);
        }
        Action::Reading(action) => reading::run(state, now, (conn, id), action, effects),
        Action::Message(action) => message::run(state, now, (conn, id), action, effects),
        Action::Admin(action) => admin::run(state, now, (conn, id), action, effects),
        Action::Webhook(action) => webhook::run(state, now, (conn, id), action, effects),
        Action::File(action) => file::run(state, now, (conn, id), action, effects),
    }
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
    spoken_in.messages += u64::from(matches!(kind, EventKind::Message(_)));
    let nth = spoken_in.messages;
    let event = Arc::new(RoomEvent { room, seq, at, actor, actor_name, nth, kind });
    effects.changes.push(Change::Event(Arc::clone(&event)));
    effects.notices.push(Notice::Event(Arc::clone(&event)));
    Some(event)
}

/// A message does not say any more what it said, nor does the edit that it was as.
fn changed(room: RoomId, target: Seq, last_edit: Option<Seq>, effects: &mut Effects) {
    let outdated = [Some(target), last_edit].into_iter().flatten();
    effects.notices.extend(outdated.map(|seq| Notice::Changed { room, seq }));
}

/// The answer to what has led to an event.
fn logged(event: Option<Arc<RoomEvent>>) -> Answer {
    match event {
        Some(event) => Answer::Logged(Logged { seq: event.seq, at: event.at }),
        None => lost("the room"),
    }
}

/// Adds an event to a room's log as the only thing that is asked for.
fn log_for(
    state: &mut State,
    now: Now,
    room: RoomId,
    what: (UserId, EventKind),
    effects: &mut Effects,
) -> Answer {
    logged(log(state, now, room, what, effects))
}

/// A room that was there a moment ago: its absence would be a mistake of ours.
fn lost(what: &str) -> Answer {
    let message = format!("this should not happen: {what} is gone");
    Answer::Denied(super::effects::Denial::new(parlor_proto::codes::Reason::Internal, message))
}
