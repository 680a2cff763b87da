//! Who may talk to whom in a direct room.

use std::collections::BTreeSet;

use parlor_proto::codes::Reason;
use parlor_proto::ids::UserId;

use crate::chat::authorize::{Who, has_storage, is_within_rate};
use crate::chat::effects::{Denial, RoomKind};
use crate::chat::input::Now;
use crate::chat::rules::Limited;
use crate::chat::state::State;

/// Everybody in the room of these people and of who asks, in order of numbers.
pub(in crate::chat) fn people(
    state: &State,
    user: UserId,
    others: &[UserId],
) -> Result<Vec<UserId>, Denial> {
    let people: BTreeSet<UserId> = others.iter().copied().chain([user]).collect();
    if people.iter().any(|user| state.is_webhook(*user)) {
        return Err(Denial::new(Reason::NotForBots, "a webhook has no direct rooms"));
    }
    match people.iter().find(|user| state.users.get(**user).is_none()) {
        Some(unknown) => {
            Err(Denial::new(Reason::UserNotFound, format!("there is no such user: {unknown}")))
        }
        None => Ok(people.into_iter().collect()),
    }
}

/// Whether a room may be made for these people.
pub(in crate::chat) fn may_make(
    state: &State,
    now: Now,
    who: Who,
    people: &[UserId],
) -> Result<(), Denial> {
    let max = state.rules.directs_per_user_max;
    let is_direct = |room| state.rooms.get(room).is_some_and(|r| r.kind() == RoomKind::Direct);
    let is_full =
        |user: &UserId| state.rooms.of_user(*user).filter(|room| is_direct(*room)).count() >= max;
    if people.iter().any(is_full) {
        let message = format!("somebody is in {max} direct rooms already");
        return Err(Denial::new(Reason::LimitExceeded, message));
    }
    has_storage(state)?;
    is_within_rate(state, now, who, Limited::CreateRoom)
}
