//! Making a webhook: an account, its only token, and its place in the room.

use super::label;
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::{NewWebhook, Who};
use crate::chat::effects::{
    AdminChange, Answer, Change, Deliveries, Effects, Role, WebhookAnswer, WebhookChange,
};
use crate::chat::input::{FreshSecret, Now, PasswordHash};
use crate::chat::ops::lost;
use crate::chat::ops::room::{ban_member::forget_ban, join_room::enter};
use crate::chat::rules::Limited;
use crate::chat::state::State;
use crate::chat::state::tokens::ApiToken;
use crate::chat::state::users::User;
use crate::chat::state::webhooks::{Out, Webhook};

/// What its token is called.
const TOKEN: &str = "webhook";

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, actor): (Who, Actor),
    (NewWebhook { room, name, again, url }, secret): (NewWebhook, FreshSecret),
    effects: &mut Effects,
) -> Answer {
    state.charge(now, who.user, Limited::CreateBot);
    let (owner, at) = (who.user, now.stamp);
    let bot = if let Some(bot) = again {
        state.users.give(bot, owner);
        bot
    } else {
        let account = User::new(name.clone(), PasswordHash("".into()), at);
        let account = User { owner: Some(owner), webhook: Some(room), ..account };
        let bot = state.users.add(account);
        effects.changes.push(Change::Admin(AdminChange::BotAdded { bot, name, owner, at }));
        bot
    };
    let out = url.clone().map(|url| Out { url, deliveries: Deliveries::default() });
    state.webhooks.add(bot, Webhook { room, created: at, out });
    let made = WebhookChange::Made { bot, room, owner, url, at };
    effects.changes.push(Change::Webhook(made));
    let (hash, name) = (secret.hash, TOKEN.into());
    let token = ApiToken { bot, name, created: at, last_used: None };
    let name = token.name.clone();
    state.tokens.add(hash, token);
    effects.changes.push(Change::Admin(AdminChange::TokenMade { hash, bot, name, at }));
    audit(state, now, actor, Entry::new(Deed::WebhookMade, label(state, bot)), effects);
    forget_ban(state, room, bot, effects);
    enter(state, now, (bot, Role::Member), room, effects);
    match state.webhook_facts(bot, true) {
        Some(webhook) => Answer::Webhook(WebhookAnswer::Made { secret, webhook }),
        None => lost("the webhook"),
    }
}
