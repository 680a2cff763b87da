//! `login`: signs in with a password and remembers where and as whom.

use std::path::PathBuf;

use parlor_proto::client::{Account, Client, SignIn};

use crate::args::Who;
use crate::config::{Config, absolute, variable};
use crate::connect::{Context, Stay, account, visit};
use crate::failure::Result;
use crate::password::{self, Purpose};
use crate::profile::{Profile, Secret};
use crate::record::Record;
use crate::terminal;

/// Where a bot has its API token.
const TOKEN_FILE_VARIABLE: &str = "PARLOR_TOKEN_FILE";

pub(super) async fn run(
    context: &mut Context<'_>,
    who: Who,
    token_file: Option<PathBuf>,
) -> Result<()> {
    let from_environment = || variable(TOKEN_FILE_VARIABLE).map(PathBuf::from);
    let named = who.user.is_some() || who.password_stdin;
    if let Some(path) = token_file.or_else(|| from_environment().filter(|_| !named)) {
        if let Some(device) = who.device {
            context.config.device = device;
        }
        let api_token = password::read_token(&path)?;
        return sign_in(context, SignIn::Token { api_token }).await;
    }
    let (user_name, password) = credentials(context, who, Purpose::Login).await?;
    sign_in(context, SignIn::Login { user_name, password }).await
}

/// The user and the password, asked for before anything is connected: a server does not wait
/// for long.
pub(super) async fn credentials(
    context: &mut Context<'_>,
    who: Who,
    purpose: Purpose,
) -> Result<(String, String)> {
    let config = &mut context.config;
    config.server()?;
    if let Some(device) = who.device {
        config.device = device;
    }
    let last = config.profile.as_ref().map(|profile| profile.user.clone());
    let last = last.filter(|_| purpose == Purpose::Login);
    let known = who.user.as_ref().map(String::from).or(last);
    terminal::wait(move || {
        let user = known.map_or_else(|| password::obtain_name(purpose), Ok)?;
        Ok((user, password::obtain(who.password_stdin, purpose)?))
    })
    .await
}

pub(super) async fn sign_in(context: &mut Context<'_>, sign_in: SignIn) -> Result<()> {
    let client = context.connect(Stay::Visit, sign_in).await?;
    visit(client, async |client| remember(context, client)).await
}

fn remember(context: &mut Context<'_>, client: &Client) -> Result<()> {
    let config = &mut context.config;
    let account = account(client)?;
    let named = config.server()?.clone();
    if let Some(pin) = config.pin.or(named.pin) {
        config.store.trust(&named, pin)?;
    }
    let profile = Profile {
        server: config.address()?,
        user: account.user.user_name.clone(),
        ca: config.ca.as_deref().map(absolute).transpose()?,
        token: Some(Secret::from(&account.token)),
    };
    config.store.remember(&config.profile_name, &profile)?;
    let record = record(config, account)?;
    context.out.record(&record)
}

/// Who is signed in, to be shown.
pub(super) fn record(config: &Config, account: Account) -> Result<Record> {
    let timeout_ms = account.session_timeout.as_millis();
    Ok(Record::Account {
        user: account.user.user_name,
        user_id: account.user.user_id,
        server: config.address()?,
        profile: config.profile_name.to_string(),
        session_timeout_ms: u64::try_from(timeout_ms).unwrap_or(u64::MAX),
    })
}
