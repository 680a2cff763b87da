//! `admin`: manages the server.

use parlor_proto::client::Client;
use parlor_proto::codes::Reason;
use parlor_proto::ids::UserId;
use parlor_proto::limits::PAGE_ROWS_MAX;
use parlor_proto::name::Name;
use parlor_proto::v1::ServerRole;

use super::login;
use crate::args::admin::{Admin, RoleArg, ServerCommand};
use crate::connect::{Context, Stay, visit};
use crate::failure::{Exit, Failure, Result};
use crate::out::Out;
use crate::record::Record;
use crate::record::admin::{Account, AuditEntry, ServerRecord};
use crate::when::When;

mod bot;
mod invites;
mod reset_password;

/// Does what was typed about the server as a whole.
pub(super) async fn run(command: ServerCommand, context: &mut Context<'_>) -> Result<()> {
    match command {
        ServerCommand::Admin(command) => manage(command, context).await,
        ServerCommand::Invites(command) => invites::run(command, context).await,
        ServerCommand::Bot(command) => bot::run(command, context).await,
        ServerCommand::ResetPassword { who } => reset_password::run(context, who).await,
    }
}

async fn manage(command: Admin, context: &mut Context<'_>) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    visit(client, async |client| match command {
        Admin::Claim { code } => {
            client.claim_admin(code).await.map_err(|error| match error.reason() {
                Some(Reason::BadCode) => {
                    Failure::from(error).hint("on the server's machine: parlord admin grant USER")
                }
                _ => error.into(),
            })?;
            let user = crate::connect::account(client)?.user.user_name;
            show(out, ServerRecord::Role { user, role: "admin" })
        }
        Admin::Users => users(client, out).await,
        Admin::Suspend { user } => suspend(client, out, &user, true).await,
        Admin::Restore { user } => suspend(client, out, &user, false).await,
        Admin::Role { user, role } => {
            let (role, name) = match role {
                RoleArg::Admin => (ServerRole::Admin, "admin"),
                RoleArg::User => (ServerRole::User, "user"),
            };
            client.set_server_role(find(client, &user).await?, role).await?;
            show(out, ServerRecord::Role { user: user.to_string(), role: name })
        }
        Admin::ResetCode { user } => {
            let made = client.create_reset_code(find(client, &user).await?).await?;
            let expires_at = When(made.expire_time_ms);
            let (user, code) = (user.to_string(), made.code);
            show(out, ServerRecord::ResetCode { user, code, expires_at })
        }
        Admin::EndSessions { user } => {
            let ended = client.end_user_sessions(find(client, &user).await?).await?;
            show(out, ServerRecord::SessionsEnded { user: user.to_string(), ended })
        }
        Admin::Audit { rows, before } => audit(client, out, (rows, before)).await,
    })
    .await
}

fn show(out: &mut Out, record: ServerRecord) -> Result<()> {
    out.record(&Record::Server(record))
}

/// The user of this name.
async fn find(client: &Client, name: &Name) -> Result<UserId> {
    let users = client.get_users(&[], name.as_str()).await?;
    let user = users.first().map(|user| UserId(user.user_id));
    user.ok_or_else(|| Failure::new(Exit::NotAllowed, format!("no such user: {name}")))
}

async fn suspend(client: &Client, out: &mut Out, user: &Name, suspended: bool) -> Result<()> {
    client.suspend_user(find(client, user).await?, suspended).await?;
    show(out, ServerRecord::Suspension { user: user.to_string(), suspended })
}

async fn users(client: &Client, out: &mut Out) -> Result<()> {
    let mut after_name = String::new();
    loop {
        let page = client.list_users(after_name.clone(), PAGE_ROWS_MAX).await?;
        let last = page.users.last().map(|user| user.user_name.clone());
        for user in page.users {
            show(out, ServerRecord::Account(Account::new(user)))?;
        }
        match last.filter(|last| page.more && *last > after_name) {
            Some(last) => after_name = last,
            None => return Ok(()),
        }
    }
}

/// Pages backward until there are enough, then shows them.
async fn audit(client: &Client, out: &mut Out, (mut rows, mut before): (u32, u64)) -> Result<()> {
    let mut entries = Vec::new();
    while rows > 0 {
        let page = client.list_audit(before, rows.min(PAGE_ROWS_MAX)).await?;
        rows = rows.saturating_sub(u32::try_from(page.entries.len()).unwrap_or(u32::MAX));
        let oldest = page.entries.last().map(|entry| entry.entry_id);
        entries.extend(page.entries);
        match oldest.filter(|oldest| page.more && (before == 0 || *oldest < before)) {
            Some(oldest) => before = oldest,
            None => break,
        }
    }
    let mut oldest_first = entries.into_iter().rev();
    oldest_first.try_for_each(|entry| show(out, ServerRecord::Audit(AuditEntry::new(entry))))
}
