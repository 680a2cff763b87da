//! How people see what is about the server as a whole.

use super::Look;
use crate::escape::line;
use crate::record::admin::{Account, AuditEntry, BotAccount, Invite, ServerRecord};
use crate::when::When;

impl Look {
    pub(super) fn server(&self, record: &ServerRecord) -> String {
        match record {
            ServerRecord::Account(account) => account_line(account),
            ServerRecord::Role { user, role } => format!("{} is {role} now", line(user)),
            ServerRecord::Suspension { user, suspended: true } => {
                format!("{} may not sign in any more", line(user))
            }
            ServerRecord::Suspension { user, suspended: false } => {
                format!("{} may sign in again", line(user))
            }
            // Alone on its line, so that a script may take it.
            ServerRecord::ResetCode { code, .. } => line(code),
            ServerRecord::SessionsEnded { user, ended: 1 } => {
                format!("{}: 1 session ended", line(user))
            }
            ServerRecord::SessionsEnded { user, ended } => {
                format!("{}: {ended} sessions ended", line(user))
            }
            ServerRecord::Audit(entry) => self.audit_entry(entry),
            ServerRecord::InviteCreated { url, .. } => line(url),
            ServerRecord::Invite(invite) => self.invite(invite),
            ServerRecord::InviteRevoked { invite_id } => format!("invite {invite_id} is void"),
            ServerRecord::Bot(bot) => self.bot(bot),
            ServerRecord::ApiTokenCreated { secret, .. } => line(secret),
            ServerRecord::ApiTokenRevoked { token_id } => format!("token {token_id} is void"),
        }
    }

    fn audit_entry(&self, entry: &AuditEntry) -> String {
        let AuditEntry { at, actor, address, action, object, outcome, .. } = entry;
        let actor = actor.as_deref().unwrap_or("-");
        let object = if object.is_empty() { String::new() } else { format!(" {}", line(object)) };
        let address =
            if address.is_empty() { String::new() } else { format!(" from {}", line(address)) };
        let outcome = if outcome == "ok" { String::new() } else { format!(": {}", line(outcome)) };
        let time = self.dim(&self.clock.show(*at));
        format!("{time} {} {}{object}{address}{outcome}", line(actor), line(action))
    }

    fn invite(&self, invite: &Invite) -> String {
        let Invite { invite_id, creator, uses_left, expires_at, .. } = invite;
        let creator = creator.as_deref().unwrap_or("the server's machine");
        let until = self.clock.show(*expires_at);
        format!("{invite_id:<16} {uses_left:>5} uses, until {until}, by {}", line(creator))
    }

    fn bot(&self, bot: &BotAccount) -> String {
        let suspended = if bot.suspended { ", suspended" } else { "" };
        let mut shown = format!("{:<16} of {}{suspended}", line(&bot.bot), line(&bot.owner));
        for token in &bot.tokens {
            let used = |at: When| format!("last used {}", self.clock.show(at));
            let used = token.last_used_at.map_or_else(|| "never used".to_owned(), used);
            let name = line(&token.name);
            shown.push_str(&format!("\n    token {} {name}: {used}", token.token_id));
        }
        shown
    }
}

fn account_line(account: &Account) -> String {
    let mut what = Vec::new();
    if account.role != "user" {
        what.push(account.role);
    }
    if account.bot {
        what.push("bot");
    }
    if account.suspended {
        what.push("suspended");
    }
    format!("{:<16} {}", line(&account.user), what.join(", ")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use parlor_proto::v1;

    use super::super::tests::check;
    use super::*;
    use crate::record::Record;
    use crate::record::tests::NOON_MS;

    #[test]
    fn what_others_wrote_is_escaped_and_secrets_stand_alone() {
        let user = v1::User {
            user_name: "ann".into(),
            server_role: v1::ServerRole::Admin.into(),
            suspended: true,
            ..Default::default()
        };
        let entry = v1::AuditEntry {
            time_ms: NOON_MS,
            action: "login.failed".into(),
            object: "bob\u{1b}[2J".into(),
            address: "192.0.2.1".into(),
            outcome: "BAD_CREDENTIALS".into(),
            ..Default::default()
        };
        let token = v1::ApiToken { token_id: 7, name: "ci".into(), ..Default::default() };
        let bot = v1::Bot {
            user: Some(v1::User { user_name: "helper".into(), ..Default::default() }),
            owner_name: "ann".into(),
            tokens: vec![token],
            ..Default::default()
        };
        let code = "abcde".to_owned();
        let (user_name, expires_at) = ("ann".to_owned(), When(NOON_MS));
        let records = [
            ServerRecord::Account(Account::new(user)),
            ServerRecord::Audit(AuditEntry::new(entry)),
            ServerRecord::Bot(BotAccount::new(bot)),
            ServerRecord::ResetCode { user: user_name, code, expires_at },
        ];
        let records: Vec<_> = records.into_iter().map(Record::Server).collect();
        check(
            &records,
            expect![[r#"
            ann              admin, suspended
            12:00:00 - login.failed bob\x1b[2J from 192.0.2.1: BAD_CREDENTIALS
            helper           of ann
                token 7 ci: never used
            abcde"#]],
        );
    }
}
