//! `invites`: lets people make accounts.

use parlor_proto::client::ServerUrl;

use super::show;
use crate::args::admin::Invites;
use crate::config::{Belief, Config};
use crate::connect::{Context, Stay, visit};
use crate::failure::{Exit, Failure, Result};
use crate::record::admin::{Invite, ServerRecord};
use crate::when::When;

pub(super) async fn run(command: Invites, context: &mut Context<'_>) -> Result<()> {
    let client = context.resume(Stay::Visit).await?;
    let (out, config) = (&mut *context.out, &context.config);
    visit(client, async |client| match command {
        Invites::Create { uses, expires } => {
            let made = client.create_invite(uses, expires).await?;
            let invite = made.invite.unwrap_or_default();
            show(
                out,
                ServerRecord::InviteCreated {
                    url: url(config, made.secret)?,
                    invite_id: invite.invite_id,
                    uses_left: invite.uses_left,
                    expires_at: When(invite.expire_time_ms),
                },
            )
        }
        Invites::List => {
            for invite in client.list_invites().await? {
                show(out, ServerRecord::Invite(Invite::new(invite)))?;
            }
            Ok(())
        }
        Invites::Revoke { invite } => {
            client.revoke_invite(invite).await?;
            show(out, ServerRecord::InviteRevoked { invite_id: invite })
        }
    })
    .await
}

/// All that somebody needs: where, whom to trust, and the secret.
fn url(config: &Config, secret: String) -> Result<String> {
    let pin = match config.belief()? {
        Belief::Given(pin) | Belief::Stored(pin) => Some(pin),
        Belief::Authorities(_) | Belief::System => None,
    };
    let url = ServerUrl { pin, invite: Some(secret), ..config.server()?.clone() };
    let text = url.to_string();
    // What is printed must be read back as the same.
    if text.parse::<ServerUrl>().is_ok_and(|read| read == url) {
        return Ok(text);
    }
    Err(Failure::new(Exit::Failure, "the server's secret does not fit into a URL"))
}
