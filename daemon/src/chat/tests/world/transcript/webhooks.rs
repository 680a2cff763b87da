//! What is heard about webhooks.

use crate::chat::*;

pub(super) fn answer(answer: WebhookAnswer) -> String {
    match answer {
        WebhookAnswer::Made { secret, webhook: made } => {
            format!("webhook {} with {}", webhook(&made), secret.text)
        }
        WebhookAnswer::List(webhooks) => {
            let webhooks: Vec<_> = webhooks.iter().map(webhook).collect();
            format!("webhooks {}", webhooks.join(", ")).trim_end().to_owned()
        }
    }
}

fn webhook(facts: &WebhookFacts) -> String {
    let WebhookFacts { name, room, creator_name, out, .. } = facts;
    let mut words = format!("{name} of {room} by {creator_name}");
    if let Some((url, deliveries)) = out {
        words += &format!(" to {}", url.as_deref().unwrap_or("somewhere"));
        let Deliveries { status, failures, paused, .. } = deliveries;
        if *failures > 0 {
            words += &format!(", {status} {failures} times");
        }
        if *paused {
            words += ", paused";
        }
    }
    words
}
