//! Messages, and reading the logs that they stand in.

use super::{Asked, answer};
use crate::chat::authorize::MessageAction;
use crate::chat::effects::Effects;
use crate::chat::input::Now;
use crate::chat::state::State;

mod history;
mod search;
mod send;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): Asked,
    action: MessageAction,
    effects: &mut Effects,
) {
    let done = match action {
        MessageAction::History { who, room, anchor, rows } => {
            return history::run(state, (conn, id), (who, room), (anchor, rows), effects);
        }
        MessageAction::Search { who, permit } => {
            return search::run(state, now, (conn, id), (who, permit), effects);
        }
        MessageAction::Send { who, room, id, said } => {
            send::run(state, now, (who, room), (id, said), effects)
        }
        MessageAction::SendAgain { room, first } => send::again(room, first),
    };
    answer(effects, conn, id, done);
}
