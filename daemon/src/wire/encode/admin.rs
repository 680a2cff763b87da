//! The server as a whole: accounts, invites, bots, and what is on record.

use parlor_proto::v1::{self, ServerRole, server_frame::Body};

use super::account::user;
use crate::chat::{
    AccountFacts, AdminAnswer, AuditFacts, BotFacts, InviteFacts, Stamp, TokenFacts,
};

pub(super) fn answer(answer: AdminAnswer) -> Body {
    match answer {
        AdminAnswer::Users { users, more } => Body::ListUsers(v1::ListUsersResponse {
            users: users.iter().map(account).collect(),
            more,
        }),
        AdminAnswer::SessionsEnded(ended) => Body::EndSessions(v1::EndSessionsResponse { ended }),
        AdminAnswer::ResetCode { secret, expires } => {
            let (code, expire_time_ms) = (secret.text.as_ref().to_owned(), expires.0);
            Body::CreateResetCode(v1::CreateResetCodeResponse { code, expire_time_ms })
        }
        AdminAnswer::InviteMade { secret, invite: made } => {
            let secret = secret.text.as_ref().to_owned();
            Body::CreateInvite(v1::CreateInviteResponse { secret, invite: Some(invite(&made)) })
        }
        AdminAnswer::Invites(invites) => Body::ListInvites(v1::ListInvitesResponse {
            invites: invites.iter().map(invite).collect(),
        }),
        AdminAnswer::TokenMade { secret, bot, token: made } => {
            Body::ApiToken(v1::ApiTokenResponse {
                bot: Some(user(&bot)),
                token: Some(token(&made)),
                secret: secret.text.as_ref().to_owned(),
            })
        }
        AdminAnswer::Bots { bots, more } => {
            Body::ListBots(v1::ListBotsResponse { bots: bots.iter().map(bot).collect(), more })
        }
        AdminAnswer::Audit { entries, more } => {
            let entries = entries.into_iter().map(|(entry, name)| v1::AuditEntry {
                actor_name: name.map(|name| name.to_string()).unwrap_or_default(),
                ..audit_entry(entry)
            });
            Body::ListAudit(v1::ListAuditResponse { entries: entries.collect(), more })
        }
    }
}

fn account(facts: &AccountFacts) -> v1::User {
    let role = if facts.admin { ServerRole::Admin } else { ServerRole::User };
    v1::User { server_role: role.into(), suspended: facts.suspended, ..user(&facts.user) }
}

fn invite(InviteFacts { invite, creator }: &InviteFacts) -> v1::Invite {
    v1::Invite {
        invite_id: invite.id().0,
        creator_id: invite.creator.unwrap_or_default().0,
        creator_name: creator.as_ref().map(ToString::to_string).unwrap_or_default(),
        uses_left: invite.uses_left,
        create_time_ms: invite.created.0,
        expire_time_ms: invite.expires.0,
    }
}

fn token(facts: &TokenFacts) -> v1::ApiToken {
    v1::ApiToken {
        token_id: facts.token.0,
        name: facts.name.as_ref().to_owned(),
        create_time_ms: facts.created.0,
        last_used_ms: facts.last_used.unwrap_or(Stamp(0)).0,
    }
}

fn bot(facts: &BotFacts) -> v1::Bot {
    v1::Bot {
        user: Some(account(&facts.bot)),
        owner_id: facts.owner.0,
        owner_name: (&facts.owner_name).into(),
        tokens: facts.tokens.iter().map(token).collect(),
    }
}

fn audit_entry(facts: AuditFacts) -> v1::AuditEntry {
    let AuditFacts { id, at, actor, address, action, object, outcome, .. } = facts;
    v1::AuditEntry {
        entry_id: id,
        time_ms: at.0,
        actor_id: actor.unwrap_or_default().0,
        actor_name: String::new(),
        address,
        action,
        object,
        outcome,
    }
}
