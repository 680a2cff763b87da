//! Webhooks.

use parlor_proto::v1::{self, WebhookDirection, server_frame::Body};

use crate::chat::{Deliveries, WebhookAnswer, WebhookFacts};

pub(super) fn answer(answer: WebhookAnswer) -> Body {
    match answer {
        WebhookAnswer::Made { secret, webhook: made } => {
            Body::CreateWebhook(v1::CreateWebhookResponse {
                webhook: Some(webhook(&made)),
                secret: secret.text.as_ref().to_owned(),
            })
        }
        WebhookAnswer::List(webhooks) => Body::ListWebhooks(v1::ListWebhooksResponse {
            webhooks: webhooks.iter().map(webhook).collect(),
        }),
    }
}

fn webhook(facts: &WebhookFacts) -> v1::Webhook {
    let direction = if facts.out.is_some() { WebhookDirection::Out } else { WebhookDirection::In };
    let url = facts.out.as_ref().and_then(|(url, _)| url.as_deref());
    v1::Webhook {
        webhook_id: facts.bot.0,
        room_id: facts.room.0,
        direction: direction.into(),
        user_name: (&facts.name).into(),
        creator_id: facts.creator.0,
        creator_name: (&facts.creator_name).into(),
        create_time_ms: facts.created.0,
        url: url.unwrap_or_default().to_owned(),
        deliveries: facts.out.as_ref().map(|(_, state)| deliveries(state)),
    }
}

fn deliveries(state: &Deliveries) -> v1::DeliveryState {
    v1::DeliveryState {
        attempt_time_ms: state.attempted.unwrap_or_default().0,
        success_time_ms: state.succeeded.unwrap_or_default().0,
        status: state.status.into(),
        failures: state.failures,
        paused: state.paused,
        problem: state.problem.as_ref().to_owned(),
    }
}
