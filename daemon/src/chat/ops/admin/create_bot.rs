//! Making an account for a program: it belongs to a person and has no password.

use std::sync::Arc;

use parlor_proto::name::Name;

use super::{create_api_token, name_of};
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::Who;
use crate::chat::effects::{AdminChange, Answer, Change, Effects};
use crate::chat::input::{FreshSecret, Now, PasswordHash};
use crate::chat::state::State;
use crate::chat::state::users::User;

/// The bot to be, and its first token.
pub(super) struct Wish {
    pub(super) name: Name,
    pub(super) token: Arc<str>,
    pub(super) secret: FreshSecret,
}

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, actor): (Who, Actor),
    Wish { name, token, secret }: Wish,
    effects: &mut Effects,
) -> Answer {
    let owner = who.user;
    let account = User::new(name.clone(), PasswordHash("".into()), now.stamp);
    let bot = state.users.add(User { owner: Some(owner), ..account });
    effects.changes.push(Change::Admin(AdminChange::BotAdded { bot, name, owner, at: now.stamp }));
    audit(state, now, actor, Entry::new(Deed::BotAdded, name_of(state, bot)), effects);
    create_api_token::run(state, now, (who, actor), (bot, token, secret), effects)
}
