//! Messages, and reading the logs that they stand in.

use super::{Asked, answer};
use crate::chat::authorize::MessageAction;
use crate::chat::effects::{Answer, Effects};
use crate::chat::input::Now;
use crate::chat::rules::Limited;
use crate::chat::state::State;

mod delete;
mod edit;
mod history;
mod list_reactions;
mod list_thread;
mod search;
mod send;
mod set_reaction;
mod typing;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): Asked,
    action: MessageAction,
    effects: &mut Effects,
) {
    let done = match action {
        MessageAction::History { who, room, anchor, rows } => {
            state.charge(now, who.user, Limited::Page);
            return history::run(state, (conn, id), (who, room), (anchor, rows), effects);
        }
        MessageAction::Search { who, permit } => {
            return search::run(state, now, (conn, id), (who, permit), effects);
        }
        MessageAction::Send { who, room, id, said, files } => {
            send::run(state, now, (who, room), (id, said, files), effects)
        }
        MessageAction::SendDirect { who, people, id, said, files } => {
            send::direct(state, now, (who, &people), (id, said, files), effects)
        }
        MessageAction::SendAgain { room, first } => send::again(room, first),
        MessageAction::Edit(edit) => edit::run(state, now, edit, effects),
        MessageAction::Delete(delete) => delete::run(state, now, delete, effects),
        MessageAction::Settled(logged) => Answer::Logged(logged),
        MessageAction::SetReaction(reaction) => set_reaction::run(state, now, reaction, effects),
        MessageAction::ListReactions { who, room, target, skip, rows } => {
            state.charge(now, who.user, Limited::Page);
            return list_reactions::run((conn, id), (room, target), (skip, rows), effects);
        }
        MessageAction::ListThread { who, room, root, after, rows } => {
            state.charge(now, who.user, Limited::Page);
            return list_thread::run(state, (conn, id), (who, room, root), (after, rows), effects);
        }
        MessageAction::Typing { who, room, stopped } => {
            typing::run(state, now, (who, room, conn), stopped, effects)
        }
    };
    answer(effects, conn, id, done);
}
