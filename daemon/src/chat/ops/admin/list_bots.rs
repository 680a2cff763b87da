//! Bots and the names of their tokens.

use parlor_proto::ids::UserId;

use super::account_facts;
use crate::chat::effects::{AdminAnswer, Answer, BotFacts};
use crate::chat::state::State;

/// Bots of one answer: with ten tokens each they fit a frame.
const BOTS_LISTED_MAX: usize = 40;

/// Those of one owner, or all.
pub(super) fn run(state: &State, owner: Option<UserId>) -> Answer {
    let bots: Vec<UserId> = match owner {
        Some(owner) => state.users.bots_of(owner).collect(),
        None => state.users.bots().take(BOTS_LISTED_MAX).collect(),
    };
    let facts = bots.into_iter().filter_map(|bot| facts(state, bot));
    Answer::Admin(AdminAnswer::Bots(facts.collect()))
}

fn facts(state: &State, bot: UserId) -> Option<BotFacts> {
    let owner = state.users.get(bot)?.owner?;
    let owner_name = state.users.get(owner)?.name.clone();
    let tokens = state.tokens.of_bot(bot).filter_map(|hash| state.tokens.facts(&hash)).collect();
    Some(BotFacts { bot: account_facts(state, bot)?, owner, owner_name, tokens })
}
