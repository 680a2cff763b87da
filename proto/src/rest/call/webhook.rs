//! Webhooks of rooms.
#![expect(clippy::wildcard_enum_match_arm, reason = "`Call::of` names each request")]

use super::{Call, Found, Path, done, resource};
use crate::limits::WEBHOOK_PATH;
use crate::rest::{MadeWebhook, NewWebhook, Webhooks};
use crate::v1::client_frame::Body as Ask;
use crate::v1::server_frame::Body;
use crate::v1::{self};

pub(super) fn call(ask: Ask) -> Found {
    let webhook = |webhook_id: u64| Path::new("/v1/webhooks").part(webhook_id);
    Ok(match ask {
        Ask::CreateWebhook(create) => {
            let (user_name, url) = (create.user_name, create.url);
            let new = NewWebhook { user_name, url: Some(url).filter(|url| !url.is_empty()) };
            Call::with("POST", Path::room(create.room_id).part("webhooks"), &new, |body| {
                resource::<MadeWebhook, _>(body, Body::CreateWebhook)
            })
        }
        Ask::ListWebhooks(list) => Call::get(Path::room(list.room_id).part("webhooks"), |body| {
            resource::<Webhooks, _>(body, Body::ListWebhooks)
        }),
        Ask::RemoveWebhook(remove) => Call::delete(webhook(remove.webhook_id), done),
        Ask::PauseWebhook(pause) => {
            let path = webhook(pause.webhook_id).part("pause");
            if pause.paused { Call::put(path, done) } else { Call::delete(path, done) }
        }
        ask => return Err(Box::new(ask)),
    })
}

/// What is secret is the end of the path, or what deliveries are signed with.
impl From<MadeWebhook> for v1::CreateWebhookResponse {
    fn from(made: MadeWebhook) -> Self {
        let secret = made.path.as_deref().and_then(|path| path.strip_prefix(WEBHOOK_PATH));
        let secret = secret.map(str::to_owned).or(made.key);
        let (webhook, secret) = (Some(made.webhook.into()), secret.unwrap_or_default());
        Self { webhook, secret }
    }
}

impl From<Webhooks> for v1::ListWebhooksResponse {
    fn from(list: Webhooks) -> Self {
        let webhooks = list.webhooks.into_iter().map(v1::Webhook::from).collect();
        Self { webhooks }
    }
}
