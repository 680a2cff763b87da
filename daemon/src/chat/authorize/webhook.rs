//! Who may have webhooks in a room, and what a webhook may do itself.

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::{RoomId, UserId};
use parlor_proto::name::Name;

use super::account::has_room_for_user;
use super::admin::{at_most, count, secret};
use super::room::{has_place_for_member, may_change};
use super::{Who, a_person, has_storage, is_within_rate, somebody};
use crate::chat::effects::{Deliveries, Denial};
use crate::chat::input::{
    AccountRequest, ConnId, Found, FreshSecret, MessageRequest, Now, ReadingRequest, Request,
    WebhookRequest,
};
use crate::chat::permissions::{self, Operation};
use crate::chat::rules::Limited;
use crate::chat::state::State;
use crate::chat::state::users::User;

/// A webhook to be.
#[derive(Debug)]
pub(in crate::chat) struct NewWebhook {
    pub(in crate::chat) room: RoomId,
    pub(in crate::chat) name: Name,
    /// The account of one that was removed from the same room.
    pub(in crate::chat) again: Option<UserId>,
    pub(in crate::chat) url: Option<Arc<str>>,
}

#[derive(Debug)]
pub(in crate::chat) enum WebhookAction {
    Create {
        who: Who,
        webhook: NewWebhook,
        secret: FreshSecret,
    },
    /// `urls`: they may be told.
    List {
        who: Who,
        webhooks: Vec<UserId>,
        urls: bool,
    },
    Remove {
        who: Who,
        webhook: UserId,
    },
    Pause {
        who: Who,
        webhook: UserId,
        paused: bool,
    },
    Report {
        webhook: UserId,
        deliveries: Deliveries,
    },
    /// It is already as it is wanted.
    Settled,
}

pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    (request, found): (WebhookRequest, Found),
) -> Result<WebhookAction, Denial> {
    Ok(match request {
        WebhookRequest::Create { room, name, url } => {
            let who = a_person(state, conn)?;
            let again = may_create(state, now, who, (room, &name, url.is_some()))?;
            let found = if let Found::Admin(found) = found { Some(found) } else { None };
            let webhook = NewWebhook { room, name, again, url };
            WebhookAction::Create { who, webhook, secret: secret(found)? }
        }
        WebhookRequest::List { room } => {
            let who = somebody(state, conn)?;
            is_within_rate(state, now, who, Limited::List)?;
            if state.is_webhook(who.user) {
                return Ok(WebhookAction::List { who, webhooks: vec![who.user], urls: true });
            }
            permissions::may(state, now, who.user, (room, Operation::Webhooks))?;
            let urls = permissions::may(state, now, who.user, (room, Operation::Deliver)).is_ok();
            let webhooks = state.webhooks.of_room(room).collect();
            WebhookAction::List { who, webhooks, urls }
        }
        WebhookRequest::Remove { webhook } => {
            let who = a_person(state, conn)?;
            may_manage(state, now, who, (webhook, Operation::Webhooks))?;
            may_change(state, now, who)?;
            WebhookAction::Remove { who, webhook }
        }
        WebhookRequest::Pause { webhook, paused } => {
            let who = a_person(state, conn)?;
            let room = may_manage(state, now, who, (webhook, Operation::Deliver))?;
            let out = state.webhooks.get(webhook).and_then(|webhook| webhook.out.as_ref());
            let Some(out) = out else {
                let message = format!("a webhook of room {room} that delivers nothing");
                return Err(Denial::new(Reason::WebhookNotFound, message));
            };
            // One that fails is let go on without waiting any longer.
            let is_waiting = !paused && out.deliveries.failures > 0;
            if out.deliveries.paused == paused && !is_waiting {
                return Ok(WebhookAction::Settled);
            }
            may_change(state, now, who)?;
            WebhookAction::Pause { who, webhook, paused }
        }
        WebhookRequest::Report(deliveries) => {
            let who = somebody(state, conn)?;
            if state.webhooks.get(who.user).is_none_or(|webhook| webhook.out.is_none()) {
                return Err(no_such_webhook());
            }
            has_storage(state)?;
            is_within_rate(state, now, who, Limited::Mark)?;
            WebhookAction::Report { webhook: who.user, deliveries }
        }
    })
}

/// Whoever signs in as a webhook may do nothing but what it is for.
pub(super) fn is_what_for(state: &State, conn: ConnId, request: &Request) -> Result<(), Denial> {
    let Some(user) = state.conns.get(conn).map(|conn| conn.user) else { return Ok(()) };
    if !state.is_webhook(user) || is_for_all(request) {
        return Ok(());
    }
    let is_for_it = state.webhooks.get(user).is_some_and(|webhook| {
        let room = webhook.room;
        match webhook.out {
            None => is_saying(request, room),
            Some(_) => is_following(request, room),
        }
    });
    if is_for_it {
        return Ok(());
    }
    let message = "this token is for one thing in one room, and this is something else";
    Err(Denial::new(Reason::OutsideToken, message))
}

/// One message of a webhook, besides what holds for everybody.
pub(super) fn has_turn(state: &State, now: Now, who: Who) -> Result<(), Denial> {
    if state.is_webhook(who.user) {
        is_within_rate(state, now, who, Limited::WebhookSend)?;
    }
    Ok(())
}

fn is_for_all(request: &Request) -> bool {
    matches!(request, Request::Account(AccountRequest::Logout { .. }))
}

fn is_saying(request: &Request, room: RoomId) -> bool {
    matches!(request, Request::Message(MessageRequest::Send { room: there, .. }) if *there == room)
}

fn is_following(request: &Request, room: RoomId) -> bool {
    match request {
        Request::Sync(wish) => wish.rooms == [room],
        Request::Message(MessageRequest::History { room: there, .. })
        | Request::Reading(ReadingRequest::SetCursor { room: there, .. })
        | Request::Webhook(WebhookRequest::List { room: there }) => *there == room,
        Request::Reading(ReadingRequest::GetCursors { .. })
        | Request::Webhook(WebhookRequest::Report(_)) => true,
        Request::Account(_)
        | Request::Room(_)
        | Request::Message(_)
        | Request::Admin(_)
        | Request::Reading(_)
        | Request::File(_)
        | Request::Webhook(_) => false,
    }
}

/// The account of a webhook that was removed, if the name is that of one.
fn may_create(
    state: &State,
    now: Now,
    who: Who,
    (room, name, delivers): (RoomId, &Name, bool),
) -> Result<Option<UserId>, Denial> {
    let operation = if delivers { Operation::Deliver } else { Operation::Webhooks };
    permissions::may(state, now, who.user, (room, operation))?;
    has_storage(state)?;
    let holder = state.users.named(name);
    let is_free = |user: &UserId| {
        let account = state.users.get(*user);
        let is_of_room = |account: &User| account.webhook == Some(room) && !account.suspended;
        account.is_some_and(is_of_room) && state.webhooks.get(*user).is_none()
    };
    if holder.is_some_and(|user| !is_free(&user)) {
        return Err(Denial::new(Reason::UserNameTaken, format!("the name is taken: {name}")));
    }
    let has = count(state.webhooks.of_room(room));
    at_most("webhooks of one room", has, state.rules.webhooks_per_room_max)?;
    if holder.is_none() {
        has_room_for_user(state)?;
    }
    has_place_for_member(state, room)?;
    is_within_rate(state, now, who, Limited::CreateBot)?;
    Ok(holder)
}

/// The room of a webhook, if there is one and this may be done with it.
fn may_manage(
    state: &State,
    now: Now,
    who: Who,
    (webhook, operation): (UserId, Operation),
) -> Result<RoomId, Denial> {
    let Some(room) = state.webhooks.get(webhook).map(|webhook| webhook.room) else {
        return Err(no_such_webhook());
    };
    match permissions::may(state, now, who.user, (room, operation)) {
        Ok(_) => Ok(room),
        Err(denial) if denial.reason == Reason::RoomNotFound => Err(no_such_webhook()),
        Err(denial) => Err(denial),
    }
}

fn no_such_webhook() -> Denial {
    Denial::new(Reason::WebhookNotFound, "there is no such webhook")
}
