//! Who may have bots, and give them tokens.

use parlor_proto::codes::Reason;
use parlor_proto::ids::UserId;

use super::{NewBot, a_person, at_most, count, not_found_out, secret};
use crate::chat::authorize::account::{has_room_for_user, is_no_other_name};
use crate::chat::authorize::{AdminAction, has_storage, is_within_rate};
use crate::chat::effects::Denial;
use crate::chat::input::{AdminFound, AdminRequest, ConnId, Now};
use crate::chat::rules::Limited;
use crate::chat::state::State;

#[expect(clippy::wildcard_enum_match_arm, reason = "the others have their own functions")]
pub(super) fn authorize(
    state: &State,
    now: Now,
    conn: ConnId,
    (request, found): (AdminRequest, Option<AdminFound>),
) -> Result<AdminAction, Denial> {
    let who = a_person(state, conn)?;
    match request {
        AdminRequest::CreateBot { name, display_name, token } => {
            has_storage(state)?;
            if state.users.named(&name).is_some() {
                let message = format!("the name is taken: {name}");
                return Err(Denial::new(Reason::UserNameTaken, message));
            }
            // It has no number yet: it must look like nobody there is.
            is_no_other_name(state, UserId(0), &display_name)?;
            let bots = state.users.bots_of(who.user).filter(|bot| !state.is_webhook(*bot));
            let count = count(bots);
            at_most("bots of one user", count, state.rules.bots_per_user_max)?;
            has_room_for_user(state)?;
            is_within_rate(state, now, who, Limited::CreateBot)?;
            let bot = NewBot { name, display_name, token };
            Ok(AdminAction::CreateBot { who, bot, secret: secret(found)? })
        }
        AdminRequest::ListBots { after } => {
            is_within_rate(state, now, who, Limited::List)?;
            let all = state.is_admin(who.user);
            Ok(AdminAction::ListBots { who, owner: (!all).then_some(who.user), after })
        }
        AdminRequest::CreateToken { bot, name } => {
            has_storage(state)?;
            let owner = state.users.get(bot).and_then(|bot| bot.owner);
            if owner != Some(who.user) || state.is_webhook(bot) {
                return Err(Denial::new(Reason::UserNotFound, "you have no such bot"));
            }
            let count = count(state.tokens.of_bot(bot));
            at_most("tokens of one bot", count, state.rules.tokens_per_bot_max)?;
            is_within_rate(state, now, who, Limited::CreateBot)?;
            Ok(AdminAction::CreateToken { who, bot, name, secret: secret(found)? })
        }
        AdminRequest::RevokeToken { token } => {
            has_storage(state)?;
            let known = state.tokens.called(token).filter(|(_, token)| {
                let owner = state.users.get(token.bot).and_then(|bot| bot.owner);
                let may = owner == Some(who.user) || state.is_admin(who.user);
                may && !state.is_webhook(token.bot)
            });
            let missing = || Denial::new(Reason::TokenNotFound, "there is no such API token");
            Ok(AdminAction::RevokeToken { hash: known.ok_or_else(missing)?.0 })
        }
        _ => Err(not_found_out()),
    }
}
