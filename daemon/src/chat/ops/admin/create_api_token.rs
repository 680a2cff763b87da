//! Making a token with which a bot signs in.

use std::sync::Arc;

use parlor_proto::ids::UserId;

use super::{lost, name_of};
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::Who;
use crate::chat::effects::{AdminAnswer, AdminChange, Answer, Change, Effects};
use crate::chat::input::{FreshSecret, Now};
use crate::chat::rules::Limited;
use crate::chat::state::State;
use crate::chat::state::tokens::ApiToken;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, actor): (Who, Actor),
    (bot, name, secret): (UserId, Arc<str>, FreshSecret),
    effects: &mut Effects,
) -> Answer {
    state.charge(now, who.user, Limited::CreateBot);
    let (hash, at) = (secret.hash, now.stamp);
    let token = ApiToken { bot, name: Arc::clone(&name), created: at, last_used: None };
    state.tokens.add(hash, token);
    effects.changes.push(Change::Admin(AdminChange::TokenMade { hash, bot, name, at }));
    audit(state, now, actor, Entry::new(Deed::TokenMade, name_of(state, bot)), effects);
    match (state.users.facts(bot), state.tokens.facts(&hash)) {
        (Some(bot), Some(token)) => Answer::Admin(AdminAnswer::TokenMade { secret, bot, token }),
        _ => lost("the bot"),
    }
}
