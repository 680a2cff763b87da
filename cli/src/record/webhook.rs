//! What commands about webhooks show.

use parlor_proto::v1::{self, WebhookDirection};
use serde::Serialize;

use crate::when::When;

/// One line of output.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum WebhookRecord {
    Webhook(WebhookFacts),
    WebhookCreated(Made),
    WebhookDone { room: String, webhook: String, webhook_id: u64, action: &'static str },
}

/// A webhook and its secret.
#[derive(Debug, Serialize)]
pub(crate) struct Made {
    #[serde(flatten)]
    pub(crate) webhook: WebhookFacts,
    /// Where programs give to it; without a host if that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    /// What deliveries are signed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct WebhookFacts {
    pub(crate) room: String,
    pub(crate) room_id: u64,
    pub(crate) webhook: String,
    pub(crate) webhook_id: u64,
    pub(crate) direction: &'static str,
    pub(crate) creator: String,
    pub(crate) created_at: Option<When>,
    /// Of those that deliver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deliveries: Option<Deliveries>,
}

/// How deliveries go.
#[derive(Debug, Serialize)]
pub(crate) struct Deliveries {
    /// Nothing for who may not know.
    pub(crate) to: Option<String>,
    pub(crate) attempted_at: Option<When>,
    pub(crate) succeeded_at: Option<When>,
    /// What the last attempt was answered, if it was.
    pub(crate) status: Option<u32>,
    pub(crate) failures: u32,
    pub(crate) paused: bool,
    pub(crate) problem: String,
}

impl WebhookFacts {
    pub(crate) fn new(room: String, webhook: v1::Webhook) -> Self {
        let direction = match webhook.direction() {
            WebhookDirection::In => "in",
            WebhookDirection::Out => "out",
            WebhookDirection::Unspecified => "unknown",
        };
        let (url, told) = (webhook.url, webhook.deliveries);
        let deliveries = told.map(|told| Deliveries {
            to: (!url.is_empty()).then_some(url),
            attempted_at: When::known(told.attempt_time_ms),
            succeeded_at: When::known(told.success_time_ms),
            status: (told.status != 0).then_some(told.status),
            failures: told.failures,
            paused: told.paused,
            problem: told.problem,
        });
        Self {
            room,
            room_id: webhook.room_id,
            webhook: webhook.user_name,
            webhook_id: webhook.webhook_id,
            direction,
            creator: webhook.creator_name,
            created_at: When::known(webhook.create_time_ms),
            deliveries,
        }
    }
}
