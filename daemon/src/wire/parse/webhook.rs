//! Webhooks.

use std::sync::Arc;

use parlor_proto::codes::Reason;
use parlor_proto::ids::UserId;
use parlor_proto::limits::{DELIVERY_PROBLEM_BYTES_MAX, WEBHOOK_URL_BYTES_MAX};
use parlor_proto::v1::{self, client_frame::Body};

use super::{at_most, deny, misplaced, name, room};
use crate::chat::{Deliveries, Denial, Stamp, WebhookRequest};

/// The highest number that an answer of HTTP can have.
const STATUS_MAX: u32 = 999;

#[expect(clippy::wildcard_enum_match_arm, reason = "the other areas have their own files")]
pub(super) fn request(body: Body) -> Result<WebhookRequest, Denial> {
    Ok(match body {
        Body::CreateWebhook(create) => {
            let room = room(create.room_id)?;
            WebhookRequest::Create { room, name: name(&create.user_name)?, url: url(&create.url)? }
        }
        Body::ListWebhooks(list) => WebhookRequest::List { room: room(list.room_id)? },
        Body::RemoveWebhook(remove) => {
            WebhookRequest::Remove { webhook: webhook(remove.webhook_id)? }
        }
        Body::PauseWebhook(pause) => {
            let webhook = webhook(pause.webhook_id)?;
            WebhookRequest::Pause { webhook, paused: pause.paused }
        }
        Body::ReportDeliveries(report) => {
            let state = report.deliveries.ok_or_else(|| missing("deliveries"))?;
            WebhookRequest::Report(deliveries(state)?)
        }
        _ => return Err(misplaced()),
    })
}

fn webhook(id: u64) -> Result<UserId, Denial> {
    if id == 0 { Err(missing("webhook_id")) } else { Ok(UserId(id)) }
}

/// Where a delivery may go is for who makes it to judge; this only looks like a URL and nothing
/// else.
fn url(text: &str) -> Result<Option<Arc<str>>, Denial> {
    if text.is_empty() {
        return Ok(None);
    }
    at_most("url", text.len(), WEBHOOK_URL_BYTES_MAX)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if rest.is_none_or(str::is_empty) || !is_plain {
        let message = "url begins with https:// or http:// and is of ASCII without spaces";
        return Err(deny(Reason::BadField, message));
    }
    Ok(Some(text.into()))
}

fn deliveries(state: v1::DeliveryState) -> Result<Deliveries, Denial> {
    at_most("problem", state.problem.len(), DELIVERY_PROBLEM_BYTES_MAX)?;
    let status = u16::try_from(state.status).ok().filter(|_| state.status <= STATUS_MAX);
    let status = status.ok_or_else(|| {
        deny(Reason::BadField, format!("status is at most {STATUS_MAX}: {}", state.status))
    })?;
    Ok(Deliveries {
        attempted: time("attempt_time_ms", state.attempt_time_ms)?,
        succeeded: time("success_time_ms", state.success_time_ms)?,
        status,
        failures: state.failures,
        paused: state.paused,
        problem: state.problem.into(),
    })
}

/// 0: never.
fn time(field: &str, millis: i64) -> Result<Option<Stamp>, Denial> {
    match millis {
        0 => Ok(None),
        1.. => Ok(Some(Stamp(millis))),
        _ => Err(deny(Reason::BadField, format!("{field} is before 1970: {millis}"))),
    }
}

fn missing(field: &str) -> Denial {
    deny(Reason::BadField, format!("{field} is missing"))
}
