//! Somebody at REST: any HTTP client, one connection for each call, with checks for what holds for
//! every answer.

use std::pin::pin;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{HeaderMap, Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::bridge::Bridge;
use crate::person::PASSWORD;
use crate::within;

/// Who calls.
#[derive(Clone, Debug)]
pub struct Rest {
    /// `host:port` of a bridge.
    pub authority: String,
    /// Sent with each call, if there is one.
    pub token: Option<String>,
    /// Sent with each call.
    pub headers: Vec<(&'static str, String)>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null if it is none of JSON.
    pub json: Value,
    /// The body as it came.
    pub text: String,
}

/// What came back as it was sent: nothing is looked at.
#[derive(Clone, Debug)]
pub struct Content {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub bytes: Bytes,
}

impl Rest {
    /// Nobody in particular.
    #[must_use]
    pub fn at(bridge: &Bridge) -> Self {
        Self { authority: bridge.authority(), token: None, headers: Vec::new() }
    }

    /// Makes an account.
    pub async fn register(bridge: &Bridge, name: &str) -> Self {
        let body = serde_json::json!({ "user_name": name, "password": PASSWORD });
        let told = Self::at(bridge).post("/v1/accounts", body).await.must(201);
        Self { token: Some(told.str("token")), ..Self::at(bridge) }
    }

    /// The same with another header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, None).await
    }

    /// `POST`.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.call("POST", path, Some(body)).await
    }

    /// `PUT`.
    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.call("PUT", path, Some(body)).await
    }

    /// `PATCH`.
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.call("PATCH", path, Some(body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Reply {
        self.call("DELETE", path, None).await
    }

    /// Any call; a body is JSON.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let json = body.map(|body| ("application/json", body.to_string()));
        self.send(method, path, json).await
    }

    /// Any call with any body.
    pub async fn send(&self, method: &str, path: &str, body: Option<(&str, String)>) -> Reply {
        let body = body.map(|(kind, body)| (kind, body.into_bytes()));
        let reply = Reply::from(self.fetch(method, path, body).await);
        reply.check(method);
        reply
    }

    /// Any call, and whatever comes back.
    pub async fn fetch(&self, method: &str, path: &str, body: Option<(&str, Vec<u8>)>) -> Content {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap());
        request = request.uri(path).header("host", &self.authority);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let (kind, body) = body.unzip();
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        let body = Full::new(Bytes::from(body.unwrap_or_default()));
        within(path, self.exchange(request.body(body).unwrap())).await
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Content {
        let tcp = TcpStream::connect(&self.authority).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(tcp)).await.unwrap();
        let asking = async {
            let response = sender.send_request(request).await.unwrap();
            let (head, body) = response.into_parts();
            let bytes = body.collect().await.unwrap().to_bytes();
            Content { status: head.status.as_u16(), headers: head.headers, bytes }
        };
        let mut asking = pin!(asking);
        tokio::select! {
            biased;
            content = &mut asking => content,
            // What has come before the end is there to be read.
            _ended = connection => asking.await,
        }
    }
}

impl Content {
    /// The same content, which must have this status.
    #[track_caller]
    pub fn must(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    /// A header; empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl From<Content> for Reply {
    fn from(content: Content) -> Self {
        let Content { status, headers, bytes } = content;
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { status, headers, json, text }
    }
}

impl Reply {
    /// The same reply, which must have this status.
    #[track_caller]
    pub fn must(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// A text in the body.
    #[track_caller]
    #[must_use]
    pub fn str(&self, field: &str) -> String {
        self.json
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("{field}: {}", self.text))
            .to_owned()
    }

    /// A number in the body.
    #[track_caller]
    #[must_use]
    pub fn number(&self, field: &str) -> u64 {
        self.json
            .get(field)
            .and_then(Value::as_u64)
            .unwrap_or_else(|| panic!("{field}: {}", self.text))
    }

    /// The reason of a refusal with this status.
    #[track_caller]
    #[must_use]
    pub fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        self.str("reason")
    }

    /// A header; empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// What holds for every answer.
    fn check(&self, method: &str) {
        let kind = self.header("content-type");
        assert_eq!(self.header("cache-control"), "no-store", "{}", self.text);
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{}", self.text);
        assert!(!self.header("x-request-id").is_empty(), "{}", self.text);
        match self.status {
            204 => assert_eq!(kind, "", "{}", self.text),
            200..=299 => assert_eq!(kind, "application/json", "{}", self.text),
            _ if method == "HEAD" => {}
            status => {
                assert_eq!(kind, "application/problem+json", "{}", self.text);
                assert_eq!(self.number("status"), u64::from(status), "{}", self.text);
                let reason = format!("urn:parlor:problem:{}", self.str("reason"));
                assert_eq!(self.str("type"), reason, "{}", self.text);
            }
        }
    }
}
