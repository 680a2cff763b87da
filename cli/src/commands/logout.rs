//! `logout`: ends the session, on the server and here, and removes the device.

use crate::connect::{Context, Stay, visit};
use crate::failure::{Exit, Result};
use crate::profile::Profile;
use crate::record::Record;

pub(super) async fn run(context: &mut Context<'_>, keep_device: bool) -> Result<()> {
    let profile = context.config.signed_in()?.clone();
    match context.resume(Stay::Visit).await {
        Ok(client) => visit(client, async |client| Ok(client.log_out(keep_device).await?)).await?,
        Err(failure) if failure.exit == Exit::Authentication => {
            context.out.say("the session had ended already");
        }
        Err(failure) => return Err(failure),
    }
    let (user, server) = (profile.user.clone(), profile.server.clone());
    let config = &context.config;
    if !keep_device {
        config.store.forget_device(&config.profile_name)?;
    }
    config.store.remember(&config.profile_name, &Profile { token: None, ..profile })?;
    let profile = config.profile_name.to_string();
    context.out.record(&Record::LoggedOut { user, server, profile })
}
