//! Bots and the names of their tokens.

use parlor_proto::ids::UserId;
use parlor_proto::limits::{FRAME_BYTES_MAX, LABEL_BYTES_MAX};

use super::account_facts;
use crate::chat::effects::{AdminAnswer, Answer, BotFacts};
use crate::chat::state::State;

/// Bots of one answer.
const BOTS_LISTED_MAX: usize = 40;

/// What they may take of a frame.
const LISTED_BYTES_MAX: usize = FRAME_BYTES_MAX - 1024;

/// API tokens of one bot that are told: more than the operator can allow.
const TOKENS_PER_BOT_MAX: usize = 256;

/// What a bot takes with the longest names, and a token besides its name.
const BOT_BYTES_MAX: usize = 256;
const TOKEN_BYTES_MAX: usize = 48;

// A page always has room for one bot.
const _: () = assert!(
    BOT_BYTES_MAX + TOKENS_PER_BOT_MAX * (TOKEN_BYTES_MAX + LABEL_BYTES_MAX) <= LISTED_BYTES_MAX
);

/// Those of one owner, or all, by owner, after one of them: as many as fit a frame.
pub(super) fn run(state: &State, owner: Option<UserId>, after: Option<UserId>) -> Answer {
    let after = after.and_then(|bot| Some((state.users.get(bot)?.owner?, bot)));
    // Webhooks are listed with their rooms.
    let bots = state.users.bots(owner, after).filter(|bot| !state.is_webhook(*bot));
    let mut following: Vec<UserId> = bots.take(BOTS_LISTED_MAX + 1).collect();
    let mut more = following.len() > BOTS_LISTED_MAX;
    following.truncate(BOTS_LISTED_MAX);
    let (mut bots, mut room) = (Vec::new(), LISTED_BYTES_MAX);
    for facts in following.into_iter().filter_map(|bot| facts(state, bot)) {
        let Some(left) = room.checked_sub(bytes_max(&facts)) else {
            more = true;
            break;
        };
        room = left;
        bots.push(facts);
    }
    Answer::Admin(AdminAnswer::Bots { bots, more })
}

fn bytes_max(BotFacts { tokens, .. }: &BotFacts) -> usize {
    tokens.iter().map(|token| TOKEN_BYTES_MAX + token.name.len()).sum::<usize>() + BOT_BYTES_MAX
}

fn facts(state: &State, bot: UserId) -> Option<BotFacts> {
    let owner = state.users.get(bot)?.owner?;
    let owner_name = state.users.get(owner)?.name.clone();
    let tokens = state.tokens.of_bot(bot).filter_map(|hash| state.tokens.facts(&hash));
    let tokens = tokens.take(TOKENS_PER_BOT_MAX).collect();
    Some(BotFacts { bot: account_facts(state, bot)?, owner, owner_name, tokens })
}
