//! What commands about the server as a whole show.

use parlor_proto::v1::{self, ServerRole};
use serde::Serialize;

use crate::when::When;

/// One line of output.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ServerRecord {
    /// An account of the server.
    #[serde(rename = "user")]
    Account(Account),
    /// Somebody has this role on the server now.
    #[serde(rename = "server_role")]
    Role {
        user: String,
        role: &'static str,
    },
    /// Somebody may not sign in, or may again.
    Suspension {
        user: String,
        suspended: bool,
    },
    /// By which somebody sets a new password, once.
    ResetCode {
        user: String,
        code: String,
        expires_at: When,
    },
    SessionsEnded {
        user: String,
        ended: u32,
    },
    #[serde(rename = "audit_entry")]
    Audit(AuditEntry),
    InviteCreated {
        url: String,
        invite_id: u64,
        uses_left: u32,
        expires_at: When,
    },
    Invite(Invite),
    InviteRevoked {
        invite_id: u64,
    },
    Bot(BotAccount),
    ApiTokenCreated {
        bot: String,
        bot_id: u64,
        token_id: u64,
        name: String,
        secret: String,
    },
    ApiTokenRevoked {
        token_id: u64,
    },
}

#[derive(Debug, Serialize)]
pub(crate) struct Account {
    pub(crate) user: String,
    pub(crate) user_id: u64,
    pub(crate) display_name: String,
    pub(crate) role: &'static str,
    pub(crate) suspended: bool,
    pub(crate) bot: bool,
    pub(crate) created_at: Option<When>,
}

#[derive(Debug, Serialize)]
pub(crate) struct AuditEntry {
    pub(crate) entry: u64,
    pub(crate) at: When,
    /// Nobody, if nobody was signed in.
    pub(crate) actor: Option<String>,
    pub(crate) actor_id: Option<u64>,
    pub(crate) address: String,
    pub(crate) action: String,
    pub(crate) object: String,
    pub(crate) outcome: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Invite {
    pub(crate) invite_id: u64,
    /// Unknown if it was made on the server's machine.
    pub(crate) creator: Option<String>,
    pub(crate) uses_left: u32,
    pub(crate) created_at: Option<When>,
    pub(crate) expires_at: When,
}

#[derive(Debug, Serialize)]
pub(crate) struct BotAccount {
    pub(crate) bot: String,
    pub(crate) bot_id: u64,
    pub(crate) suspended: bool,
    pub(crate) owner: String,
    pub(crate) owner_id: u64,
    pub(crate) tokens: Vec<ApiToken>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ApiToken {
    pub(crate) token_id: u64,
    pub(crate) name: String,
    pub(crate) created_at: Option<When>,
    pub(crate) last_used_at: Option<When>,
}

impl Account {
    pub(crate) fn new(user: v1::User) -> Self {
        let role = match user.server_role() {
            ServerRole::Admin => "admin",
            ServerRole::User | ServerRole::Unspecified => "user",
        };
        Self {
            role,
            user: user.user_name,
            user_id: user.user_id,
            display_name: user.display_name,
            suspended: user.suspended,
            bot: user.bot,
            created_at: When::known(user.create_time_ms),
        }
    }
}

impl AuditEntry {
    pub(crate) fn new(entry: v1::AuditEntry) -> Self {
        let known = entry.actor_id != 0;
        Self {
            entry: entry.entry_id,
            at: When(entry.time_ms),
            actor: known.then_some(entry.actor_name),
            actor_id: known.then_some(entry.actor_id),
            address: entry.address,
            action: entry.action,
            object: entry.object,
            outcome: entry.outcome,
        }
    }
}

impl Invite {
    pub(crate) fn new(invite: v1::Invite) -> Self {
        Self {
            invite_id: invite.invite_id,
            creator: (invite.creator_id != 0).then_some(invite.creator_name),
            uses_left: invite.uses_left,
            created_at: When::known(invite.create_time_ms),
            expires_at: When(invite.expire_time_ms),
        }
    }
}

impl BotAccount {
    pub(crate) fn new(bot: v1::Bot) -> Self {
        let user = bot.user.unwrap_or_default();
        let tokens = bot.tokens.into_iter().map(|token| ApiToken {
            token_id: token.token_id,
            name: token.name,
            created_at: When::known(token.create_time_ms),
            last_used_at: When::known(token.last_used_ms),
        });
        Self {
            bot: user.user_name,
            bot_id: user.user_id,
            suspended: user.suspended,
            owner: bot.owner_name,
            owner_id: bot.owner_id,
            tokens: tokens.collect(),
        }
    }
}
