//! `webhook`: what programs say in a room, and what is delivered to them.

use parlor_proto::client::{Client, ServerUrl, Transport};
use parlor_proto::ids::UserId;
use parlor_proto::limits::{WEBHOOK_PATH, WEBSOCKET_PATH};
use parlor_proto::name::Name;
use parlor_proto::v1;

use super::{find, in_room};
use crate::args::webhook::{Webhook, WebhookCommand, Which};
use crate::connect::{Context, Stay, visit};
use crate::failure::{Exit, Failure, Result};
use crate::out::Out;
use crate::record::Record;
use crate::record::webhook::{Made, WebhookFacts, WebhookRecord};

pub(super) async fn run(command: WebhookCommand, context: &mut Context<'_>) -> Result<()> {
    let WebhookCommand::Webhook(command) = command;
    let server = context.config.server()?;
    let is_rest = matches!(server.transport, Transport::Http | Transport::Https);
    if let Webhook::Add { to: Some(_), .. } = &command
        && !is_rest
    {
        let message = "what delivers events is made by the bridge that does it, over REST";
        return Err(Failure::new(Exit::Usage, message).hint("--server https://BRIDGE"));
    }
    let front = front(server);
    let client = context.resume(Stay::Visit).await?;
    let out = &mut *context.out;
    visit(client, async |client| match command {
        Webhook::Add { room, name, to } => {
            let found = find(client, &room).await?;
            let delivers = to.is_some();
            let made = client.create_webhook(found.id, name.as_str(), to.unwrap_or_default());
            let v1::CreateWebhookResponse { webhook, secret } =
                made.await.map_err(in_room(&room))?;
            let webhook = WebhookFacts::new(found.name, webhook.unwrap_or_default());
            let (url, key) = if delivers {
                (None, Some(secret))
            } else {
                (Some(format!("{front}{WEBHOOK_PATH}{secret}")), None)
            };
            show(out, WebhookRecord::WebhookCreated(Made { webhook, url, key }))
        }
        Webhook::List { room } => {
            let found = find(client, &room).await?;
            for webhook in client.list_webhooks(found.id).await.map_err(in_room(&room))? {
                let facts = WebhookFacts::new(found.name.clone(), webhook);
                show(out, WebhookRecord::Webhook(facts))?;
            }
            Ok(())
        }
        Webhook::Remove(which) => {
            let (webhook, room) = known(client, &which).await?;
            client.remove_webhook(webhook).await?;
            show(out, done(&which.name, webhook, room, "removed"))
        }
        Webhook::Pause(which) => {
            let (webhook, room) = known(client, &which).await?;
            client.pause_webhook(webhook, true).await?;
            show(out, done(&which.name, webhook, room, "paused"))
        }
        Webhook::Resume(which) => {
            let (webhook, room) = known(client, &which).await?;
            client.pause_webhook(webhook, false).await?;
            show(out, done(&which.name, webhook, room, "resumed"))
        }
    })
    .await
}

fn show(out: &mut Out, record: WebhookRecord) -> Result<()> {
    out.record(&Record::Webhook(record))
}

fn done(name: &Name, id: UserId, room: String, action: &'static str) -> WebhookRecord {
    WebhookRecord::WebhookDone { room, webhook: name.to_string(), webhook_id: id.0, action }
}

/// The webhook of this name, and the name of its room.
async fn known(client: &Client, which: &Which) -> Result<(UserId, String)> {
    let found = find(client, &which.room).await?;
    let all = client.list_webhooks(found.id).await.map_err(in_room(&which.room))?;
    let named = all.into_iter().find(|webhook| webhook.user_name == which.name.as_str());
    let webhook = named.ok_or_else(|| {
        let message = format!("no such webhook in {}: {}", which.room, which.name);
        Failure::new(Exit::NotAllowed, message).hint(format!("parlor webhook list {}", which.room))
    })?;
    Ok((UserId(webhook.webhook_id), found.name))
}

/// What stands before the path: the bridge, if that is what this client is connected to.
fn front(server: &ServerUrl) -> String {
    let scheme = match server.transport {
        Transport::Tcp => return String::new(),
        Transport::Ws | Transport::Http => "http",
        Transport::Wss | Transport::Https => "https",
    };
    let path = server.path.strip_suffix(WEBSOCKET_PATH).unwrap_or_default();
    format!("{scheme}://{}{path}", server.authority())
}
