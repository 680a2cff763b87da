//! Taking a message out of the log. Its place stays, so that seqs have no gap.

use crate::chat::authorize::{Delete, no_such_message};
use crate::chat::effects::{Answer, Body, Effects, EventKind, Notice};
use crate::chat::input::Now;
use crate::chat::ops::{changed, log_for};
use crate::chat::reading;
use crate::chat::rules::Limited;
use crate::chat::state::State;

pub(super) fn run(state: &mut State, now: Now, delete: Delete, effects: &mut Effects) -> Answer {
    let Delete { who, room, target, author, before, last_edit } = delete;
    state.charge(now, who.user, Limited::ChangeMessage);
    reading::meant(state, (room, target, author), (&before, &Body::default()));
    changed(room, target, last_edit, effects);
    let denial = no_such_message();
    effects.notices.push(Notice::Withdrawn { room, seq: target, denial });
    let deleted = EventKind::MessageDeleted { target };
    log_for(state, now, room, (who.user, deleted), effects)
}
