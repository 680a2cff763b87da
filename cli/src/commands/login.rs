//! `login`: signs in with a password and remembers where and as whom.

use std::path::PathBuf;

use data_encoding::HEXLOWER;
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
        context.config.enrolls = false;
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
    // A device's key signs what a connection says, and calls have none of their own.
    config.enrolls = !who.no_device && !config.server()?.transport.is_http();
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
    visit(client, async |client| {
        enroll(context, client).await?;
        remember(context, client)
    })
    .await
}

/// Makes this installation a device, so that the next session needs no password; the one that it
/// was for the same account goes.
async fn enroll(context: &mut Context<'_>, client: &Client) -> Result<()> {
    let config = &context.config;
    let before = config.device_key.clone();
    config.store.forget_device(&config.profile_name)?;
    if let Some(before) = before.filter(|key| Some(key.user.0) == user_id(client)) {
        // It may have been removed long ago.
        drop(client.remove_device(before.device).await);
    }
    if !config.enrolls {
        return Ok(());
    }
    let name = if config.device.is_empty() { env!("CARGO_PKG_NAME") } else { &config.device };
    match client.add_device(name).await {
        Ok(key) => {
            config.store.remember_device(&config.profile_name, config.address()?, &key)?;
            context.config.device_key = Some(key);
        }
        // One is signed in all the same.
        Err(error) => context.out.say(&format!("this is no device of yours: {error}")),
    }
    Ok(())
}

fn user_id(client: &Client) -> Option<u64> {
    client.account().map(|account| account.user.user_id)
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
        device_id: config.device_key.as_ref().map(|key| HEXLOWER.encode(&key.device.0)),
    })
}
