//! Webhooks of rooms: having them, and saying something by one.
#![expect(unused_qualifications, reason = "the macro for paths names parameters in full")]

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use parlor_proto::codes::Reason;
use parlor_proto::limits::{API_TOKEN_BYTES_MAX, WEBHOOK_PATH};
use parlor_proto::rest::{Id, MadeWebhook, NewWebhook, Sent, Webhook, WebhookMessage, Webhooks};
use parlor_proto::v1;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use utoipa::IntoParams;
use uuid::Uuid;

use super::caller::{Caller, Stranger, ask};
use super::document::Problems;
use super::input::{Input, Path, Told, parse, read};
use super::problem::{Own, Refused};
use crate::hooks::{EVENT_ID, Unfit};
use crate::server::Bridge;

type Answer<T> = Result<Told<T>, Refused>;
type Done = Result<StatusCode, Refused>;

/// The longest key by which a repeat is known.
const KEY_BYTES_MAX: usize = 256;
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What is taken for a text as it stands; `curl -d` calls it a form.
const TEXTS: [&str; 2] = ["text/plain", "application/x-www-form-urlencoded"];
const JSON: &str = "application/json";

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct OfRoom {
    #[param(inline)]
    room: Id,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct WebhookPath {
    #[param(inline)]
    webhook: Id,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct SecretPath {
    #[param(min_length = 1, max_length = 128)]
    token: String,
}

/// The webhooks of a room, by name
#[utoipa::path(get, operation_id = "list_webhooks",
    path = "/v1/rooms/{room}/webhooks", params(OfRoom),
    security(("bearer" = [])), responses((status = 200, body = Webhooks), Problems))]
pub(super) async fn list(caller: Caller, Path(of): Path<OfRoom>) -> Answer<Webhooks> {
    let list = v1::ListWebhooksRequest { room_id: of.room.0 };
    let answer = ask!(caller, ListWebhooks(list) => ListWebhooks);
    let webhooks = answer.webhooks.into_iter().map(Webhook::from).collect();
    Ok(Told::ok(Webhooks { webhooks }))
}

/// Makes a webhook of a room; what it tells besides is secret and told this once
#[utoipa::path(post, operation_id = "create_webhook",
    path = "/v1/rooms/{room}/webhooks", params(OfRoom),
    request_body = NewWebhook, security(("bearer" = [])),
    responses((status = 201, body = MadeWebhook), Problems))]
pub(super) async fn create(
    State(bridge): State<Arc<Bridge>>,
    caller: Caller,
    Path(of): Path<OfRoom>,
    Input(new): Input<NewWebhook>,
) -> Answer<MadeWebhook> {
    let NewWebhook { user_name, url } = new;
    let url = url.filter(|url| !url.is_empty());
    let room_id = of.room.0;
    // First what may go wrong without anything having been made. No name is looked up for somebody
    // who has no say in the room.
    let fit = match &url {
        Some(url) => {
            let list = v1::ListWebhooksRequest { room_id };
            let _: v1::ListWebhooksResponse = ask!(caller, ListWebhooks(list) => ListWebhooks);
            Some(bridge.hooks.fit(url).await.map_err(unfit)?)
        }
        None => None,
    };
    let url = url.unwrap_or_default();
    let create = v1::CreateWebhookRequest { room_id, user_name, url };
    let made = ask!(caller, CreateWebhook(create) => CreateWebhook);
    let webhook = made.webhook.ok_or_else(Refused::confused)?;
    let Some(fit) = fit else {
        let path = Some(format!("{WEBHOOK_PATH}{}", made.secret));
        let webhook = webhook.into();
        return Ok(Told::created(MadeWebhook { webhook, path, key: None }));
    };
    let webhook_id = webhook.webhook_id;
    match bridge.hooks.begin(fit, (webhook_id, room_id), made.secret).await {
        Ok(key) => {
            let (webhook, key) = (webhook.into(), Some(key));
            Ok(Told::created(MadeWebhook { webhook, path: None, key }))
        }
        Err(why) => {
            // One that nobody delivers for is none.
            let remove = v1::RemoveWebhookRequest { webhook_id };
            let v1::Ack {} = ask!(caller, RemoveWebhook(remove) => Ack);
            Err(unfit(why))
        }
    }
}

/// Voids the secret of a webhook and puts it out of the room
#[utoipa::path(delete, operation_id = "remove_webhook",
    path = "/v1/webhooks/{webhook}", params(WebhookPath),
    security(("bearer" = [])), responses((status = 204, description = "It is gone"), Problems))]
pub(super) async fn remove(caller: Caller, Path(path): Path<WebhookPath>) -> Done {
    let remove = v1::RemoveWebhookRequest { webhook_id: path.webhook.0 };
    let v1::Ack {} = ask!(caller, RemoveWebhook(remove) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// Has a webhook deliver nothing for now
#[utoipa::path(put, operation_id = "pause_webhook",
    path = "/v1/webhooks/{webhook}/pause", params(WebhookPath),
    security(("bearer" = [])), responses((status = 204, description = "It rests"), Problems))]
pub(super) async fn pause(caller: Caller, Path(path): Path<WebhookPath>) -> Done {
    set_paused(&caller, &path, true).await
}

/// Lets a webhook deliver again
#[utoipa::path(delete, operation_id = "resume_webhook",
    path = "/v1/webhooks/{webhook}/pause", params(WebhookPath),
    security(("bearer" = [])), responses((status = 204, description = "It goes on"), Problems))]
pub(super) async fn resume(caller: Caller, Path(path): Path<WebhookPath>) -> Done {
    set_paused(&caller, &path, false).await
}

async fn set_paused(caller: &Caller, path: &WebhookPath, paused: bool) -> Done {
    let pause = v1::PauseWebhookRequest { webhook_id: path.webhook.0, paused };
    let v1::Ack {} = ask!(caller, PauseWebhook(pause) => Ack);
    Ok(StatusCode::NO_CONTENT)
}

/// Says something in the room of a webhook: a text, or JSON
#[utoipa::path(post, operation_id = "say_by_webhook",
    path = "/v1/hooks/{token}",
    params(SecretPath, ("idempotency-key" = Option<String>, Header, min_length = 1,
        max_length = 256, description = "The same key once more is the same message")),
    request_body(content((String = "text/plain"), (WebhookMessage = "application/json"))),
    responses((status = 201, body = Sent),
        (status = 200, description = "It was said before", body = Sent), Problems))]
pub(super) async fn say(
    stranger: Stranger,
    Path(path): Path<SecretPath>,
    Said { message, id }: Said,
) -> Answer<Sent> {
    if path.token.len() > API_TOKEN_BYTES_MAX {
        // More than may be asked before somebody is known.
        return Err(no_such_webhook());
    }
    let caller = stranger.with_token(path.token);
    let room = caller.account().await.map_err(hide)?.user.webhook_room_id;
    if room == 0 {
        // The token of an ordinary bot has no place in a URL.
        return Err(no_such_webhook());
    }
    let send = message.into_request(Id(room), id);
    let sent = said(&caller, send).await.map_err(hide)?;
    let is_new = !sent.duplicate;
    Ok(if is_new { Told::created(sent) } else { Told::ok(sent) })
}

async fn said(caller: &Caller, send: v1::SendRequest) -> Result<v1::SendResponse, Refused> {
    Ok(ask!(caller, Send(send) => Send))
}

/// What somebody gives to a webhook, and the id of the message that it becomes.
pub(super) struct Said {
    message: WebhookMessage,
    id: Uuid,
}

impl<S: Send + Sync> FromRequest<S> for Said {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        let (parts, body) = request.into_parts();
        let headers = &parts.headers;
        if headers.contains_key(EVENT_ID) {
            let why = "what a webhook delivers is not said again: it would come back for ever";
            return Err(Refused::field(EVENT_ID, why));
        }
        let id = message_id(headers)?;
        let kind = headers.get(header::CONTENT_TYPE).map(header_essence).transpose()?;
        let message = match kind.as_deref() {
            Some(JSON) => parse(&read(body).await?)?,
            kind if kind.is_none_or(|kind| TEXTS.contains(&kind)) => {
                let bytes = read(body).await?;
                let text = str::from_utf8(&bytes)
                    .map_err(|_| Refused::field("body", "the text is not UTF-8"))?;
                let text = text.strip_suffix('\n').unwrap_or(text);
                WebhookMessage::plain(text.to_owned())
            }
            _ => {
                let why = "send a text as text/plain, or application/json";
                return Err(Refused::own(Own::BadMediaType, why));
            }
        };
        Ok(Self { message, id })
    }
}

fn header_essence(value: &axum::http::HeaderValue) -> Result<String, Refused> {
    let told = value.to_str().map_err(|_| Refused::field("content-type", "it is no text"))?;
    Ok(told.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// The same key names the same message.
fn message_id(headers: &HeaderMap) -> Result<Uuid, Refused> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(Uuid::now_v7()) };
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        let why = format!("1 to {KEY_BYTES_MAX} bytes");
        return Err(Refused::field(IDEMPOTENCY_KEY, why));
    }
    let uuid = key.to_str().ok().and_then(|text| text.parse().ok());
    Ok(uuid.unwrap_or_else(|| {
        let hash = Sha256::digest(key.as_bytes());
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }))
}

/// To whom a token is unknown the webhook is not there.
fn hide(refused: Refused) -> Refused {
    let hidden = [Reason::BadCredentials, Reason::SessionEnded, Reason::OutsideToken];
    if hidden.iter().any(|reason| reason.as_str() == refused.reason()) {
        return no_such_webhook();
    }
    refused
}

fn no_such_webhook() -> Refused {
    Refused::missing(Reason::WebhookNotFound, "there is no such webhook")
}

fn unfit(unfit: Unfit) -> Refused {
    match unfit {
        Unfit::Bridge => Refused::own(
            Own::DeliversNothing,
            "this bridge keeps nothing, so it cannot deliver: its operator gives it --state-dir",
        ),
        Unfit::Url(why) => Refused::field("url", why),
        Unfit::Full => Refused::own(Own::Full, "this bridge delivers for as many as it can"),
    }
}
