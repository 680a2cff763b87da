//! A name for display, told to everybody who shares a room.

use std::sync::Arc;

use parlor_proto::ids::RoomId;

use crate::chat::authorize::Who;
use crate::chat::effects::{
    AccountAnswer, AccountChange, Answer, Audience, Change, Effects, Notice,
};
use crate::chat::input::Now;
use crate::chat::ops::lost;
use crate::chat::rules::Limited;
use crate::chat::state::State;

pub(super) fn run(
    state: &mut State,
    now: Now,
    who: Who,
    display_name: Arc<str>,
    effects: &mut Effects,
) -> Answer {
    let user = who.user;
    state.charge(now, user, Limited::ChangeAccount);
    let Some(account) = state.users.get_mut(user) else { return lost("the user") };
    let is_new = account.profile.display_name != display_name;
    account.profile.display_name = Arc::clone(&display_name);
    let Some(facts) = state.users.facts(user) else { return lost("the user") };
    if is_new {
        let set = AccountChange::DisplayNameSet { user, display_name };
        effects.changes.push(Change::Account(set));
        let rooms: Arc<[RoomId]> = state.rooms.of_user(user).collect();
        let (audience, user) = (Audience::Rooms(rooms), facts.clone());
        effects.notices.push(Notice::UserChanged { audience, user });
    }
    Answer::Account(AccountAnswer::User(facts))
}
