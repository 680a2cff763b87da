//! `register`: makes an account and signs in.

use parlor_proto::client::SignIn;

use super::login;
use crate::args::Who;
use crate::connect::Context;
use crate::failure::Result;
use crate::password::Purpose;

pub(super) async fn run(context: &mut Context<'_>, who: Who, invite: Option<String>) -> Result<()> {
    let (user_name, password) = login::credentials(context, who, Purpose::Register).await?;
    let invite = match invite {
        Some(invite) => invite,
        None => context.config.server()?.invite.clone().unwrap_or_default(),
    };
    login::sign_in(context, SignIn::Register { user_name, password, invite }).await
}
