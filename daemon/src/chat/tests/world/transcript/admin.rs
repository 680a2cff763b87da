//! What is heard about the server as a whole.

use crate::chat::*;

pub(super) fn answer(answer: AdminAnswer) -> String {
    let text = match answer {
        AdminAnswer::Users { users, more } => {
            let users: Vec<_> = users.iter().map(account).collect();
            format!("users {}{}", users.join(" "), if more { " ..." } else { "" })
        }
        AdminAnswer::SessionsEnded(ended) => format!("{ended} ended"),
        AdminAnswer::ResetCode { secret, .. } => format!("code {}", secret.text),
        AdminAnswer::InviteMade { secret, invite } => {
            format!("invite {} for {}", secret.text, invite.invite.uses_left)
        }
        AdminAnswer::Invites(invites) => {
            let invites: Vec<_> = invites
                .iter()
                .map(|InviteFacts { invite, creator }| {
                    let creator = creator.as_ref().map_or("the machine", |name| name.as_str());
                    format!("{} of {creator}", invite.uses_left)
                })
                .collect();
            format!("invites {}", invites.join(", "))
        }
        AdminAnswer::TokenMade { secret, bot, token } => {
            format!("{} token {} {}", bot.name, token.name, secret.text)
        }
        AdminAnswer::Bots { bots, more } => {
            let bots: Vec<_> = bots.iter().map(bot).collect();
            format!("bots {}{}", bots.join(", "), if more { " ..." } else { "" })
        }
        AdminAnswer::Audit { entries, more } => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(entry, actor)| {
                    let AuditFacts { id, action, object, outcome, .. } = entry;
                    let actor = actor.as_ref().map_or("-", |actor| actor.as_str());
                    format!("{id} {actor} {action} [{object}] {outcome}")
                })
                .collect();
            format!("audit {}{}", entries.join("; "), if more { " ..." } else { "" })
        }
    };
    text.trim_end().to_owned()
}

fn account(facts: &AccountFacts) -> String {
    let admin = if facts.admin { "*" } else { "" };
    let suspended = if facts.suspended { "!" } else { "" };
    let bot = if facts.user.bot { "(bot)" } else { "" };
    format!("{}{bot}{admin}{suspended}", facts.user.name)
}

fn bot(facts: &BotFacts) -> String {
    let tokens: Vec<_> = facts.tokens.iter().map(|token| token.name.to_string()).collect();
    format!("{} of {} by {}", account(&facts.bot), facts.owner_name, tokens.join("+"))
}
