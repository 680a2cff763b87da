//! Bots and the names of their tokens.

use parlor_proto::ids::UserId;
use parlor_proto::limits::FRAME_BYTES_MAX;

use super::account_facts;
use crate::chat::effects::{AdminAnswer, Answer, BotFacts, TokenFacts};
use crate::chat::state::State;

/// Bots of one answer.
const BOTS_LISTED_MAX: usize = 40;

/// What they may take of a frame.
const LISTED_BYTES_MAX: usize = FRAME_BYTES_MAX - 1024;

/// What a bot takes with the longest names, and a token besides its name.
const BOT_BYTES_MAX: usize = 256;
const TOKEN_BYTES_MAX: usize = 48;

/// Those of one owner, or all, as many as fit a frame.
pub(super) fn run(state: &State, owner: Option<UserId>) -> Answer {
    let bots: Vec<UserId> = match owner {
        Some(owner) => state.users.bots_of(owner).take(BOTS_LISTED_MAX).collect(),
        None => state.users.bots().take(BOTS_LISTED_MAX).collect(),
    };
    let mut room = LISTED_BYTES_MAX;
    let facts = bots.into_iter().filter_map(|bot| facts(state, bot, &mut room));
    Answer::Admin(AdminAnswer::Bots(facts.collect()))
}

fn facts(state: &State, bot: UserId, room: &mut usize) -> Option<BotFacts> {
    *room = room.checked_sub(BOT_BYTES_MAX)?;
    let owner = state.users.get(bot)?.owner?;
    let owner_name = state.users.get(owner)?.name.clone();
    let tokens = state.tokens.of_bot(bot).filter_map(|hash| state.tokens.facts(&hash));
    let mut fits = |token: &TokenFacts| {
        let left = room.checked_sub(TOKEN_BYTES_MAX + token.name.len());
        *room = left.unwrap_or(*room);
        left.is_some()
    };
    let tokens = tokens.take_while(&mut fits).collect();
    Some(BotFacts { bot: account_facts(state, bot)?, owner, owner_name, tokens })
}
