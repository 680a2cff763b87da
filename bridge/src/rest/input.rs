//! What comes in with a call, read strictly: a mistake is told, nothing is guessed. And what goes
//! out, as JSON.

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use parlor_proto::rest::Object;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::problem::{Own, Refused};
use super::{BODY_BYTES_MAX, BODY_TIMEOUT};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The parts of a path.
pub(super) struct Path<T>(pub(super) T);

/// The parameters of a query.
pub(super) struct Query<T>(pub(super) T);

/// The body of a request.
pub(super) struct Input<T>(pub(super) T);

/// The body of a request that may be missing.
pub(super) struct Perhaps<T>(pub(super) T);

/// An answer, with a status.
pub(super) struct Told<T>(pub(super) StatusCode, pub(super) T);

impl<T> Told<T> {
    pub(super) fn ok(body: impl Into<T>) -> Self {
        Self(StatusCode::OK, body.into())
    }

    pub(super) fn created(body: impl Into<T>) -> Self {
        Self(StatusCode::CREATED, body.into())
    }
}

impl<T: Serialize> IntoResponse for Told<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.1) {
            Ok(json) => (self.0, [(header::CONTENT_TYPE, JSON)], json).into_response(),
            Err(_) => Refused::confused().into_response(),
        }
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(error) => Err(Refused::field("path", plain(&error.body_text()))),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        match axum::extract::Query::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(error) => {
                let why = plain(&error.body_text());
                let named = why.split_once(": ").map(|(name, _)| name);
                let named = named.filter(|name| name.bytes().all(is_of_name));
                Err(Refused::field(named.or_else(|| field_of(&why)).unwrap_or("query"), &*why))
            }
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Input<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refused> {
        let is_json = is_json(&request);
        let body = read(request.into_body()).await?;
        if !is_json {
            let why = "send the body as content-type application/json";
            return Err(Refused::own(Own::BadMediaType, why));
        }
        parse(&body).map(Self)
    }
}

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for Perhaps<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        if request.body().is_end_stream() && request.headers().get(header::CONTENT_TYPE).is_none() {
            return Ok(Self(T::default()));
        }
        Input::from_request(request, state).await.map(|Input(body)| Self(body))
    }
}

/// Without what the framework says before it.
fn plain(why: &str) -> String {
    let framework = ["Invalid URL: ", "Failed to deserialize query string: "];
    let told = framework.iter().find_map(|said| why.strip_prefix(said));
    told.unwrap_or(why).to_owned()
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte == b'_'
}

/// What a parameter says; empty if it is not there. A parameter that says nothing is refused: it
/// is a variable that was not set, and must not mean everything.
pub(super) fn given(field: &str, told: Option<String>) -> Result<String, Refused> {
    match told {
        Some(text) if text.is_empty() => {
            Err(Refused::field(field, "it says nothing: leave it out if that is what you mean"))
        }
        told => Ok(told.unwrap_or_default()),
    }
}

/// `application/json`, with parameters or without.
fn is_json(request: &Request) -> bool {
    let mut types = request.headers().get_all(header::CONTENT_TYPE).iter();
    let told = types.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = told.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") && types.next().is_none()
}

pub(super) async fn read(body: Body) -> Result<Bytes, Refused> {
    match timeout(BODY_TIMEOUT, axum::body::to_bytes(body, BODY_BYTES_MAX)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => {
            let why = format!("the body must be whole and have at most {BODY_BYTES_MAX} bytes");
            Err(Refused::own(Own::BodyTooLarge, why))
        }
        Err(_) => Err(Refused::own(Own::BodyTimeout, "the body did not come in time")),
    }
}

pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map(|Object(fields)| fields).map_err(|error| {
        let why = error.to_string();
        Refused::field(field_of(&why).unwrap_or("body"), why.clone())
    })
}

/// The field that a message of serde speaks of: "missing field `text` at line 1 column 2".
fn field_of(why: &str) -> Option<&str> {
    let is_about_a_field = why.contains("field `");
    let mut parts = why.split('`').skip(1);
    parts.next().filter(|_| is_about_a_field)
}
