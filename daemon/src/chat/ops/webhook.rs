//! Webhooks: accounts that can do one thing in one room.

use std::sync::Arc;

use parlor_proto::ids::UserId;

use super::{Asked, answer, lost};
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::{WebhookAction, Who};
use crate::chat::effects::{
    AdminChange, Answer, Change, Deliveries, Effects, Farewell, Membership, WebhookAnswer,
    WebhookChange,
};
use crate::chat::input::Now;
use crate::chat::liveness;
use crate::chat::ops::room::leave_room::put_out;
use crate::chat::rules::Limited;
use crate::chat::state::State;

mod create_webhook;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (conn, id): Asked,
    action: WebhookAction,
    effects: &mut Effects,
) {
    let actor = Actor::of(state, conn);
    let done = match action {
        WebhookAction::Create { who, webhook, secret } => {
            create_webhook::run(state, now, (who, actor), (webhook, secret), effects)
        }
        WebhookAction::List { who, webhooks, urls } => {
            state.charge(now, who.user, Limited::List);
            let facts = webhooks.into_iter().filter_map(|bot| state.webhook_facts(bot, urls));
            let mut facts: Vec<_> = facts.collect();
            facts.sort_unstable_by(|one, other| one.name.cmp(&other.name));
            Answer::Webhook(WebhookAnswer::List(facts))
        }
        WebhookAction::Remove { who, webhook } => {
            remove(state, now, (who, actor), webhook, effects)
        }
        WebhookAction::Pause { who, webhook, paused } => {
            state.charge(now, who.user, Limited::ChangeRoom);
            let deed = if paused { Deed::WebhookPaused } else { Deed::WebhookResumed };
            audit(state, now, actor, Entry::new(deed, label(state, webhook)), effects);
            let as_wanted = |known: &mut Deliveries| {
                known.paused = paused;
                if !paused {
                    // What failed so far does not count any more: it is tried at once.
                    known.failures = 0;
                }
            };
            change(state, webhook, as_wanted, effects)
        }
        WebhookAction::Report { webhook, deliveries } => {
            state.charge(now, webhook, Limited::Mark);
            // Who has paused it, and only they, let it go on.
            let as_told = |known: &mut Deliveries| {
                let paused = known.paused || deliveries.paused;
                *known = Deliveries { paused, ..deliveries };
            };
            change(state, webhook, as_told, effects)
        }
        WebhookAction::Settled => Answer::Done,
    };
    answer(effects, conn, id, done);
}

fn remove(
    state: &mut State,
    now: Now,
    (who, actor): (Who, Actor),
    webhook: UserId,
    effects: &mut Effects,
) -> Answer {
    state.charge(now, who.user, Limited::ChangeRoom);
    let Some(room) = state.webhooks.get(webhook).map(|webhook| webhook.room) else {
        return lost("the webhook");
    };
    let entry = Entry::new(Deed::WebhookRemoved, label(state, webhook));
    audit(state, now, actor, entry, effects);
    put_out(state, now, (who.user, room, webhook), Membership::Removed, effects);
    Answer::Done
}

/// An account that was a webhook is one no more: its token is void, and nobody is signed in to it.
pub(super) fn void(state: &mut State, now: Now, bot: UserId, effects: &mut Effects) {
    if state.webhooks.remove(bot).is_none() {
        return;
    }
    let tokens: Vec<_> = state.tokens.of_bot(bot).collect();
    for hash in tokens {
        state.tokens.remove(&hash);
        effects.changes.push(Change::Admin(AdminChange::TokenRevoked { hash }));
    }
    effects.changes.push(Change::Webhook(WebhookChange::Removed { bot }));
    let sessions: Vec<_> = state.sessions.of_user(bot).map(|(session, _)| session).collect();
    for session in sessions {
        liveness::end_session(state, now, session, Farewell::Revoked, effects);
    }
}

/// All webhooks that somebody has made are removed.
pub(super) fn remove_of(state: &mut State, now: Now, owner: UserId, effects: &mut Effects) {
    let made: Vec<UserId> = state.users.bots_of(owner).chain([owner]).collect();
    for bot in made {
        let Some(room) = state.webhooks.get(bot).map(|webhook| webhook.room) else { continue };
        put_out(state, now, (bot, room, bot), Membership::Left, effects);
    }
}

/// How the deliveries of a webhook go is another.
fn change(
    state: &mut State,
    bot: UserId,
    change: impl FnOnce(&mut Deliveries),
    effects: &mut Effects,
) -> Answer {
    let Some(deliveries) = state.webhooks.deliveries_mut(bot) else {
        return lost("the webhook");
    };
    change(deliveries);
    let deliveries = deliveries.clone();
    effects.changes.push(Change::Webhook(WebhookChange::Reported { bot, deliveries }));
    Answer::Done
}

/// For the record: which webhook, and where.
fn label(state: &State, bot: UserId) -> Arc<str> {
    let name = state.users.name(bot).map(|name| name.to_string()).unwrap_or_default();
    let room = state.webhooks.get(bot).and_then(|webhook| state.rooms.get(webhook.room));
    format!("{name} in {}", room.map_or("no room", |room| room.label())).into()
}
