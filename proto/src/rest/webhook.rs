//! Webhooks of rooms.
#![expect(missing_docs, reason = "fields are those of the schema, which documents them")]

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Format, Id, NewMessage, Time};
use crate::v1;

/// An account that can do one thing in one room.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhook {
    pub webhook_id: Id,
    pub room_id: Id,
    pub direction: WebhookDirection,
    pub user_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_id: Option<Id>,
    pub creator_name: String,
    pub create_time: Time,
    /// Where events go, for who may know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Of those that deliver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliveries: Option<Deliveries>,
}

/// Which way a webhook works.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WebhookDirection {
    /// What programs give to the bridge is said in the room.
    In,
    /// What happens in the room is delivered to the URL.
    Out,
    Unspecified,
}

/// How deliveries go.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deliveries {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt_time: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_time: Option<Time>,
    /// What the last attempt was answered, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u32>,
    /// Since the last that succeeded.
    pub failures: u32,
    pub paused: bool,
    pub problem: String,
}

/// The webhooks of a room, by name.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Webhooks {
    pub webhooks: Vec<Webhook>,
}

/// A webhook to be.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    #[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9._-]{2,32}$"))]
    pub user_name: String,
    /// Deliver the events of the room to there. Without it the webhook says something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "uri", max_length = 1024))]
    pub url: Option<String>,
}

/// A webhook, and what is shown this once.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MadeWebhook {
    pub webhook: Webhook,
    /// Where at this bridge programs give what they have to say: a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What deliveries are signed with: a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// What a program has to say, if it is more than a text.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WebhookMessage {
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 8192))]
    pub text: String,
    #[serde(default)]
    pub format: Format,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub reply_to_seq: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub thread_seq: Option<u64>,
    /// The same on each attempt, so that it is said once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<Uuid>,
}

/// Without what is secret.
impl fmt::Debug for MadeWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeWebhook").field("webhook", &self.webhook).finish_non_exhaustive()
    }
}

impl From<v1::Webhook> for Webhook {
    fn from(webhook: v1::Webhook) -> Self {
        Self {
            direction: webhook.direction().into(),
            webhook_id: Id(webhook.webhook_id),
            room_id: Id(webhook.room_id),
            user_name: webhook.user_name,
            creator_id: Id::some(webhook.creator_id),
            creator_name: webhook.creator_name,
            create_time: Time(webhook.create_time_ms),
            url: Some(webhook.url).filter(|url| !url.is_empty()),
            deliveries: webhook.deliveries.map(Deliveries::from),
        }
    }
}

impl From<Webhook> for v1::Webhook {
    fn from(webhook: Webhook) -> Self {
        Self {
            webhook_id: webhook.webhook_id.0,
            room_id: webhook.room_id.0,
            direction: v1::WebhookDirection::from(webhook.direction).into(),
            user_name: webhook.user_name,
            creator_id: Id::number(webhook.creator_id),
            creator_name: webhook.creator_name,
            create_time_ms: webhook.create_time.0,
            url: webhook.url.unwrap_or_default(),
            deliveries: webhook.deliveries.map(v1::DeliveryState::from),
        }
    }
}

super::same_names!(WebhookDirection, v1::WebhookDirection { In, Out, Unspecified });

impl From<v1::DeliveryState> for Deliveries {
    fn from(state: v1::DeliveryState) -> Self {
        Self {
            attempt_time: Time::some(state.attempt_time_ms),
            success_time: Time::some(state.success_time_ms),
            status: Some(state.status).filter(|status| *status > 0),
            failures: state.failures,
            paused: state.paused,
            problem: state.problem,
        }
    }
}

impl From<Deliveries> for v1::DeliveryState {
    fn from(state: Deliveries) -> Self {
        Self {
            attempt_time_ms: Time::ms(state.attempt_time),
            success_time_ms: Time::ms(state.success_time),
            status: state.status.unwrap_or_default(),
            failures: state.failures,
            paused: state.paused,
            problem: state.problem,
        }
    }
}

impl WebhookMessage {
    /// Plain text.
    #[must_use]
    pub fn plain(text: String) -> Self {
        let (format, reply_to_seq, thread_seq) = (Format::Plain, None, None);
        Self { text, format, reply_to_seq, thread_seq, client_message_id: None }
    }

    /// The request; the message has this id if it says none itself.
    #[must_use]
    pub fn into_request(self, room: Id, id: Uuid) -> v1::SendRequest {
        let Self { text, format, reply_to_seq, thread_seq, client_message_id } = self;
        let message = NewMessage { text, format, reply_to_seq, thread_seq, file_ids: Vec::new() };
        message.into_request(room, client_message_id.unwrap_or(id))
    }
}
