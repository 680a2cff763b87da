//! `register`: makes an account and signs in.

use parlor_proto::client::{ServerUrl, SignIn};

use super::login;
use crate::args::Who;
use crate::connect::Context;
use crate::failure::{Failure, Result};
use crate::password::Purpose;

pub(super) async fn run(context: &mut Context<'_>, who: Who, invite: Option<String>) -> Result<()> {
    let secret = invite.map(|invite| take(context, invite)).transpose()?;
    let (user_name, password) = login::credentials(context, who, Purpose::Register).await?;
    let invite = match secret.flatten() {
        Some(secret) => secret,
        None => context.config.server()?.invite.clone().unwrap_or_default(),
    };
    login::sign_in(context, SignIn::Register { user_name, password, invite }).await
}

/// The URL of an invite says where to register and whom to trust; what else was said of the
/// server is stronger. Gives the secret, unless it is in the URL.
fn take(context: &mut Context<'_>, invite: String) -> Result<Option<String>> {
    if !invite.contains("://") {
        return Ok(Some(invite));
    }
    let url: ServerUrl = invite.parse()?;
    let secret = url.invite.clone();
    if !context.config.server_named {
        context.config.server = Some(url);
    }
    secret.map(Some).ok_or_else(|| Failure::usage(format!("the URL carries no invite: {invite}")))
}
