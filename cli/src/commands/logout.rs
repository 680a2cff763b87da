//! `logout`: ends the session, on the server and here.

use crate::connect::{Context, Stay, visit};
use crate::failure::{Exit, Result};
use crate::profile::Profile;
use crate::record::Record;

pub(super) async fn run(context: &mut Context<'_>) -> Result<()> {
    let profile = context.config.signed_in()?.clone();
    match context.resume(Stay::Visit).await {
        Ok(client) => visit(client, async |client| Ok(client.logout().await?)).await?,
        Err(failure) if failure.exit == Exit::Authentication => {
            context.out.say("the session had ended already");
        }
        Err(failure) => return Err(failure),
    }
    let (user, server) = (profile.user.clone(), profile.server.clone());
    let config = &context.config;
    config.store.remember(&config.profile_name, &Profile { token: None, ..profile })?;
    let profile = config.profile_name.to_string();
    context.out.record(&Record::LoggedOut { user, server, profile })
}
