//! Giving a message another text.

use crate::chat::authorize::Edit;
use crate::chat::effects::{Answer, Effects, EventKind, MessageEdited};
use crate::chat::input::Now;
use crate::chat::ops::{changed, log_for};
use crate::chat::reading;
use crate::chat::rules::Limited;
use crate::chat::state::State;

pub(super) fn run(state: &mut State, now: Now, edit: Edit, effects: &mut Effects) -> Answer {
    let Edit { who, room, target, before, last_edit, version, text, format } = edit;
    state.charge(now, who.user, Limited::ChangeMessage);
    let body = reading::body_of(state, now, (who.user, room), (text, format));
    reading::meant(state, (room, target, who.user), (&before, &body));
    changed(room, target, last_edit, effects);
    let edited = EventKind::MessageEdited(MessageEdited { target, body, version });
    log_for(state, now, room, (who.user, edited), effects)
}
