//! Telling that somebody is writing. Nothing of it is kept, and who asks too often is not told so.

use parlor_proto::ids::RoomId;
use parlor_proto::limits::TYPING_INTERVAL;

use crate::chat::authorize::Who;
use crate::chat::effects::{Answer, Effects, Notice, Typist};
use crate::chat::input::{ConnId, Now};
use crate::chat::ops::lost;
use crate::chat::state::State;
use crate::chat::state::typists::Typing;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, room, conn): (Who, RoomId, ConnId),
    stopped: bool,
    effects: &mut Effects,
) -> Answer {
    let Some(user) = state.users.get(who.user) else { return lost("the user") };
    let name = user.name.clone();
    let before = state.typists.get(who.user, room);
    let is_news = match before {
        // Only who was told to be writing can stop.
        Some(before) if stopped => !before.stopped,
        None => !stopped,
        Some(before) => now.moment.since(before.at) >= TYPING_INTERVAL,
    };
    if is_news && state.typists.put((who.user, room), Typing { at: now.moment, stopped }) {
        let typist = Typist { room, user: who.user, name, stopped };
        effects.notices.push(Notice::Typist { typist, except: conn });
    }
    Answer::Done
}
