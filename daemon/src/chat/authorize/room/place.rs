//! Who may invite, put out, keep out, silence and promote whom.

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, UserId};

use super::{RoomAction, may_change};
use crate::chat::authorize::{Who, has_storage, is_within_rate};
use crate::chat::effects::{Denial, Role};
use crate::chat::input::{Now, PlaceWish, Stamp};
use crate::chat::permissions::{self, Operation};
use crate::chat::rules::Limited;
use crate::chat::state::State;

/// What becomes of somebody's place. Never what it is already: that is settled.
#[derive(Debug)]
pub(in crate::chat) enum PlaceAction {
    Invite,
    /// An invitation is taken back, or refused by who was invited.
    Uninvite,
    Remove,
    Ban {
        reason: Arc<str>,
        until: Option<Stamp>,
    },
    Unban,
    Mute {
        until: Option<Stamp>,
    },
    SetRole(Role),
    Transfer,
}

pub(super) fn authorize(
    state: &State,
    now: Now,
    who: Who,
    (room, user): (RoomId, UserId),
    wish: PlaceWish,
) -> Result<RoomAction, Denial> {
    let operation = match &wish {
        PlaceWish::Invite => Operation::Invite,
        PlaceWish::Uninvite => Operation::Uninvite,
        PlaceWish::Remove => Operation::Kick,
        PlaceWish::Ban { .. } => Operation::Ban,
        PlaceWish::Unban => Operation::Unban,
        PlaceWish::Mute { .. } => Operation::Mute,
        PlaceWish::SetRole(_) => Operation::SetRole,
        PlaceWish::Transfer => Operation::Transfer,
    };
    permissions::may_to(state, now, who.user, (room, operation), user)?;
    if state.users.get(user).is_none() {
        return Err(Denial::new(Reason::UserNotFound, "there is no such user"));
    }
    is_for_webhooks(state, user, &wish)?;
    let needed = match wish {
        PlaceWish::Invite => may_invite(state, now, who, (room, user))?,
        PlaceWish::Uninvite => {
            state.rooms.invitation(room, user).is_some().then_some(PlaceAction::Uninvite)
        }
        PlaceWish::Remove => {
            state.rooms.member(room, user).is_some().then_some(PlaceAction::Remove)
        }
        PlaceWish::Ban { reason, until } => may_ban(state, now, (room, user), (reason, until))?,
        PlaceWish::Unban => state.rooms.ban(room, user).is_some().then_some(PlaceAction::Unban),
        PlaceWish::Mute { until } => {
            let until = (until > now.stamp).then_some(until);
            let member = state.rooms.member(room, user).ok_or_else(not_in_it)?;
            (member.muted_until != until).then_some(PlaceAction::Mute { until })
        }
        PlaceWish::SetRole(role) => {
            let member = state.rooms.member(room, user).ok_or_else(not_in_it)?;
            (member.role != role).then_some(PlaceAction::SetRole(role))
        }
        PlaceWish::Transfer => {
            state.rooms.member(room, user).ok_or_else(not_in_it)?;
            Some(PlaceAction::Transfer)
        }
    };
    let Some(action) = needed else { return Ok(RoomAction::Settled) };
    if matches!(action, PlaceAction::Invite) {
        has_storage(state)?;
    } else {
        may_change(state, now, who)?;
    }
    Ok(RoomAction::Place { who, room, user, action })
}

/// What a webhook may do is said once: it gets no role, and is invited nowhere.
fn is_for_webhooks(state: &State, user: UserId, wish: &PlaceWish) -> Result<(), Denial> {
    let gives = matches!(wish, PlaceWish::Invite | PlaceWish::SetRole(_) | PlaceWish::Transfer);
    if gives && state.is_webhook(user) {
        return Err(Denial::new(Reason::NotForBots, "a webhook is what it was made for"));
    }
    Ok(())
}

fn not_in_it() -> Denial {
    Denial::new(Reason::UserNotFound, "this user is not in the room")
}

fn may_invite(
    state: &State,
    now: Now,
    who: Who,
    (room, user): (RoomId, UserId),
) -> Result<Option<PlaceAction>, Denial> {
    let is_in = state.rooms.member(room, user).is_some();
    if is_in || state.rooms.invitation(room, user).is_some() {
        return Ok(None);
    }
    if state.rooms.ban(room, user).is_some_and(|ban| ban.holds(now.stamp)) {
        return Err(Denial::new(Reason::UserBanned, "unban this user first"));
    }
    let of_room = state.rules.invitations_per_room_max;
    if state.rooms.invited(room).count() >= of_room {
        let message = format!("at most {of_room} people are invited to a room at a time");
        return Err(Denial::new(Reason::LimitExceeded, message));
    }
    let of_user = state.rules.invitations_per_user_max;
    if state.rooms.invited_to(user).count() >= of_user {
        let message = format!("this user has {of_user} invitations to think about");
        return Err(Denial::new(Reason::LimitExceeded, message));
    }
    is_within_rate(state, now, who, Limited::Invite)?;
    Ok(Some(PlaceAction::Invite))
}

fn may_ban(
    state: &State,
    now: Now,
    (room, user): (RoomId, UserId),
    (reason, until): (Arc<str>, Option<Stamp>),
) -> Result<Option<PlaceAction>, Denial> {
    if until.is_some_and(|until| until <= now.stamp) {
        return Err(Denial::new(Reason::BadField, "until_ms has passed"));
    }
    if let Some(ban) = state.rooms.ban(room, user) {
        let is_so = ban.reason == reason && ban.until == until;
        return Ok((!is_so).then_some(PlaceAction::Ban { reason, until }));
    }
    let max = state.rules.bans_per_room_max;
    if state.rooms.bans(room).filter(|(_, ban)| ban.holds(now.stamp)).count() >= max {
        let message = format!("a room has at most {max} bans: unban somebody");
        return Err(Denial::new(Reason::LimitExceeded, message));
    }
    Ok(Some(PlaceAction::Ban { reason, until }))
}
