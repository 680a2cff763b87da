//! Making an account for a program: it belongs to a person and has no password.

use std::sync::Arc;

use super::{create_api_token, name_of};
use crate::chat::audit::{Actor, Deed, Entry, audit};
use crate::chat::authorize::{NewBot, Who};
use crate::chat::effects::{AccountChange, AdminChange, Answer, Change, Effects};
use crate::chat::input::{FreshSecret, Now, PasswordHash};
use crate::chat::snapshot::Profile;
use crate::chat::state::State;
use crate::chat::state::users::User;

pub(super) fn run(
    state: &mut State,
    now: Now,
    (who, actor): (Who, Actor),
    (NewBot { name, display_name, token }, secret): (NewBot, FreshSecret),
    effects: &mut Effects,
) -> Answer {
    let owner = who.user;
    let account = User::new(name.clone(), PasswordHash("".into()), now.stamp);
    let profile = Profile { display_name: Arc::clone(&display_name), status: None };
    let bot = state.users.add(User { owner: Some(owner), profile, ..account });
    effects.changes.push(Change::Admin(AdminChange::BotAdded { bot, name, owner, at: now.stamp }));
    if !display_name.is_empty() {
        let set = AccountChange::DisplayNameSet { user: bot, display_name };
        effects.changes.push(Change::Account(set));
    }
    audit(state, now, actor, Entry::new(Deed::BotAdded, name_of(state, bot)), effects);
    create_api_token::run(state, now, (who, actor), (bot, token, secret), effects)
}
